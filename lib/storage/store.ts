import type { Clock } from '../util/clock.js';
import type { StoragePath } from './storage-path.js';

/** What a store holds: what JSON carries unchanged. An object is a subtree; anything else, arrays too, is one value. */
export type Storable = null | boolean | number | string | readonly Storable[] | { readonly [key: string]: Storable };

/** How much a store holds, and what may be written at once. */
export interface StoreLimits {
  /** How deep: segments of the path and the levels of the value below it, together. */
  readonly maxDepth: number;
  /** Properties of all objects of the store. */
  readonly maxKeys: number;
  /** Bytes of all that it holds, roughly. */
  readonly maxBytes: number;
  /** Bytes of one value, roughly. */
  readonly maxValueBytes: number;
}

/**
 * One step of a transaction. Its path and value are checked, see `storable`, and the value is frozen.
 *
 * - `set` replaces what is at the path, with everything below, and makes missing parents. Without `expiresAt` it is kept
 *   for ever; `keepExpiry` leaves the expiry of the path as it is, whatever `expiresAt` says. At the root, which is always
 *   there, the value must be an object.
 * - `delete` removes what is at the path, with everything below, and leaves the parents; the root it empties. Where there is
 *   nothing it changes nothing and takes no number.
 * - `increment` adds to a number, or to nothing, which counts as 0; an expiry of the path stays.
 * - `check` changes nothing.
 * - `restore`, at the root, replaces everything; `expiries` are of paths in it. What has expired is left out.
 *
 * With `ifVersion` it fails unless that is the version of its path; 0 is the version of nothing.
 */
export type Write =
  | {
      readonly type: 'set';
      readonly path: StoragePath;
      readonly value: Storable;
      /** Milliseconds since the epoch. */
      readonly expiresAt?: number | undefined;
      readonly keepExpiry?: boolean | undefined;
      readonly ifVersion?: number | undefined;
    }
  | { readonly type: 'delete'; readonly path: StoragePath; readonly ifVersion?: number | undefined }
  | {
      readonly type: 'increment';
      readonly path: StoragePath;
      readonly by: number;
      readonly ifVersion?: number | undefined;
    }
  | { readonly type: 'check'; readonly path: StoragePath; readonly ifVersion: number }
  | {
      readonly type: 'restore';
      readonly path: StoragePath;
      readonly value: { readonly [key: string]: Storable };
      readonly expiries: readonly Expiry[];
    };

/** When a path expires, in milliseconds since the epoch. */
export interface Expiry {
  readonly path: StoragePath;
  readonly expiresAt: number;
}

/** One write that took place. */
export interface StoredChange {
  /** The number of this write; no other has the same, and later ones have greater ones. */
  readonly version: number;
  readonly type: 'set' | 'delete' | 'expire';
  /** The root, if everything was replaced. */
  readonly path: StoragePath;
  /** What is there since then; frozen. `undefined` unless set. */
  readonly value: Storable | undefined;
  /** When the path expires, in milliseconds since the epoch; `undefined` for never. */
  readonly expiresAt: number | undefined;
  /** Bytes of the value and its path, roughly. */
  readonly weight: number;
  /** How many objects on the way to the path were missing, and so were made with it. @default 0 */
  readonly made?: number | undefined;
}

/** What is at a path. */
export interface StoredEntry {
  /** Frozen. */
  readonly value: Storable;
  /** The number of the last write that changed something at the path, below it, or replaced what it is in. */
  readonly version: number;
  /** In milliseconds since the epoch; `undefined` for never. What expires above the path does not count here. */
  readonly expiresAt: number | undefined;
}

/** What became of a transaction. */
export interface Commit {
  /**
   * The version of the store since then: that of the last write, if one of them changed something. Those that did have the numbers
   * up to it, one after the other.
   */
  readonly version: number;
  /**
   * What each write has to say: `set` and `restore` their version, `increment` the new value, `delete` whether there was
   * something (if not, nothing changed), `check` the version of the path.
   */
  readonly results: readonly (number | boolean)[];
}

/** Everything in a store at one version. */
export interface StoreSnapshot {
  readonly version: number;
  /** Frozen. */
  readonly value: { readonly [key: string]: Storable };
  readonly expiries: readonly Expiry[];
}

/** What a store is opened with. */
export interface StoreContext {
  readonly clock: Clock;
  readonly limits: StoreLimits;
  /**
   * Told of every write, in order, as soon as it is as durable as it gets and before the promise of its commit resolves.
   * The changes of one transaction come in one call, and so may what expired at the same time; what changes nothing is not
   * told. It may read and write the store. What it throws is not the store's business.
   *
   * @param origin what `commit` was given; `undefined` for an expiry, and for writes of somebody else.
   */
  committed(changes: readonly StoredChange[], origin: unknown): void;
}

/**
 * Where shared data is kept. One process owns it; every write has a number.
 *
 * Operations take effect in the order of the calls, each at once as a whole; what one returns was true after all calls
 * before it and before all calls after it. A store that answers at once returns a value, one that has to wait returns a
 * promise; a promise resolves only when everything that it tells of is durable. Nothing that has expired is ever seen.
 */
export interface Store {
  /** The number of the last write; 0 if there never was one. */
  readonly version: number;

  /** Called once, before anything else; rejects with {@link StorageCorruptError} rather than to begin empty. */
  open(context: StoreContext): void | Promise<void>;

  /** What is at the path now, also if that is not durable yet; frozen; `undefined` for nothing. */
  peek(path: StoragePath): Storable | undefined;

  /** What is at the path, with its version; `undefined` for nothing. */
  entry(path: StoragePath): StoredEntry | undefined | Promise<StoredEntry | undefined>;

  /** The names of what is in the object at the path, in no particular order; none if there is no object. */
  keys(path: StoragePath): readonly string[] | Promise<readonly string[]>;

  /**
   * Carries out all writes, or none. An empty list takes a number of its own, and changes nothing.
   *
   * @param origin passed on to {@link StoreContext.committed}.
   * @throws {@link StorageConflictError} `CLUSTER_STORAGE_CONFLICT`, {@link StorageTypeError} `CLUSTER_STORAGE_TYPE`,
   * {@link StorageLimitError} `CLUSTER_STORAGE_LIMIT`, {@link StorageFailedError} `CLUSTER_STORAGE_FAILED`: thrown at once, or
   * by rejection
   */
  commit(writes: readonly Write[], origin?: unknown): Commit | Promise<Commit>;

  snapshot(): StoreSnapshot | Promise<StoreSnapshot>;

  /** Resolves when everything is durable. Nothing is called afterwards. */
  close(): void | Promise<void>;
}
