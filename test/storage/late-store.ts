import { MemoryStore } from '../../lib/storage/memory-store.js';
import type { StoragePath } from '../../lib/storage/storage-path.js';
import type {
  Commit,
  Storable,
  Store,
  StoreContext,
  StoredEntry,
  StoreSnapshot,
  Write,
} from '../../lib/storage/store.js';

/** A store that answers later, as one does that has to wait for a disk. */
export class LateStore implements Store {
  readonly #inner = new MemoryStore();
  readonly #due: (() => void)[] = [];

  get version(): number {
    return this.#inner.version;
  }

  open(context: StoreContext): Promise<void> {
    this.#inner.open({
      ...context,
      // What has changed is told when it is durable.
      committed: (...told) => void this.#later(() => context.committed(...told)),
    });
    return this.#later(() => {});
  }

  peek(path: StoragePath): Storable | undefined {
    return this.#inner.peek(path);
  }

  entry(path: StoragePath): Promise<StoredEntry | undefined> {
    return this.#outcome(() => this.#inner.entry(path));
  }

  keys(path: StoragePath): Promise<readonly string[]> {
    return this.#outcome(() => this.#inner.keys(path));
  }

  commit(writes: readonly Write[], origin?: unknown): Promise<Commit> {
    return this.#outcome(() => this.#inner.commit(writes, origin));
  }

  snapshot(): Promise<StoreSnapshot> {
    return this.#outcome(() => this.#inner.snapshot());
  }

  close(): Promise<void> {
    return this.#later(() => this.#inner.close());
  }

  /** Takes place now, and is told later. */
  #outcome<T>(run: () => T): Promise<T> {
    try {
      const value = run();
      return this.#later(() => value);
    } catch (error) {
      return this.#later(() => {
        throw error;
      });
    }
  }

  #later<T>(tell: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#due.push(() => {
        try {
          resolve(tell());
        } catch (error) {
          reject(error);
        }
      });
      setImmediate(() => this.#due.shift()?.());
    });
  }
}
