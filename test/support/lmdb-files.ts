import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LmdbStore } from '../../lib/lmdb/lmdb-store.js';
import type { StoreLimits, StoreSnapshot } from '../../lib/storage/store.js';
import { OpenedStore, write } from '../storage/opened-store.js';

/** The size of the pages that lmdb makes on this machine. */
export const pageSize = 4_096;

/** A store on the disk, open, with a clock that stands still. */
export function openLmdb(directory: string, limits: Partial<StoreLimits> = {}): Promise<OpenedStore> {
  return OpenedStore.open({ store: new LmdbStore({ path: directory, sync: false }) }, limits);
}

/** A file that a store has left behind, and what is in it. */
export interface LeftFile {
  readonly bytes: Buffer;
  readonly snapshot: StoreSnapshot;
}

/** The file of a store that has seen many writes: with a tree of some levels, large values, and pages that are free. */
export async function usedFile(directory: string): Promise<LeftFile> {
  const opened = await openLmdb(directory);
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 300; index++) {
      const value = index % 60 === 0 ? 'x'.repeat(6_000) : { index, round };
      await opened.commit(write.set(['users', `u${index}`], value));
    }
  }
  for (let index = 1; index < 100; index += 3) await opened.commit(write.delete(['users', `u${index}`]));
  const snapshot = await opened.snapshot();
  await opened.close();
  return { bytes: readFileSync(fileIn(directory)), snapshot };
}

/** Where a store keeps its data in its directory. */
export function fileIn(directory: string): string {
  return path.join(directory, 'data.mdb');
}

/** A directory with this file in it. */
export function directoryWith(directory: string, bytes: Uint8Array): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(fileIn(directory), bytes);
  return directory;
}

/** The same bytes, one bit excepted. */
export function flipped(bytes: Buffer, position: number, bit: number): Buffer {
  const other = Buffer.from(bytes);
  other[position] = (other[position] as number) ^ (1 << bit);
  return other;
}
