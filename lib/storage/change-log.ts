import type { StoredChange } from './store.js';

/** A number of changes, and what they weigh together. */
export interface ChangeAmount {
  readonly changes: number;
  /** Bytes, roughly: see {@link StoredChange.weight}. */
  readonly weight: number;
}

const mostRemembered: ChangeAmount = Object.freeze({ changes: 100_000, weight: 16 * 2 ** 20 });
/** What everybody has is soon forgotten: what is remembered long takes part in the collection of garbage, and so do all of its values. */
const usuallyRemembered = 10_000;
const none: readonly StoredChange[] = Object.freeze([]);
/** A power of two, as every size of the ring: the place of a change is then a matter of its last bits. */
const firstSize = 16;

/**
 * The last changes of a store, for who comes late or was busy: as many as fit, and at least the very last one. Of those that
 * nobody needs any more, it keeps the last 10,000.
 *
 * However much it remembers, to add one, and to find the few that are new to somebody, costs next to nothing.
 */
export class ChangeLog {
  readonly #most: ChangeAmount;
  /** Change number `n` of all that were ever added is at the last bits of `n`. */
  #ring: (StoredChange | undefined)[] = [];
  /** 1 where a change is the last of those that were added together. */
  #lasts = new Uint8Array();
  #first = 0;
  #next = 0;
  #weight = 0;
  #oldest = 0;
  #neededAfter = Number.POSITIVE_INFINITY;

  constructor(most: ChangeAmount = mostRemembered) {
    this.#most = most;
    this.reset(0);
  }

  /** After which version every change is known. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The version of the last change; that of the last `reset` if there was none since. */
  get newest(): number {
    return this.#next === this.#first ? this.#oldest : this.#at(this.#next - 1).version;
  }

  /** Changes up to this version are known to all who are to be told of them. @default all changes are */
  forgetUpTo(version: number): void {
    this.#neededAfter = version;
  }

  /** How many changes it remembers, and what they weigh. */
  get held(): ChangeAmount {
    return { changes: this.#next - this.#first, weight: this.#weight };
  }

  /** Remembers what took place together, the oldest first; older changes may have to go. */
  add(changes: readonly StoredChange[]): void {
    const last = changes.at(-1);
    for (const change of changes) this.#append(change, change === last);
  }

  /** The changes after `version`, the oldest first; `undefined` if one of them is forgotten. */
  since(version: number): readonly StoredChange[] | undefined {
    return version < this.#oldest ? undefined : this.#slice(this.#after(version), this.#next);
  }

  /**
   * The next changes after `version`, at most so many; `undefined` if one of them is forgotten.
   *
   * What took place together is not torn apart, so it is more than `most` if already the first of these is.
   */
  next(version: number, most: ChangeAmount): readonly StoredChange[] | undefined {
    if (version < this.#oldest) return undefined;

    const from = this.#after(version);
    let until = from;
    let weight = 0;
    for (let index = from; index < this.#next; index++) {
      weight += this.#at(index).weight;
      if (until > from && (index - from >= most.changes || weight > most.weight)) break;
      if (this.#lasts[this.#place(index)] === 1) until = index + 1;
    }
    return this.#slice(from, until);
  }

  /** Forgets everything: what comes next comes after `version`. */
  reset(version: number): void {
    this.#ring = Array.from({ length: firstSize });
    this.#lasts = new Uint8Array(firstSize);
    this.#first = 0;
    this.#next = 0;
    this.#weight = 0;
    this.#oldest = version;
  }

  #append(change: StoredChange, isLast: boolean): void {
    if (this.#next - this.#first === this.#ring.length) this.#grow();

    const place = this.#place(this.#next++);
    this.#ring[place] = change;
    this.#lasts[place] = isLast ? 1 : 0;
    this.#weight += change.weight;
    while (this.#isOverfull()) this.#forget();
  }

  /** One value alone may weigh more than the limit: whoever is up to date is to get it all the same. */
  #isOverfull(): boolean {
    const count = this.#next - this.#first;
    if (count > usuallyRemembered && this.#at(this.#first).version <= this.#neededAfter) return true;
    return count > 1 && (count > this.#most.changes || this.#weight > this.#most.weight);
  }

  #forget(): void {
    const { version, weight } = this.#at(this.#first);
    this.#ring[this.#place(this.#first++)] = undefined;
    this.#weight -= weight;
    this.#oldest = version;
  }

  #grow(): void {
    const [ring, lasts] = [this.#ring, this.#lasts];
    const size = ring.length;
    this.#ring = Array.from({ length: 2 * size });
    this.#lasts = new Uint8Array(2 * size);
    for (let index = this.#first; index < this.#next; index++) {
      const place = this.#place(index);
      const before = index & (size - 1);
      this.#ring[place] = ring[before];
      this.#lasts[place] = lasts[before] ?? 0;
    }
  }

  /** The number of the first change after `version`. */
  #after(version: number): number {
    let [low, high] = [this.#first, this.#next];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#at(middle).version <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #slice(from: number, until: number): readonly StoredChange[] {
    if (from === until) return none;

    return Array.from({ length: until - from }, (_, offset) => this.#at(from + offset));
  }

  #at(index: number): StoredChange {
    // Whoever asks stays between the first and the last.
    return this.#ring[this.#place(index)] as StoredChange;
  }

  #place(index: number): number {
    return index & (this.#ring.length - 1);
  }
}
