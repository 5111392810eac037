// One executor for all promises: a closure for each would cost as much as the promise.
let resolveNew: (value: unknown) => void;
let rejectNew: (reason: unknown) => void;
const executor = (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => {
  resolveNew = resolve;
  rejectNew = reject;
};

/** A promise together with the functions that settle it (Node 20 lacks `Promise.withResolvers`). */
export class Deferred<T> {
  readonly promise: Promise<T>;
  readonly #resolve: (value: T | PromiseLike<T>) => void;
  readonly #reject: (reason: unknown) => void;
  #settled = false;

  constructor() {
    this.promise = new Promise<unknown>(executor) as Promise<T>;
    this.#resolve = resolveNew;
    this.#reject = rejectNew;
  }

  /** Whether `resolve` or `reject` was called; later calls change nothing. */
  get settled(): boolean {
    return this.#settled;
  }

  resolve(value: T | PromiseLike<T>): void {
    this.#settled = true;
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#settled = true;
    this.#reject(reason);
  }

  /** Says that nobody has to await the promise: a rejection that nobody sees is no crash. */
  markHandled(): this {
    this.promise.catch(() => {});
    return this;
  }
}
