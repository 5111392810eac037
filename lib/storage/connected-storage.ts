import { checkKnown, checkOption } from '../errors/check-option.js';
import { InvalidOptionError } from '../errors/errors.js';
import { ReplicaNotReadyError, StorageConflictError } from '../errors/storage-errors.js';
import { waitOrAbort } from '../util/abortable.js';
import { boolean, callable, instanceOf, integer, number, optional, type Rule, record } from '../util/check.js';
import { isThenable } from '../util/in-flight.js';
import { LateWatch } from './late-watch.js';
import { LockKeeper } from './lock-keeper.js';
import type {
  Condition,
  Lifetime,
  LockOptions,
  SetOptions,
  SharedStorage,
  SnapshotAnswer,
  StorageEntry,
  StorageLock,
  StorageSnapshot,
  StorageWatch,
  TransactionResult,
  UpdateOptions,
  WatchOptions,
} from './shared-storage.js';
import { type PathInput, parsePath, type StoragePath } from './storage-path.js';
import { mostWrites } from './storage-request.js';
import type { StorageSeam, StorageSource } from './storage-seam.js';
import type { Commit, StoredChange, Write } from './store.js';
import { Turns } from './turns.js';
import type { AnyStorage } from './typed-paths.js';
import type { Watch } from './watch.js';
import { WriteMaker } from './write-maker.js';

const operations: Rule = {
  expected: `an array of at most ${mostWrites} operations`,
  accepts: value => Array.isArray(value) && value.length <= mostWrites,
};
const milliseconds = optional(number({ above: 0, orInfinity: true }));
const attemptsRule = integer({ min: 1, orInfinity: true });

/**
 * What users call, on either side: makes requests of it, and says what is wrong with it before.
 *
 * Untyped: whoever gives it away says what it holds.
 */
export class ConnectedStorage implements SharedStorage<AnyStorage> {
  readonly #seam: StorageSeam;
  readonly #make: WriteMaker;
  /** Of those who update a path. */
  readonly #turns = new Turns();
  /** What this process holds. @internal */
  readonly locks: LockKeeper;

  constructor(seam: StorageSeam) {
    this.#seam = seam;
    this.#make = new WriteMaker(seam);
    this.locks = new LockKeeper(seam);
  }

  attach(): Promise<void> {
    return this.#seam.attach();
  }

  peek(path: PathInput): AnyStorage {
    const { source } = this.#seam;
    if (source) return source.peek(parsePath(path));

    throw new ReplicaNotReadyError('There is nothing to `peek` into yet: await `storage.attach()` first', {});
  }

