import { Database } from './database.js';
import { fileFault } from './file-fault.js';
import { corrupt, Inspection } from './inspection.js';
import type { Lmdb } from './load-lmdb.js';
import type { Step } from './record.js';
import { encodeRecord, headStep, rootKey } from './record.js';

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
    await copy(new Inspection(store, from.entries()), new Database(lmdb, target, { sync: false }));
  } finally {
    await from.close();
  }
  toDisk(target);
}

/** Creates a database that holds nothing but the root, and is on the disk when the promise resolves. */
export async function createEmpty(lmdb: Lmdb, target: string): Promise<void> {
  const to = new Database(lmdb, target, { sync: false });
  try {
    const bytes = encodeRecord(rootKey, undefined, { version: 0, expiresAt: undefined });
    await to.write([{ key: rootKey, bytes }, headStep({ version: 0, records: 1, sum: 0 })]);
  } finally {
    await to.close();
  }
  toDisk(target);
}

async function copy(inspection: Inspection, to: Database): Promise<void> {
  try {
    let steps: Step[] = [];
    for (let entry = inspection.next(); entry; entry = inspection.next()) {
      // The bytes are lmdb's, which takes them back.
      const step = { key: Buffer.from(entry.key), bytes: Buffer.from(entry.value) };
      if (steps.push(step) < recordsPerTransaction) continue;

      await to.write(steps);
      steps = [];
    }
    await to.write([...steps, headStep(inspection.head)]);
  } finally {
    inspection.close();
    await to.close();
  }
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
