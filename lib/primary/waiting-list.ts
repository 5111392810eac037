import type { Clock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { whenAborted } from '../util/when-aborted.js';

/** Told what somebody waited for, or why it will not come. */
export type Waiter<V> = (outcome: { readonly value: V } | { readonly error: Error }) => void;

/** How long somebody waits. */
export interface Patience {
  readonly clock: Clock;
  /** Milliseconds; `Infinity` is allowed. */
  readonly timeout: number;
  /** Makes the error for when they are over. */
  readonly timedOut: () => Error;
  readonly signal?: AbortSignal | undefined;
  /** Told, before the promise rejects, when what was waited for will not come. */
  readonly lost?: ((error: Error) => void) | undefined;
}

/**
 * Who waits for what happens to a key next.
 *
 * Waiters are called synchronously and in order, so that nothing can get ahead of what they do.
 */
export class WaitingList<K, V> {
  readonly #waiters = new Map<K, Set<Waiter<V>>>();

  /** Calls `waiter` once; the returned function takes it off the list. */
  add(key: K, waiter: Waiter<V>): () => void {
    const waiters = this.#waiters.get(key) ?? new Set();
    this.#waiters.set(key, waiters.add(waiter));
    return () => {
      waiters.delete(waiter);
      if (waiters.size === 0 && this.#waiters.get(key) === waiters) this.#waiters.delete(key);
    };
  }

  /** The same as a promise, whose rejection counts as handled. */
  wait(key: K): Promise<V> {
    const deferred = new Deferred<V>().markHandled();
    this.add(key, outcome => {
      if ('error' in outcome) deferred.reject(outcome.error);
      else deferred.resolve(outcome.value);
    });
    return deferred.promise;
  }

  /**
   * The same with an end: resolves with what `use` makes of the first value that it can use.
   *
   * @param use called in the very moment when a value comes; as long as it gives `undefined` the waiting goes on.
   */
  waitFor<T>(key: K, patience: Patience, use: (value: V) => T | Promise<T> | undefined): Promise<T> {
    const { clock, timeout, timedOut, signal, lost } = patience;
    return new Promise<T>((resolve, reject) => {
      let cancel = () => {};
      const end = () => {
        cancel();
        timer.cancel();
        leave();
      };
      const fail = (error: unknown) => {
        end();
        reject(error);
      };
      const wait = () => {
        cancel = this.add(key, outcome => {
          if ('error' in outcome) {
            lost?.(outcome.error);
            fail(outcome.error);
            return;
          }
          const result = use(outcome.value);
          if (result === undefined) return wait();

          end();
          resolve(result);
        });
      };
      const abort = () => fail(signal?.reason);
      const timer = clock.after(timeout, () => fail(timedOut()));
      const leave = signal ? whenAborted(signal, abort) : () => {};
      wait();
      if (signal?.aborted) abort();
    });
  }

  resolve(key: K, value: V): void {
    this.#settle(key, { value });
  }

  reject(key: K, error: Error): void {
    this.#settle(key, { error });
  }

  rejectAll(error: Error): void {
    this.rejectWhere(() => error);
  }

  /** @param why says why what somebody waits for will not come; nothing as long as it may. */
  rejectWhere(why: (key: K) => Error | undefined): void {
    for (const key of [...this.#waiters.keys()]) {
      const error = why(key);
      if (error) this.reject(key, error);
    }
  }

  #settle(key: K, outcome: { readonly value: V } | { readonly error: Error }): void {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    for (const waiter of waiters) waiter(outcome);
  }
}