  // What is called most often is not `async`: that would take over the promise three turns later, or cost as much again.
  get(path: PathInput): Promise<AnyStorage> {
    try {
      return this.#seam.ask({ type: 'get', path: parsePath(path) });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async entry(path: PathInput): Promise<StorageEntry<AnyStorage> | undefined> {
    const entry = (await this.#seam.ask({ type: 'entry', path: parsePath(path) })) as StorageEntry | undefined;
    // What is `undefined` may have been lost on the way.
    return entry && { value: entry.value, version: entry.version, expiresAt: entry.expiresAt };
  }

  async keys(prefix: PathInput = []): Promise<AnyStorage[]> {
    // A copy, since what was read is frozen.
    return [...((await this.#seam.ask({ type: 'keys', path: parsePath(prefix) })) as string[])];
  }

  set(path: PathInput, value: unknown, options?: SetOptions): Promise<number> {
    try {
      return this.#commit([this.#make.set(path, value, options)]).then(versionOf);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async create(path: PathInput, value: unknown, options?: Lifetime): Promise<number> {
    return (await this.#commit([this.#make.create(path, value, options)])).version;
  }

  increment(path: PathInput, by?: number): Promise<number> {
    try {
      return this.#commit([this.#make.increment(path, by)]).then(firstResult);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async delete(path: PathInput, options?: Condition): Promise<boolean> {
    const { results } = await this.#commit([this.#make.delete(path, options)]);
    return results[0] === true;
  }

  async update(
    path: PathInput,
    change: (value: AnyStorage) => unknown,
    options: UpdateOptions = {},
  ): Promise<AnyStorage> {
    const checked = checkedUpdate(change, options);
    // Those of one process would only get in each other's way.
    const done = await this.#turns.take(parsePath(path).text);
    const changeInTurn = (before: AnyStorage) => {
      const after = change(before);
      // It may wait for anything, another update of the same too.
      if (isThenable(after)) done();
      return after;
    };
    try {
      return await this.#update(path, changeInTurn, checked);
    } finally {
      done();
    }
  }

  async transaction(steps: readonly unknown[]): Promise<TransactionResult> {
    checkOption('the operations of transaction()', steps, operations);
    const writes = steps.map(each => this.#make.operation(each));
    if (writes.length === 0) return [];

    return (await this.#commit(writes)).results;
  }

  watch(input: PathInput, options: WatchOptions = {}): StorageWatch {
    const path = parsePath(input);
    checkWatch(options);
    const { source, isLive } = this.#seam;
    const { since, signal } = options;
    // What may not be read is told in the loop, as it is where there is no replica yet.
    if (source && isLive && since === undefined && source.mayRead(path)) return this.#watch({ path, source, options });

    return new LateWatch(waitOrAbort(this.#watchLater(path, options), signal), since ?? 0);
  }

  lock(name: string, options?: LockOptions): Promise<StorageLock> {
    return this.locks.lock(name, options);
  }

  async snapshot(): Promise<StorageSnapshot> {
    const { version, value, expiries } = (await this.#seam.ask({ type: 'snapshot' })) as SnapshotAnswer;
    return { version, value, expiries: Object.fromEntries(expiries) };
  }

  async restore(snapshot: StorageSnapshot): Promise<number> {
    return (await this.#commit([this.#make.restore(snapshot)])).version;
  }

  #commit(writes: readonly Write[]): Promise<Commit> {
    return this.#seam.ask({ type: 'commit', writes }) as Promise<Commit>;
  }

  async #update(
    path: PathInput,
    change: (value: AnyStorage) => unknown,
    { ttl, attempts }: CheckedUpdate,
  ): Promise<AnyStorage> {
    for (let attempt = 1; ; attempt++) {
      const entry = await this.entry(path);
      const value = await change(entry?.value);
      if (value === undefined) return entry?.value;

      const write = this.#make.replace(path, value, { ttl, ifVersion: entry?.version ?? 0 });
      try {
        await this.#commit([write]);
        return write.value;
      } catch (error) {
        // Only that somebody else was faster is known to have changed nothing.
        if (!(error instanceof StorageConflictError) || attempt >= attempts) throw error;
      }
    }
  }

  async #watchLater(path: StoragePath, options: WatchOptions): Promise<Watch> {
    const { since } = options;
    // Once may not be enough: so much may have changed at once that it has to be fetched anew.
    do await this.#seam.attach();
    while (!this.#seam.isLive);
    let watch: Watch | undefined;
    const begin = (history: readonly StoredChange[]) => {
      watch = this.#watch({ path, source: this.#source, options, history });
    };
    if (since === undefined) begin([]);
    else await this.#seam.history(since, begin);
    return watch as Watch;
  }

  #watch({ path, source, options, history }: Beginning): Watch {
    const { initial, since, maxQueued = defaultMostQueued, signal } = options;
    const from = since ?? source.version;
    return this.#seam.watches.open(path, { value: source.peek(path), from, history, initial, maxQueued, signal });
  }

  get #source(): StorageSource {
    // Who has attached has one.
    return this.#seam.source as StorageSource;
  }
}

/** How a watch begins. */
interface Beginning {
  readonly path: StoragePath;
  readonly source: StorageSource;
  readonly options: WatchOptions;
  readonly history?: readonly StoredChange[];
}

const defaultMostQueued = 100_000;

interface CheckedUpdate {
  readonly ttl: number | undefined;
  readonly attempts: number;
}

function versionOf({ version }: Commit): number {
  return version;
}

function firstResult({ results }: Commit): number {
  return Number(results[0]);
}

function checkedUpdate(change: unknown, options: UpdateOptions): CheckedUpdate {
  checkOption('change', change, callable);
  checkOption('the options of update()', options, record);
  checkKnown(['ttl', 'attempts'], options, 'update()');
  const { ttl, attempts = 100 } = options;
  checkOption('ttl', ttl, milliseconds);
  checkOption('attempts', attempts, attemptsRule);
  return { ttl, attempts };
}

function checkWatch(options: WatchOptions): void {
  checkOption('the options of watch()', options, record);
  checkKnown(['initial', 'since', 'maxQueued', 'signal'], options, 'watch()');
  const { initial, since, maxQueued, signal } = options;
  checkOption('initial', initial, optional(boolean));
  checkOption('since', since, optional(integer({ min: 0 })));
  checkOption('maxQueued', maxQueued, optional(integer({ min: 1, orInfinity: true })));
  checkOption('signal', signal, optional(instanceOf(AbortSignal)));
  if (!initial || since === undefined) return;

  const message =
    'A watch begins with what is there (`initial`) or with what has changed `since` a version, not with both';
  throw new InvalidOptionError(message, { option: 'initial', value: initial });
}
