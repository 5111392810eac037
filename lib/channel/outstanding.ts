import type { WriteDone } from './channel.js';

/** The writes that nobody has said anything about yet: each is done once, whoever says so first. */
export class Outstanding {
  /** Few at a time. No Set: its outgrown tables would keep written batches alive until the next full collection. */
  readonly #writes: WriteDone[] = [];

  /** Calls `done` the first time that the returned function is called, or when all fail. */
  add(done: WriteDone): WriteDone {
    const once: WriteDone = error => {
      const index = this.#writes.indexOf(once);
      if (index < 0) return;

      this.#writes.splice(index, 1);
      done(error);
    };
    this.#writes.push(once);
    return once;
  }

  /** Nothing will be said of the rest any more. `error` makes the error for each. */
  failAll(error: () => Error): void {
    for (const once of [...this.#writes]) once(error());
  }
}
