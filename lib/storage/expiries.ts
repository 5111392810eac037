import type { StoragePath } from './storage-path.js';
import type { Expiry } from './store.js';

/** When something expires, in the place that is its own in {@link Expiries}. */
export class Deadline implements Expiry {
  readonly path: StoragePath;
  readonly expiresAt: number;
  /** Where it is in the heap; -1 if it is in none. Only the heap writes it. */
  place = -1;
  /** Breaks ties: what was added first expires first, also if it was out in the meantime. Only the heap writes it. */
  turn = -1;

  constructor(path: StoragePath, expiresAt: number) {
    this.path = path;
    this.expiresAt = expiresAt;
  }
}

/** Deadlines, the earliest at hand: a heap in which each one knows its place, so that none has to stay when it is over. */
export class Expiries implements Iterable<Deadline> {
  readonly #heap: Deadline[] = [];
  #turns = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest; among equals, the one that was added first. */
  get first(): Deadline | undefined {
    return this.#heap[0];
  }

  /** In no particular order. */
  [Symbol.iterator](): IterableIterator<Deadline> {
    return this.#heap.values();
  }

  /** Does nothing if it is in already. */
  add(deadline: Deadline): void {
    if (deadline.place >= 0) return;

    if (deadline.turn < 0) deadline.turn = this.#turns++;
    this.#rise(deadline, this.#heap.length);
  }

  /** Takes it out; does nothing if it is not in. */
  remove(deadline: Deadline): void {
    const { place } = deadline;
    if (place < 0) return;

    deadline.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === deadline) return;

    const parent = this.#heap[(place - 1) >> 1];
    if (place > 0 && parent !== undefined && isBefore(last, parent)) this.#rise(last, place);
    else this.#sink(last, place);
  }

  clear(): void {
    for (const deadline of this.#heap) deadline.place = -1;
    this.#heap.length = 0;
  }

  /** Puts it where `place` is, or above, where those before it come before those after it. */
  #rise(deadline: Deadline, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#heap[above] as Deadline;
      if (!isBefore(deadline, parent)) break;

      this.#put(parent, place);
      place = above;
    }
    this.#put(deadline, place);
  }

  #sink(deadline: Deadline, from: number): void {
    let place = from;
    for (let below = this.#earlierBelow(place); below !== undefined; below = this.#earlierBelow(place)) {
      if (!isBefore(below, deadline)) break;

      const next = below.place;
      this.#put(below, place);
      place = next;
    }
    this.#put(deadline, place);
  }

  #earlierBelow(place: number): Deadline | undefined {
    const left = this.#heap[2 * place + 1];
    const right = this.#heap[2 * place + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
  }

  #put(deadline: Deadline, place: number): void {
    this.#heap[place] = deadline;
    deadline.place = place;
  }
}

function isBefore(one: Deadline, other: Deadline): boolean {
  return one.expiresAt === other.expiresAt ? one.turn < other.turn : one.expiresAt < other.expiresAt;
}
