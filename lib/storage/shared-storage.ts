import type { Abortable } from '../util/abortable.js';
import type { Storable } from './store.js';
import type { AnyStorage, CheckedPath, KeyOf, PathLike, PathOf, ValueAt, WatchedAt } from './typed-paths.js';

/** What is at a path. */
export interface StorageEntry<V = unknown> {
  /** Frozen. */
  readonly value: V;
  /** The number of the last write that changed something at the path, below it, or replaced what it is in. */
  readonly version: number;
  /** When it expires, in milliseconds since the epoch; `undefined` for never. */
  readonly expiresAt: number | undefined;
}

/** Under which condition something is written. */
export interface Condition {
  /** Written only if this is the version of the path; 0 if there is nothing. @default always */
  readonly ifVersion?: number | undefined;
}

/** How long something is kept. */
export interface Lifetime {
  /** Milliseconds until it is gone; `Infinity` for ever. @default Infinity */
  readonly ttl?: number | undefined;
}

/** How a value is written. */
export interface SetOptions extends Condition, Lifetime {}

/** How {@link SharedStorage.update} goes about it. */
export interface UpdateOptions {
  /** Milliseconds until it is gone. @default what the path has */
  readonly ttl?: number | undefined;
  /** How often it is tried, as long as others write at the same time. @default 100 */
  readonly attempts?: number | undefined;
}

/** One step of {@link SharedStorage.transaction}; `Q` is its path. */
export type StorageOperation<T = AnyStorage, Q = PathOf<T>> =
  | ({ readonly type: 'set'; readonly path: Q & CheckedPath<T, Q>; readonly value: ValueAt<T, Q> } & SetOptions)
  | ({ readonly type: 'create'; readonly path: Q & CheckedPath<T, Q>; readonly value: ValueAt<T, Q> } & Lifetime)
  | {
      readonly type: 'increment';
      readonly path: Q extends unknown ? Q & CheckedPath<T, Q, number> : never;
      readonly by?: number | undefined;
    }
  | ({ readonly type: 'delete'; readonly path: Q & CheckedPath<T, Q> } & Condition)
  | { readonly type: 'check'; readonly path: Q & CheckedPath<T, Q>; readonly ifVersion: number };

/** What the operations of a transaction return, in their order: as the methods of the same name do; `check` the version. */
export type TransactionResult = readonly (number | boolean)[];

/** One write, as a watch sees it. */
export interface StorageChange<V = unknown> {
  /** The number of the write; a watch sees each once, in order. */
  readonly version: number;
  /** `initial` is no write: it is what was there when the watch began. */
  readonly type: 'initial' | 'set' | 'delete' | 'expire';
  /** What was written: the path that is watched, or one below it. */
  readonly path: string;
  /** What is at `path` since then; frozen; `undefined` for nothing. */
  readonly value: V | undefined;
}

/** How a path is watched. */
export interface WatchOptions extends Abortable {
  /** Begins with what is there, as a change of type `initial`. @default false */
  readonly initial?: boolean | undefined;
  /** Begins after the write of this number, which may be some time ago. @default now */
  readonly since?: number | undefined;
  /** How many changes may wait to be read; one more ends the watch with `WatchOverflowError`. @default 100_000 */
  readonly maxQueued?: number | undefined;
}

