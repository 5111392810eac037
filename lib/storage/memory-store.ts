import { StorageFailedError } from '../errors/storage-errors.js';
import type { Timer } from '../util/clock.js';
import { Contents, type KeptEntry } from './contents.js';
import { weightOfKey } from './size.js';
import type { StoragePath } from './storage-path.js';
import type {
  Commit,
  Storable,
  Store,
  StoreContext,
  StoredChange,
  StoredEntry,
  StoreSnapshot,
  Write,
} from './store.js';
import { Transaction } from './transaction.js';

/**
 * Milliseconds after which we look again for what has expired: the timers of a machine that slept are late, and its
 * date may be set.
 */
const longestNap = 60_000;

/**
 * Keeps shared data in this process, as long as it lives. Answers at once.
 *
 * The root is always there, and always an object: to delete it is to empty it.
 */
export class MemoryStore implements Store {
  readonly #contents = new Contents();
  #version = 0;
  #context: StoreContext | undefined = undefined;
  #alarm: { readonly timer: Timer; readonly dueAt: number } | undefined = undefined;

  get version(): number {
    return this.#version;
  }

  open(context: StoreContext): void {
    this.#context = context;
    this.#setAlarm(context);
  }

  peek(path: StoragePath): Storable | undefined {
    this.#present();
    return this.#contents.read(path);
  }

  entry(path: StoragePath): StoredEntry | undefined {
    this.#present();
    return this.#contents.entry(path);
  }

  keys(path: StoragePath): readonly string[] {
    this.#present();
    return this.#contents.namesIn(path);
  }

  commit(writes: readonly Write[], origin?: unknown): Commit {
    const context = this.#present();
    const { clock, limits } = context;
    const transaction = new Transaction({ contents: this.#contents, version: this.#version, clock, limits });
    const { version, results, changes } = transaction.carryOut(writes);

    this.#version = version;
    this.#setAlarm(context);
    if (changes.length > 0) context.committed(changes, origin);
    return { version, results };
  }

  snapshot(): StoreSnapshot {
    this.#present();
    return { version: this.#version, ...this.#contents.snapshot() };
  }

  /**
   * Fills a store that is empty with what another has kept: for stores that use this one. Nobody is told.
   *
   * @param entries objects come before what is in them; the root, if it comes, first
   */
  load(entries: Iterable<KeptEntry>, version: number): void {
    this.#contents.load(entries);
    this.#version = version;
    if (this.#context !== undefined) this.#setAlarm(this.#context);
  }

  close(): void {
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
    this.#context = undefined;
  }

  /** Sees to it that nothing is there that has expired. */
  #present(): StoreContext {
    const context = this.#context;
    if (context === undefined) throw new StorageFailedError('The store is not open', { store: 'MemoryStore' });

    const { nextDeadline } = this.#contents;
    if (nextDeadline !== undefined && nextDeadline.expiresAt <= context.clock.date()) this.#expire(context);
    return context;
  }

  /** All at once, before anybody is told: who is told may look, and write. */
  #expire(context: StoreContext): void {
    const now = context.clock.date();
    const changes: StoredChange[] = [];
    for (
      let next = this.#contents.nextDeadline;
      next !== undefined && next.expiresAt <= now;
      next = this.#contents.nextDeadline
    ) {
      const { path } = next;
      this.#contents.remove(path, ++this.#version);
      changes.push(expiryOf(path, this.#version));
    }
    this.#setAlarm(context);
    if (changes.length > 0) context.committed(changes, undefined);
  }

  /** One that rings too early is left alone: to renew an expiry again and again costs no timer each time. */
  #setAlarm(context: StoreContext): void {
    const dueAt = this.#contents.nextDeadline?.expiresAt;
    if (dueAt === undefined || (this.#alarm !== undefined && this.#alarm.dueAt <= dueAt)) return;

    this.#alarm?.timer.cancel();
    const delay = Math.min(dueAt - context.clock.date(), longestNap);
    const timer = context.clock.after(delay, () => this.#ring(context), { keepAlive: false });
    this.#alarm = { timer, dueAt };
  }

  #ring(context: StoreContext): void {
    this.#alarm = undefined;
    this.#expire(context);
  }
}

function expiryOf(path: StoragePath, version: number): StoredChange {
  const weight = weightOfKey(path.text);
  return { version, type: 'expire', path, value: undefined, expiresAt: undefined, weight };
}
