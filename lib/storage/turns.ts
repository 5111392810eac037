import { Deferred } from '../util/deferred.js';

/** Lets those who want to do something about the same thing do it one after the other, in the order in which they came. */
export class Turns {
  /** Resolves when the last one who came has had his turn. */
  readonly #last = new Map<string, Promise<void>>();

  /** How many things there are that somebody does something about. */
  get size(): number {
    return this.#last.size;
  }

  /** Resolves, when all who came before are done, with what is to be called when this one is; more than once does no harm. */
  async take(name: string): Promise<() => void> {
    const before = this.#last.get(name);
    const done = new Deferred<void>();
    this.#last.set(name, done.promise);
    await before;
    return () => {
      done.resolve();
      if (this.#last.get(name) === done.promise) this.#last.delete(name);
    };
  }
}