/** The changes of a path, as a loop reads them. */
export interface StorageWatch<V = unknown> extends AsyncIterableIterator<StorageChange<V>> {
  /** The number of the last write that the loop has read, or that the watch began with: to resume by `since`. */
  readonly version: number;
  return(): Promise<IteratorResult<StorageChange<V>>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a lock is asked for. */
export interface LockOptions extends Abortable {
  /** Milliseconds until it is taken away, unless it is renewed. @default Infinity */
  readonly ttl?: number | undefined;
}

/** A lock that is held. */
export interface StorageLock {
  readonly name: string;
  /** Greater than that of every holder before: whoever is written to can refuse a lesser one. */
  readonly token: number;
  /** Aborted when the lock is lost before it is released: its time is over, or the primary is gone. */
  readonly signal: AbortSignal;
  /** Begins the time anew; without a `ttl` with as much as before. @throws {@link LockLostError} with code `CLUSTER_LOCK_LOST` */
  renew(options?: Pick<LockOptions, 'ttl'>): Promise<void>;
  /** Gives it to the next. Called again, or when it was lost, it does nothing. */
  release(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Everything in a storage at one time: plain data, to be kept as JSON. */
export interface StorageSnapshot {
  readonly version: number;
  readonly value: { readonly [key: string]: Storable };
  /** Path -> when it expires, in milliseconds since the epoch. */
  readonly expiries: { readonly [path: string]: number };
}

/** A {@link StorageSnapshot} as it travels. @internal */
export interface SnapshotAnswer {
  readonly version: number;
  readonly value: StorageSnapshot['value'];
  readonly expiries: readonly (readonly [path: string, expiresAt: number])[];
}

/**
 * Data that all processes of a cluster share, on either side: the primary owns it and numbers every write; a worker that
 * uses it keeps a replica.
 *
 * Everything but `peek` is true at the primary. Values are plain data: what JSON carries unchanged. What is read is frozen.
 *
 * @throws at once, of `peek` and `watch`, what is wrong with their arguments; by rejection, of every other method: {@link StoragePathError} `CLUSTER_STORAGE_PATH`, {@link StorageDeniedError}
 * `CLUSTER_STORAGE_DENIED`, {@link StorageFailedError} `CLUSTER_STORAGE_FAILED`, {@link ChannelClosedError}
 * `CLUSTER_CHANNEL_CLOSED`; of every method that writes also {@link StorageValueError} `CLUSTER_STORAGE_VALUE`,
 * {@link StorageTypeError} `CLUSTER_STORAGE_TYPE`, {@link StorageLimitError} `CLUSTER_STORAGE_LIMIT` and
 * {@link PreventedError} `CLUSTER_PREVENTED`; with a condition {@link StorageConflictError} `CLUSTER_STORAGE_CONFLICT`
 */
export interface SharedStorage<T = AnyStorage> {
  /** What is at the path now; `undefined` for nothing. */
  get<const Q extends PathLike<T>>(path: Q & CheckedPath<T, Q>): Promise<ValueAt<T, Q> | undefined>;

  /** Fetches the replica, if that has not been done yet: implied by whatever is awaited. */
  attach(): Promise<void>;

  /**
   * What is at the path in the replica: at least as new as every write and read that this process has awaited.
   *
   * @throws {@link ReplicaNotReadyError} with code `CLUSTER_REPLICA_NOT_READY`, before {@link attach}
   */
  peek<const Q extends PathLike<T>>(path: Q & CheckedPath<T, Q>): ValueAt<T, Q> | undefined;

  /** What is at the path now, with its version; `undefined` for nothing. */
  entry<const Q extends PathLike<T>>(path: Q & CheckedPath<T, Q>): Promise<StorageEntry<ValueAt<T, Q>> | undefined>;

  /** Replaces what is at the path, and makes missing parents. @returns the version */
  set<const Q extends PathLike<T>>(
    path: Q & CheckedPath<T, Q>,
    value: ValueAt<T, Q>,
    options?: SetOptions,
  ): Promise<number>;

  /** Writes where there is nothing yet, or fails with {@link StorageConflictError}. @returns the version */
  create<const Q extends PathLike<T>>(
    path: Q & CheckedPath<T, Q>,
    value: ValueAt<T, Q>,
    options?: Lifetime,
  ): Promise<number>;

  /**
   * Replaces a value by what `change` makes of it, again and again until nobody else has written in the meantime.
   *
   * `change` is not to change what it is given, which is frozen, and may be called several times; with `undefined` from it
   * nothing is written. What it throws is thrown, and nothing is written. Those of one process about the same path take turns, so
   * `attempts` counts only what others write; only one whose `change` returns a promise lets the next one go ahead.
   *
   * @returns what is there now
   * @throws {@link StorageConflictError} with code `CLUSTER_STORAGE_CONFLICT`, after the last of `attempts`
   */
  update<const Q extends PathLike<T>>(
    path: Q & CheckedPath<T, Q>,
    change: (value: ValueAt<T, Q> | undefined) => ValueAt<T, Q> | undefined | Promise<ValueAt<T, Q> | undefined>,
    options?: UpdateOptions,
  ): Promise<ValueAt<T, Q> | undefined>;

  /** Adds to a number, at once; nothing counts as 0. @returns the sum */
  increment<const Q extends PathLike<T, number>>(path: Q & CheckedPath<T, Q, number>, by?: number): Promise<number>;

  /** Removes what is at the path, with all that is below. @returns whether there was something */
  delete<const Q extends PathLike<T>>(path: Q & CheckedPath<T, Q>, options?: Condition): Promise<boolean>;

  /** The names in the object at the path, in no particular order; none if there is no object. @default the root */
  keys<const Q extends PathLike<T> = ''>(prefix?: Q & CheckedPath<T, Q>): Promise<KeyOf<ValueAt<T, Q>>[]>;

  /** Carries out all operations at once, or none. @returns what each of them returns */
  transaction<const Q extends readonly PathLike<T>[]>(
    operations: readonly [...{ [I in keyof Q]: StorageOperation<T, Q[I]> }],
  ): Promise<TransactionResult>;

  /**
   * The writes that change something at the path or below it, each once and in order, from the call on (before {@link attach},
   * from when there is a replica); leaving the loop ends it.
   *
   * @throws {@link WatchOverflowError} `CLUSTER_WATCH_OVERFLOW`, {@link VersionGoneError} `CLUSTER_VERSION_GONE`, or the
   * signal's reason: in the loop
   */
  watch<const Q extends PathLike<T>>(
    path: Q & CheckedPath<T, Q>,
    options?: WatchOptions,
  ): StorageWatch<WatchedAt<T, Q>>;

  /**
   * Waits for a lock, in the order of the calls, and holds it until it is released, its time is over, or this process is gone.
   *
   * @throws the signal's reason
   */
  lock(name: string, options?: LockOptions): Promise<StorageLock>;

  /** Everything that this process may read, at one time. */
  snapshot(): Promise<StorageSnapshot>;

  /** Replaces everything, in one write; what has expired is left out. @returns the version */
  restore(snapshot: StorageSnapshot): Promise<number>;
}
