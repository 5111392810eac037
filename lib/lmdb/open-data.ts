import { ClusterError } from '../errors/cluster-error.js';
import { StorageFailedError } from '../errors/storage-errors.js';
import { renewDataFile } from './data-file.js';
import { Database } from './database.js';
import { loadLmdb } from './load-lmdb.js';
import { Ownership } from './ownership.js';
import { type ReadData, readData } from './read-data.js';

/** Data that is in a directory, and in the memory of this process. */
export interface Data extends ReadData {
  readonly database: Database;
  readonly ownership: Ownership;
}

/**
 * Opens what is in a directory, which is made if it is missing.
 *
 * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`, if it is not what was written;
 * {@link StorageFailedError} with code `CLUSTER_STORAGE_FAILED`, if another process has it, or it cannot be opened
 */
export async function openData(directory: string, sync: boolean): Promise<Data> {
  const lmdb = await loadLmdb(directory);
  let ownership: Ownership | undefined;
  let database: Database | undefined;
  try {
    makeDirectory(directory);
    ownership = Ownership.claim(directory);
    database = new Database(lmdb, await renewDataFile(lmdb, directory), { sync });
    return { ...readData(directory, database.entries()), database, ownership };
  } catch (error) {
    await database?.close();
    ownership?.release();
    throw error instanceof ClusterError ? error : unopened(directory, error);
  }
}

function makeDirectory(directory: string): void {
  const { mkdirSync, statSync } = process.getBuiltinModule('node:fs');
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === false) throw new Error('it is no directory');

  mkdirSync(directory, { recursive: true });
}

function unopened(store: string, cause: unknown): StorageFailedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageFailedError(`The data at ${store} could not be opened: ${reason}`, { store }, { cause });
}
