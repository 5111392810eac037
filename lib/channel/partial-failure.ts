/** Why a write failed for some of the frames in it, and for no others. Never leaves the channel: each frame gets the reason. */
export class PartialFailure extends Error {
  readonly #reason: unknown;
  readonly #which: ReadonlySet<number>;

  /** @param which the frames that failed, by their place in what was written. */
  constructor(reason: unknown, which: Iterable<number>) {
    super('Some frames were not passed on', { cause: reason });
    this.#reason = reason;
    this.#which = new Set(which);
  }

  /** Why the frame at this place failed; `undefined` if it did not. */
  at(place: number): unknown {
    return this.#which.has(place) ? this.#reason : undefined;
  }
}
