/** Which workers know of each other; always both ways. */
export class Acquaintances<W> {
  readonly #circles = new Map<W, Set<W>>();

  /** How many know anybody. */
  get size(): number {
    return this.#circles.size;
  }

  /** Two get to know each other. Nobody needs to be introduced to itself. */
  introduce(one: W, other: W): void {
    if (one === other) return;

    this.#circleOf(one).add(other);
    this.#circleOf(other).add(one);
  }

  /** Whom a worker knows. */
  of(worker: W): Iterable<W> {
    return this.#circles.get(worker) ?? [];
  }

  /** Lets a worker be forgotten by everybody; returns who knew it. */
  remove(worker: W): readonly W[] {
    const circle = [...this.of(worker)];
    this.#circles.delete(worker);
    for (const other of circle) {
      const theirs = this.#circles.get(other);
      theirs?.delete(worker);
      if (theirs?.size === 0) this.#circles.delete(other);
    }
    return circle;
  }

  #circleOf(worker: W): Set<W> {
    const circle = this.#circles.get(worker) ?? new Set();
    this.#circles.set(worker, circle);
    return circle;
  }
}
