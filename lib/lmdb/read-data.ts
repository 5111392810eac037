import { MemoryStore } from '../storage/memory-store.js';
import { pathOf } from '../storage/storage-path.js';
import { corrupt, type Entry, Inspection } from './inspection.js';
import { Ledger } from './ledger.js';
import { decodeRecord, type StoredRecord } from './record.js';

/** What a database holds, in the memory of this process. */
export interface ReadData {
  /** Not open yet. */
  readonly memory: MemoryStore;
  /** Which records the database has. */
  readonly ledger: Ledger;
}

/**
 * Reads what a database holds.
 *
 * @param store where the data is kept, for messages.
 * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`
 */
export function readData(store: string, entries: Iterable<Entry>): ReadData {
  const inspection = new Inspection(store, entries);
  const records: StoredRecord[] = [];
  for (let entry = inspection.next(); entry; entry = inspection.next()) {
    records.push(decodeRecord(entry.key, entry.value));
  }
  const ledger = Ledger.from(records);
  if (ledger === undefined) throw corrupt(store, 'a record has lost what it was in');

  const versions = versionsOf(records);
  const kept = records.map(({ segments, value = {}, expiresAt }, index) => {
    return { path: pathOf(segments), value, version: versions[index] as number, expiresAt };
  });
  const memory = new MemoryStore();
  memory.load(kept, inspection.head.version);
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
