import { createEmpty, toDisk } from './checked-copy.js';
import { copyInProcess } from './checking-process.js';
import { corrupt } from './inspection.js';
import type { Lmdb } from './load-lmdb.js';

/**
 * Makes sure that a directory holds a database that can be opened without danger: a checked copy of the one that is there, or
 * an empty one.
 *
 * What is there is replaced in one step, and only by what holds the same.
 *
 * @returns its file
 * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`; what is there stays untouched then
 */
export async function renewDataFile(lmdb: Lmdb, directory: string): Promise<string> {
  const { existsSync, renameSync, rmSync } = process.getBuiltinModule('node:fs');
  const { join } = process.getBuiltinModule('node:path');
  const [file, next] = [join(directory, 'data.mdb'), join(directory, 'next.mdb')];
  removeDatabase(next);
  try {
    if (existsSync(file)) await copyInProcess({ source: file, target: next, store: directory });
    // Who has opened the data has left the lock.
    else if (existsSync(lockOf(file))) throw corrupt(directory, 'data.mdb is gone, and only its lock is left');
    else await createEmpty(lmdb, next);

    // The lock remembers transactions of the file that goes.
    rmSync(lockOf(file), { force: true });
    renameSync(next, file);
  } finally {
    removeDatabase(next);
  }
  toDisk(directory);
  return file;
}

function removeDatabase(file: string): void {
  const { rmSync } = process.getBuiltinModule('node:fs');
  for (const each of [file, lockOf(file)]) rmSync(each, { force: true });
}

function lockOf(file: string): string {
  return `${file}-lock`;
}
