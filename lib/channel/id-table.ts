/** A table begins with this many places; their number is always a power of two. */
const fewestPlaces = 64;

/**
 * Things by their id, a whole number.
 *
 * Each has the place that the last bits of its id name, and there are twice as many places as things: ids that were given
 * one after the other, as those of requests are, seldom meet. No Map, though it would be shorter: each table that a Map
 * outgrows points to the next one, so that one dead table in the old generation keeps all the later ones alive, with all
 * they ever held. That cost a requester a quarter of its time.
 */
export class IdTable<V extends { readonly id: number }> implements Iterable<V> {
  #places: (V | undefined)[] = emptyPlaces(fewestPlaces);
  /** Those whose place was taken. Ids may be chosen by somebody hostile: then all are here, and it is as good as a Map. */
  readonly #crowd = new Map<number, V>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Generator<V> {
    for (const value of this.#places) if (value !== undefined) yield value;
    yield* this.#crowd.values();
  }

  get(id: number): V | undefined {
    const value = this.#places[this.#placeOf(id)];
    if (value?.id === id) return value;

    return this.#crowd.size === 0 ? undefined : this.#crowd.get(id);
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** Its id must not be in the table. */
  add(value: V): void {
    if (2 * this.#size >= this.#places.length) this.#grow();
    this.#size++;
    this.#put(value);
  }

  /** Returns what had the id. */
  take(id: number): V | undefined {
    const value = this.get(id);
    if (value === undefined) return undefined;

    this.#size--;
    const place = this.#placeOf(id);
    if (this.#places[place] === value) this.#places[place] = undefined;
    else this.#crowd.delete(id);
    return value;
  }

  /** The first id after `id` whose place is free: for whoever gives the ids. */
  freeIdAfter(id: number): number {
    let next = id + 1;
    while (this.#places[this.#placeOf(next)] !== undefined) next++;
    return next;
  }

  #placeOf(id: number): number {
    return id & (this.#places.length - 1);
  }

  #put(value: V): void {
    const place = this.#placeOf(value.id);
    if (this.#places[place] === undefined) this.#places[place] = value;
    else this.#crowd.set(value.id, value);
  }

  #grow(): void {
    const all = [...this];
    this.#places = emptyPlaces(2 * this.#places.length);
    this.#crowd.clear();
    for (const value of all) this.#put(value);
  }
}

function emptyPlaces(count: number): undefined[] {
  return new Array(count).fill(undefined);
}
