import { Database } from './database.js';
import { fileFault } from './file-fault.js';
import { corrupt, Inspection } from './inspection.js';
import type { Step } from './ledger.js';
import type { Lmdb } from './load-lmdb.js';
import { encodeHead, encodeRecord, type Head, headKey, rootKey } from './record.js';

/** What {@link checkedCopy} reads and writes. */
export interface CopyOptions {
  readonly source: string;
  /** Where there is nothing yet. */
  readonly target: string;
  /** Where the data is kept, for messages. */
  readonly store: string;
}

const recordsPerTransaction = 5_000;

/**
 * Copies a database record by record, and so leaves behind whatever is wrong with the pages that hold none. The copy is on
 * the disk when the promise resolves.
 *
 * What is wrong with the pages that do hold records may crash the process: this is nothing for a primary.
 *
 * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`, if the source is not what was written.
 */
export async function checkedCopy(lmdb: Lmdb, { source, target, store }: CopyOptions): Promise<void> {
  const fault = fileFault(source);
  if (fault !== undefined) throw corrupt(store, fault);

  const from = new Database(lmdb, source, { sync: false, readOnly: true });
  try {
    await createDatabase(lmdb, target, new Inspection(store, from.entries()));
  } finally {
    await from.close();
  }
}

/** Creates a database that holds nothing but the root, and is on the disk when the promise resolves. */
export function createEmpty(lmdb: Lmdb, target: string): Promise<void> {
  const root = { key: rootKey, bytes: encodeRecord(rootKey, undefined, { version: 0, expiresAt: undefined }) };
  return createDatabase(lmdb, target, { head: { version: 0, records: 1, sum: 0 }, records: () => [root] });
}

async function createDatabase(
  lmdb: Lmdb,
  target: string,
  content: { readonly head: Head; records(): Iterable<Step> },
): Promise<void> {
  const to = new Database(lmdb, target, { sync: false });
  try {
    let steps: Step[] = [];
    for (const step of content.records()) {
      if (steps.push(step) < recordsPerTransaction) continue;

      await to.write(steps);
      steps = [];
    }
    await to.write([...steps, { key: headKey, bytes: encodeHead(content.head) }]);
  } finally {
    await to.close();
  }
  toDisk(target);
}

/** Sees to it that what was written to a file, or the names in a directory, are on the disk. */
export function toDisk(path: string): void {
  const { closeSync, fsyncSync, openSync } = process.getBuiltinModule('node:fs');
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Windows neither can nor has to do this for a directory, and for a file only if it may be written.
    if (process.platform !== 'win32') throw error;
  } finally {
    closeSync(descriptor);
  }
}
