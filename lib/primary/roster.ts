/** What a roster must know of a worker. */
export interface Member {
  /** Unique among all workers there ever were. */
  readonly id: number;
  /** The name of its slot, which its replacement has too. */
  readonly name: string;
  readonly group: string;
}

/**
 * Every worker whose process lives, and which of them are ready, in the order they became so.
 *
 * `ready` and `byId` are frozen and made anew after a change, so that whoever holds one can walk through it in peace.
 */
export class Roster<H extends Member> implements Iterable<H> {
  readonly #live = new Map<number, H>();
  readonly #byName = new Map<string, H>();
  readonly #ready = new Set<H>();
  #readyView: readonly H[] | undefined;
  #byIdView: Readonly<Record<number, H>> | undefined;

  /** How many workers live. */
  get size(): number {
    return this.#live.size;
  }

  /** The workers that are ready, in the order they became so. */
  get ready(): readonly H[] {
    this.#readyView ??= Object.freeze([...this.#ready]);
    return this.#readyView;
  }

  /** Every live worker by its id; an object without a prototype. */
  get byId(): Readonly<Record<number, H>> {
    this.#byIdView ??= Object.freeze(Object.assign(Object.create(null), Object.fromEntries(this.#live)));
    return this.#byIdView as Readonly<Record<number, H>>;
  }

  /** The live worker with this id. */
  get(id: number): H | undefined {
    return this.#live.get(id);
  }

  /** The live worker of the slot with this name; not a newcomer that is still to take over. */
  named(name: string): H | undefined {
    return this.#byName.get(name);
  }

  /** Whether the worker is ready. */
  isReady(handle: H): boolean {
    return this.#ready.has(handle);
  }

  /**
   * Takes in a worker whose process was started; returns false if it is in already.
   *
   * @param options `hasName`: whether the name means it now; if not, only as long as it means nobody else. @default true
   */
  add(handle: H, { hasName = true } = {}): boolean {
    if (this.#live.has(handle.id)) return false;

    this.#live.set(handle.id, handle);
    if (hasName || !this.#byName.has(handle.name)) this.#byName.set(handle.name, handle);
    this.#byIdView = undefined;
    return true;
  }

  /** The worker's name means it from now on; one that it had before means it no more. */
  rename(handle: H, nameBefore = handle.name): void {
    if (nameBefore !== handle.name && this.#byName.get(nameBefore) === handle) this.#byName.delete(nameBefore);
    this.#byName.set(handle.name, handle);
  }

  /** Lets a live worker count as ready; returns false if it is not live, or ready already. */
  markReady(handle: H): boolean {
    if (this.#live.get(handle.id) !== handle || this.#ready.has(handle)) return false;

    this.#ready.add(handle);
    this.#readyView = undefined;
    return true;
  }

  /** Lets a worker count as ready no more, while its process lives on; returns false if it did not. */
  markLeaving(handle: H): boolean {
    if (!this.#ready.delete(handle)) return false;

    this.#readyView = undefined;
    return true;
  }

  /** Removes a worker whose process is gone; returns false if it is not in. */
  remove(handle: H): boolean {
    if (this.#live.get(handle.id) !== handle) return false;

    this.markLeaving(handle);
    this.#live.delete(handle.id);
    this.#byIdView = undefined;
    if (this.#byName.get(handle.name) === handle) this.#nameNext(handle.name);
    return true;
  }

  /** Every live worker, in the order they were started. */
  [Symbol.iterator](): IterableIterator<H> {
    return this.#live.values();
  }

  /** A newcomer that failed leaves the name to the one it was to replace. */
  #nameNext(name: string): void {
    this.#byName.delete(name);
    for (const handle of this.#live.values()) if (handle.name === name) this.#byName.set(name, handle);
  }
}
