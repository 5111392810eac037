import type { StorageChange, StorageWatch } from './shared-storage.js';
import type { Watch } from './watch.js';

type Result = IteratorResult<StorageChange, undefined>;

/** A watch that can be read although it has not begun yet. */
export class LateWatch implements StorageWatch {
  readonly #opening: Promise<Watch>;
  readonly #version: number;
  #watch: Watch | undefined;
  #left = false;

  /** @param version that of the watch, as long as it has not begun. */
  constructor(opening: Promise<Watch>, version: number) {
    this.#version = version;
    this.#opening = opening.then(watch => {
      this.#watch = watch;
      if (this.#left) void watch.return();
      return watch;
    });
    // The loop hears of it.
    this.#opening.catch(() => {});
  }

  get version(): number {
    return this.#watch?.version ?? this.#version;
  }

  next(): Promise<Result> {
    if (this.#watch) return this.#watch.next();
    if (this.#left) return Promise.resolve({ done: true, value: undefined });

    return this.#opening.then(watch => watch.next());
  }

  /** What waits to be read is dropped. */
  return(): Promise<Result> {
    this.#left = true;
    return this.#watch?.return() ?? Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
