interface Link<T> {
  /** Undefined only in the two ends that hold a list together. */
  readonly member: T | undefined;
  previous: Link<T>;
  next: Link<T>;
}

function emptyList<T>(): Link<T> {
  const end = { member: undefined } as Link<T>;
  end.previous = end;
  end.next = end;
  return end;
}

function append<T>(end: Link<T>, link: Link<T>): void {
  link.previous = end.previous;
  link.next = end;
  end.previous.next = link;
  end.previous = link;
}

function unlink<T>(link: Link<T>): void {
  link.previous.next = link.next;
  link.next.previous = link.previous;
}

/**
 * Members that take turns: `next()` gives the one least recently selected.
 *
 * A newcomer comes before every member that was selected before, newcomers among themselves in the order they joined,
 * and a removed member never comes again. Every operation costs the same however many members there are. The order is
 * that of the calls, never of a clock, so it is exact in a hot loop too.
 *
 * @example
 * ```ts
 * const ring = new Ring(['a', 'b']);
 * [ring.next(), ring.next(), ring.next()]; // ['a', 'b', 'a']
 * ```
 */
export class Ring<T extends NonNullable<unknown>> implements Iterable<T> {
  readonly #links = new Map<T, Link<T>>();
  readonly #fresh = emptyList<T>();
  /** Members that had their turn, the least recent first. A linked list, since a Set leaves holes that cost time to skip. */
  readonly #used = emptyList<T>();

  constructor(members: Iterable<T> = []) {
    for (const member of members) this.add(member);
  }

  /** How many members take turns. */
  get size(): number {
    return this.#links.size;
  }

  /** Whether `member` takes turns. */
  has(member: T): boolean {
    return this.#links.has(member);
  }

  /** Lets `member` take turns, before all that had one; returns false, and moves nothing, if it does already. */
  add(member: T): boolean {
    if (this.#links.has(member)) return false;

    const link = { member } as Link<T>;
    append(this.#fresh, link);
    this.#links.set(member, link);
    return true;
  }

  /** Takes `member` out; returns whether it was in. */
  delete(member: T): boolean {
    const link = this.#links.get(member);
    if (link === undefined) return false;

    unlink(link);
    return this.#links.delete(member);
  }

  /** The member least recently selected, which is the most recent one from now on; `undefined` when there is none. */
  next(): T | undefined {
    if (this.#links.size === 0) return undefined;

    const link = this.#fresh.next === this.#fresh ? this.#used.next : this.#fresh.next;
    unlink(link);
    append(this.#used, link);
    return link.member;
  }

  /** Gives `member` its turn, whoever's it is: from now on it is the most recent one. Returns false if it takes none. */
  take(member: T): boolean {
    const link = this.#links.get(member);
    if (link === undefined) return false;

    unlink(link);
    append(this.#used, link);
    return true;
  }

  /** All members in the order of their turns, the one that `next()` would give first; nobody has a turn by that. */
  *inTurn(): IterableIterator<T> {
    for (const end of [this.#fresh, this.#used]) {
      // Only the two ends have no member.
      for (let link = end.next; link !== end; link = link.next) yield link.member as T;
    }
  }

  /** All members in the order they joined, whoever's turn it is. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#links.keys();
  }
}
