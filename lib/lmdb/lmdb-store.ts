import { checkOption } from '../errors/check-option.js';
import { StorageFailedError } from '../errors/storage-errors.js';
import { type OptionDeclarations, resolveOptions } from '../lifecycle/option-table.js';
import type { StoragePath } from '../storage/storage-path.js';
import type {
  Commit,
  Storable,
  Store,
  StoreContext,
  StoredChange,
  StoredEntry,
  StoreSnapshot,
  Write,
} from '../storage/store.js';
import { boolean, nonEmptyString } from '../util/check.js';
import { GroupCommit } from './group-commit.js';
import { type Data, openData } from './open-data.js';
import { headStep } from './record.js';

/** How an {@link LmdbStore} is made. */
export interface LmdbStoreOptions {
  /** The directory that the data is kept in, which is made if it is missing. One store at a time can have it. */
  readonly path: string;
  /**
   * Whether a write waits until it is on the disk, so that it survives a failure of the power. Otherwise it waits until the
   * operating system has it: that survives whatever happens to this process, and takes much less time. When the power fails
   * then, the data may be refused as corrupt.
   *
   * @default true
   */
  readonly sync?: boolean | undefined;
}

const declarations: OptionDeclarations = Object.freeze({
  path: nonEmptyString,
  sync: { ...boolean, default: true },
});

/** A store that is open. */
interface Opened extends Data {
  readonly groups: GroupCommit;
}

/**
 * Keeps shared data in a directory, by means of the package `lmdb`, which is to be installed beside this one.
 *
 * All data is in memory too. A write is applied at once, and acknowledged and announced when it is durable; what is written
 * at the same time shares the wait. Data, versions and expiries are the same after a restart. If a write fails, that and all
 * that follows rejects: open the data with a new store then, which knows what is durable.
 *
 * Opening it checks everything, in a process of its own, and fails with {@link StorageCorruptError} rather than to begin with
 * less than what was written. A directory whose files were all deleted is an empty one.
 *
 * ```ts
 * new HeadChef({ storage: { store: new LmdbStore({ path: './data' }) } });
 * ```
 */
export class LmdbStore implements Store {
  readonly #path: string;
  readonly #sync: boolean;
  #opened: Opened | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  /** @throws {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION` */
  constructor(options: LmdbStoreOptions) {
    const { path, sync } = resolveOptions(options, declarations, 'LmdbStore');
    checkOption('path', path, nonEmptyString);
    this.#path = process.getBuiltinModule('node:path').resolve(path as string);
    this.#sync = sync as boolean;
  }

  get version(): number {
    return this.#opened?.memory.version ?? 0;
  }

  /**
   * Reads what is in the directory. Nothing but this store may write there until it is closed.
   *
   * @throws {@link StorageCorruptError} `CLUSTER_STORAGE_CORRUPT`, if that is not what was written;
   * {@link StorageFailedError} `CLUSTER_STORAGE_FAILED`, if it cannot be opened, another process has it, or `lmdb` is not
   * installed
   */
  async open({ clock, limits, committed }: StoreContext): Promise<void> {
    const data = await openData(this.#path, this.#sync);
    const { memory, ledger, database } = data;
    const groups = new GroupCommit({
      write: steps => database.write(steps),
      lastStep: () => headStep({ version: memory.version, ...ledger.total }),
      failure: cause => this.#failed(cause),
    });
    const applied = (changes: readonly StoredChange[], origin: unknown) => {
      for (const change of changes) ledger.apply(change);
      groups.add(ledger.takeSteps(), () => committed(changes, origin));
    };
    this.#opened = { ...data, groups };
    memory.open({ clock, limits, committed: applied });
  }

  peek(path: StoragePath): Storable | undefined {
    return this.#present().memory.peek(path);
  }

  entry(path: StoragePath): StoredEntry | undefined | Promise<StoredEntry | undefined> {
    return this.#whenDurable(this.#present().memory.entry(path));
  }

  keys(path: StoragePath): readonly string[] | Promise<readonly string[]> {
    return this.#whenDurable(this.#present().memory.keys(path));
  }

  commit(writes: readonly Write[], origin?: unknown): Commit | Promise<Commit> {
    const opened = this.#present();
    let commit: Commit;
    try {
      commit = opened.memory.commit(writes, origin);
    } catch (error) {
      // It tells of what is there, as every answer does.
      if (opened.groups.isSettled) throw error;
      return opened.groups.settled().then(() => Promise.reject(error));
    }
    if (writes.length === 0) opened.groups.add([]);
    if (writes.some(({ type }) => type === 'restore')) this.#noteExpiries(opened);
    return this.#whenDurable(commit);
  }

  snapshot(): StoreSnapshot | Promise<StoreSnapshot> {
    return this.#whenDurable(this.#present().memory.snapshot());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;

    this.#opened = undefined;
    opened.memory.close();
    try {
      await opened.groups.settled();
    } finally {
      await opened.database.close();
      opened.ownership.release();
    }
  }

  #present(): Opened {
    const opened = this.#opened;
    if (opened === undefined) throw new StorageFailedError('The store is not open', { store: this.#path });
    if (opened.groups.failure) throw opened.groups.failure;

    return opened;
  }

  /** An answer may be given when all that it tells of is durable. */
  #whenDurable<T>(answer: T): T | Promise<T> {
    const { groups } = this.#present();
    return groups.isSettled ? answer : groups.settled().then(() => answer);
  }

  /** A restore tells of the expiries within what it brings nowhere else. */
  #noteExpiries({ memory, ledger, groups }: Opened): void {
    for (const { path, expiresAt } of memory.snapshot().expiries) {
      const value = memory.peek(path);
      if (value !== undefined) ledger.setExpiry(path.segments, value, expiresAt);
    }
    groups.add(ledger.takeSteps());
  }

  #failed(cause: unknown): StorageFailedError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The data at ${this.#path} could not be written, and no more is: ${reason}`;
    return new StorageFailedError(message, { store: this.#path }, { cause });
  }
}
