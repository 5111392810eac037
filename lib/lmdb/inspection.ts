import { StorageCorruptError } from '../errors/storage-errors.js';
import { decodeHead, decodeRecord, type Head, headKey, type StoredRecord, sumModulus } from './record.js';

/** Bytes under a key, as a database has them. */
export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** A record with the bytes that it was read from. */
export interface KeptRecord extends StoredRecord {
  readonly key: Buffer;
  readonly bytes: Buffer;
}

/**
 * Reads what a database holds, in the order of the keys, and checks it: each record, and that it is all of them.
 *
 * What it reads is no database's any more: it can be kept.
 */
export class Inspection {
  readonly #store: string;
  readonly #entries: Iterator<Entry>;
  readonly head: Head;

  /**
   * @param store where the data is kept, for messages.
   * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`
   */
  constructor(store: string, entries: Iterable<Entry>) {
    this.#store = store;
    this.#entries = entries[Symbol.iterator]();
    const first = this.#entries.next();
    if (first.done || !first.value.key.equals(headKey)) throw corrupt(store, 'what it was closed with is missing');

    const head = decodeHead(first.value.value);
    if (head === undefined) throw corrupt(store, 'its first record is damaged, or of another version of this package');

    this.head = head;
  }

  /**
   * The records, parents first.
   *
   * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`, in the loop
   */
  *records(): Generator<KeptRecord> {
    const { head } = this;
    let records = 0;
    let sum = 0;
    for (const record of this.#sound()) {
      records++;
      sum = (sum + record.version) % sumModulus;
      if (records > head.records) break;

      yield record;
    }
    if (records !== head.records) throw corrupt(this.#store, 'records are missing, or too many');
    if (sum !== head.sum) throw corrupt(this.#store, 'some records are not the latest');
  }

  /** Those that are left, as long as they are what was written. */
  *#sound(): Generator<KeptRecord> {
    let last = headKey;
    try {
      for (let next = this.#entries.next(); !next.done; next = this.#entries.next()) {
        const key = Buffer.from(next.value.key);
        const bytes = Buffer.from(next.value.value);
        if (key.compare(last) <= 0) throw corrupt(this.#store, 'its records are out of order');

        const record = decodeRecord(key, bytes);
        if (record === undefined) throw corrupt(this.#store, 'a record is damaged');

        last = key;
        yield { ...record, key, bytes };
      }
    } finally {
      this.#entries.return?.();
    }
  }
}

/** The error for data that is not what was written. */
export function corrupt(store: string, reason: string, cause?: unknown): StorageCorruptError {
  const message = `The data at ${store} is not what was written there: ${reason}`;
  return new StorageCorruptError(message, { store, reason }, { cause });
}
