import { ClusterError } from '../errors/cluster-error.js';
import { StorageFailedError } from '../errors/storage-errors.js';
import { MemoryStore } from '../storage/memory-store.js';
import { pathOf } from '../storage/storage-path.js';
import { renewDataFile } from './data-file.js';
import { Database } from './database.js';
import { corrupt, Inspection } from './inspection.js';
import { Ledger } from './ledger.js';
import { loadLmdb } from './load-lmdb.js';
import { Ownership } from './ownership.js';
import { decodeRecord, type StoredRecord } from './record.js';

/** Data that is in a directory, and in the memory of this process. */
export interface Data {
  /** Filled, and not open yet. */
  readonly memory: MemoryStore;
  /** Which records the database has. */
  readonly ledger: Ledger;
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
    return { ...read(directory, database), database, ownership };
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

function read(store: string, database: Database): Pick<Data, 'memory' | 'ledger'> {
  const inspection = new Inspection(store, database.entries());
  const records: StoredRecord[] = [];
  for (let entry = inspection.next(); entry; entry = inspection.next()) {
    records.push(decodeRecord(entry.key, entry.value));
  }
  const ledger = Ledger.from(records);
  if (ledger === undefined) throw corrupt(store, 'a record has lost what it was in');

  const versions = versionsOf(records);
  const entries = records.map(({ segments, value = {}, expiresAt }, index) => {
    return { path: pathOf(segments), value, version: versions[index] as number, expiresAt };
  });
  const memory = new MemoryStore();
  memory.load(entries, inspection.head.version);
  return { memory, ledger };
}

/** The versions with all that is below counted in. Parents come first, each followed by all that is below it. */
function versionsOf(records: readonly StoredRecord[]): number[] {
  const versions = records.map(({ version }) => version);
  /** By depth: the greatest of those that have been seen, and whose parent has not. */
  const greatest: number[] = [];
  for (let index = records.length - 1; index >= 0; index--) {
    const depth = records[index]?.segments.length ?? 0;
    const version = Math.max(versions[index] ?? 0, greatest[depth + 1] ?? 0);
    versions[index] = version;
    greatest[depth + 1] = 0;
    greatest[depth] = Math.max(greatest[depth] ?? 0, version);
  }
  return versions;
}

function unopened(store: string, cause: unknown): StorageFailedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageFailedError(`The data at ${store} could not be opened: ${reason}`, { store }, { cause });
}
