import { Deferred } from '../util/deferred.js';

/** Told what somebody waited for, or why it will not come. */
export type Waiter<V> = (outcome: { readonly value: V } | { readonly error: Error }) => void;

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

  resolve(key: K, value: V): void {
    this.#settle(key, { value });
  }

  reject(key: K, error: Error): void {
    this.#settle(key, { error });
  }

  rejectAll(error: Error): void {
    for (const key of [...this.#waiters.keys()]) this.reject(key, error);
  }

  #settle(key: K, outcome: { readonly value: V } | { readonly error: Error }): void {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    for (const waiter of waiters) waiter(outcome);
  }
}
