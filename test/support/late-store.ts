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

interface LateAnswer {
  /** What has to be told before. */
  readonly tellings: number;
  readonly give: () => void;
}

/**
 * A store that carries everything out at once, but tells of it only when the test lets it: first of what has changed, as if
 * that were durable now, and some time after that of what it answers. Both in order.
 */
export class LateStore implements Store {
  readonly #inner = new MemoryStore();
  readonly #tellings: (() => void)[] = [];
  readonly #answers: LateAnswer[] = [];
  #noted = 0;
  #told = 0;

  get version(): number {
    return this.#inner.version;
  }

  /** How many answers are still to be given. */
  get unanswered(): number {
    return this.#answers.length;
  }

  open(context: StoreContext): void | Promise<void> {
    const committed: StoreContext['committed'] = (changes, origin) => {
      this.#noted++;
      this.#tellings.push(() => context.committed(changes, origin));
      this._due();
    };
    this.#inner.open({ ...context, committed });
  }

  /** Tells of the next changes; returns whether there were any. */
  tell(): boolean {
    const telling = this.#tellings.shift();
    if (telling === undefined) return false;

    this.#told++;
    telling();
    return true;
  }

  /** Gives the next answer, unless it tells of something that is still to be told; returns whether it did. */
  answer(): boolean {
    const [next] = this.#answers;
    if (next === undefined || next.tellings > this.#told) return false;

    this.#answers.shift();
    next.give();
    return true;
  }

  /** Tells and answers everything. */
  finish(): void {
    while (this.tell() || this.answer());
  }

  /** What is there, although nobody may know yet. */
  entryNow(path: StoragePath): StoredEntry | undefined {
    return this.#inner.entry(path);
  }

  peek(path: StoragePath): Storable | undefined {
    return this.#inner.peek(path);
  }

  entry(path: StoragePath): Promise<StoredEntry | undefined> {
    return this.#later(() => this.#inner.entry(path));
  }

  keys(path: StoragePath): Promise<readonly string[]> {
    return this.#later(() => this.#inner.keys(path));
  }

  commit(writes: readonly Write[], origin?: unknown): Promise<Commit> {
    return this.#later(() => this.#inner.commit(writes, origin));
  }

  snapshot(): Promise<StoreSnapshot> {
    return this.#later(() => this.#inner.snapshot());
  }

  close(): void | Promise<void> {
    this.finish();
    this.#inner.close();
  }

  /** There is one more thing to tell, or to answer. */
  protected _due(): void {}

  #later<T>(run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let give: () => void;
      try {
        const value = run();
        give = () => resolve(value);
      } catch (error) {
        give = () => reject(error);
      }
      this.#answers.push({ tellings: this.#noted, give });
      this._due();
    });
  }
}
