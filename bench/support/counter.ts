/** Counts what arrives, and tells when it is as much as was expected. */
export class Counter {
  #missing = 0;
  #complete = () => {};

  /** From now on, `complete` is called after `times` arrivals. */
  expect(times: number, complete: () => void): void {
    this.#missing = times;
    this.#complete = complete;
  }

  arrived(): void {
    if (--this.#missing === 0) this.#complete();
  }
}
