import { Deferred } from '../util/deferred.js';
import { ignorable } from '../util/ignorable.js';
import { isEverybody } from './addressing.js';
import type { Mailer } from './mailer.js';
import type { Supervisor } from './supervisor.js';

/** Who does a primary's work, once it is set up. */
export interface Crew {
  readonly supervisor: Supervisor;
  readonly mailer: Mailer;
}

/** Lets callers wait for a primary's crew. */
export class CrewCall {
  readonly #standing: Promise<void>;
  readonly #arrived = new Deferred<Crew>().markHandled();
  #crew: Crew | undefined;
  #cancelled = false;

  /** @param outcome resolves when the primary's start is over, with the failure if it was one. */
  constructor(outcome: Promise<{ readonly error: unknown } | undefined>) {
    this.#standing = ignorable(
      outcome.then(failure => {
        if (failure) throw failure.error;
      }),
    );
  }

  /** The crew, once it is there. */
  get crew(): Crew | undefined {
    return this.#crew;
  }

  /** The primary is set up, and its workers start. */
  arrived(crew: Crew): void {
    this.#crew = crew;
    this.#arrived.resolve(crew);
  }

  /** There will be none. */
  cancel(error: Error): void {
    this.#cancelled = true;
    this.#arrived.reject(error);
  }

  /** Resolves once the primary is set up, as it is inside `_initialize` of subclasses; rejects when its start fails. */
  async wait(): Promise<Crew> {
    await Promise.race([this.#arrived.promise, this.#standing]);
    return this.#arrived.promise;
  }

  /** What addresses the whole cluster waits until it stands; what addresses one worker only until it is set up. */
  async waitFor(order: { readonly to?: unknown }): Promise<Crew> {
    const isForAll = !('to' in order) || isEverybody(order.to);
    if (isForAll && !this.#cancelled) await this.#standing;
    return this.wait();
  }
}
