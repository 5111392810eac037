import { Deferred } from './deferred.js';

/** Counts work that has begun and not ended, and tells when there is none. */
export class InFlight {
  #size = 0;
  #idle: Deferred<void> | undefined;

  /** How much work is open. */
  get size(): number {
    return this.#size;
  }

  /** Counts a promise until it settles, either way; anything else is done already. */
  track(work: unknown): void {
    if (!isThenable(work)) return;

    this.#size++;
    const done = () => this.#done();
    work.then(done, done);
  }

  /** Resolves once nothing is open, at once if nothing is. */
  idle(): Promise<void> {
    if (this.#size === 0) return Promise.resolve();

    this.#idle ??= new Deferred();
    return this.#idle.promise;
  }

  #done(): void {
    this.#size--;
    if (this.#size > 0) return;

    this.#idle?.resolve();
    this.#idle = undefined;
  }
}

/** Whether a value can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
