/** Calls that wait for something to be there: then they are made at once, in their order, before any later one. */
export class EarlyCalls<T> {
  readonly #waiting: EarlyCall<T>[] = [];

  /** Settles like the call, as soon as that can be made; or rejects when it cannot. */
  add<R>(call: (there: T) => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ make: there => resolve(call(there)), reject });
    });
  }

  /** It is there. */
  arrived(there: T): void {
    for (const { make } of this.#waiting.splice(0)) make(there);
  }

  /** It is not going to be there, for those who have waited so far. */
  failed(reason: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}

interface EarlyCall<T> {
  make(there: T): void;
  reject(reason: unknown): void;
}
