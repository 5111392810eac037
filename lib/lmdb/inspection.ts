import { StorageCorruptError } from '../errors/storage-errors.js';
import { addToSum, decodeHead, type Head, headKey, isSound, longestKey, versionOf } from './record.js';

/** Bytes under a key, as a database has them. */
export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Reads what a database holds, in the order of the keys, and checks it: each record, and that it is all of them. */
export class Inspection {
  readonly #store: string;
  readonly #entries: Iterator<Entry>;
  /** The bytes of keys are not ours to keep. */
  readonly #lastKey = Buffer.alloc(longestKey);
  #lastLength = 0;
  #records = 0;
  #sum = 0;
  readonly head: Head;

  /**
   * @param store where the data is kept, for messages.
   * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`
   */
  constructor(store: string, entries: Iterable<Entry>) {
    this.#store = store;
    this.#entries = entries[Symbol.iterator]();
    const first = this.#entries.next();
    if (first.done || !first.value.key.equals(headKey)) throw corrupt(store, 'its first record is missing');
    if (!isSound(headKey, first.value.value)) throw corrupt(store, 'its first record is damaged');

    const head = decodeHead(first.value.value);
    if (head === undefined) throw corrupt(store, 'it is of another version of this package');

    this.head = head;
  }

  /**
   * The next record, parents first; `undefined` after the last one. Its bytes are of no use any more when the one after it is
   * read.
   *
   * @throws {@link StorageCorruptError} with code `CLUSTER_STORAGE_CORRUPT`
   */
  next(): Entry | undefined {
    const { done, value: entry } = this.#entries.next();
    if (done) return this.#end();
    if (!this.#isRising(entry.key)) throw corrupt(this.#store, 'its records are out of order');
    if (!isSound(entry.key, entry.value)) throw corrupt(this.#store, 'a record is damaged');

    this.#records++;
    this.#sum = addToSum(this.#sum, versionOf(entry.value));
    if (this.#records > this.head.records) throw corrupt(this.#store, 'there are too many records');
    return entry;
  }

  /** Lets go of the database. */
  close(): void {
    this.#entries.return?.();
  }

  #end(): undefined {
    if (this.#records !== this.head.records) throw corrupt(this.#store, 'records are missing');
    if (this.#sum !== this.head.sum) throw corrupt(this.#store, 'some records are not the latest');
  }

  /** A key must be greater than the one before, or lmdb leads us around in circles. */
  #isRising(key: Buffer): boolean {
    const isRising = key.compare(this.#lastKey, 0, this.#lastLength) > 0;
    this.#lastLength = key.copy(this.#lastKey);
    return isRising;
  }
}

/** The error for data that is not what was written. */
export function corrupt(store: string, reason: string, cause?: unknown): StorageCorruptError {
  const message = `The data at ${store} is not what was written there: ${reason}`;
  return new StorageCorruptError(message, { store, reason }, { cause });
}
