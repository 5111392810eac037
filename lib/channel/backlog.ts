import type { OutboxEntry } from './outbox-entry.js';
import { defaultRules, nextBatch, type OutboxRules } from './outbox-rules.js';

/** Fewer empty places are not worth a new array. */
const manyPlaces = 1024;

/**
 * The entries that are to be written next, in order.
 *
 * No Set, though it would be shorter: each table that a Set outgrows points to the next one, so that one dead table in the
 * old generation keeps all the later ones alive, with all they ever held. That cost a sender two fifths of its time.
 */
export class Backlog implements Iterable<OutboxEntry> {
  /** Those taken leave `undefined`; those withdrawn stay for a while, and are passed over. */
  #places: (OutboxEntry | undefined)[] = [];
  #front = 0;
  #size = 0;
  #bytes = 0;
  readonly #rules: OutboxRules;

  constructor(rules: OutboxRules = defaultRules) {
    this.#rules = rules;
  }

  /** How many entries wait. */
  get size(): number {
    return this.#size;
  }

  /** Whether waiting for more would not make the next batch larger. */
  get fillsBatch(): boolean {
    return this.#size >= this.#rules.mostFrames || this.#bytes >= this.#rules.mostBytes;
  }

  *[Symbol.iterator](): Generator<OutboxEntry> {
    for (let place = this.#front; place < this.#places.length; place++) {
      const entry = this.#places[place];
      if (entry?.waiting) yield entry;
    }
  }

  add(entry: OutboxEntry): void {
    this.#places.push(entry);
    this.#count(entry, 1);
  }

  /** Adds an entry that overtakes all the others. */
  addFirst(entry: OutboxEntry): void {
    if (this.#front > 0) this.#places[--this.#front] = entry;
    else this.#places.unshift(entry);
    this.#count(entry, 1);
  }

  /** Tells that an entry waits no longer. */
  withdrawn(entry: OutboxEntry): void {
    this.#count(entry, -1);
    this.#tidy();
  }

  /** The next batch, which waits no longer. */
  take(): OutboxEntry[] {
    const batch = nextBatch(this, this.#rules);
    const last = batch.at(-1);
    for (const entry of batch) {
      entry.leave();
      this.#count(entry, -1);
    }
    for (let left: OutboxEntry | undefined; left !== last; ) {
      left = this.#places[this.#front];
      this.#places[this.#front++] = undefined;
    }
    this.#tidy();
    return batch;
  }

  #count({ weight }: OutboxEntry, by: 1 | -1): void {
    this.#size += by;
    this.#bytes += by * weight;
  }

  /** Lets go of places where nobody waits any longer, when they are the most. */
  #tidy(): void {
    if (this.#size > 0 && this.#places.length <= 2 * this.#size + manyPlaces) return;

    this.#places = this.#size === 0 ? [] : [...this];
    this.#front = 0;
  }
}
