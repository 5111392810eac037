import { PreventedError } from '../errors/errors.js';
import type { Clock } from '../util/clock.js';
import { type Eventual, whenKnown } from '../util/when-known.js';
import type { Access } from './access.js';
import { type ChangeCode, encodeChanges } from './change-code.js';
import { ChangeLog } from './change-log.js';
import { LockTable } from './lock-table.js';
import { isSubtree } from './narrow.js';
import type { SnapshotAnswer } from './shared-storage.js';
import { root, type StoragePath } from './storage-path.js';
import type { StorageRequest } from './storage-request.js';
import type { StorageUser } from './storage-user.js';
import type { Commit, Storable, Store, StoredChange, StoredEntry, StoreLimits, StoreSnapshot, Write } from './store.js';
import { Watches } from './watches.js';
import { everything } from './write-code.js';

/** Lets others see writes before they are carried out, and refuse them. */
export interface WriteGate {
  /** Whether anybody wants to. */
  readonly isOn: boolean;
  /** Calls `apply`, at once, unless somebody refuses; that returns the version, or `undefined` when it failed. */
  pass(writes: readonly Write[], by: StorageUser, apply: () => number | undefined): void;
  /** Something has expired: nobody can refuse that. */
  expired(changes: readonly StoredChange[]): void;
}

/** What a {@link StorageHub} is made of. */
export interface StorageHubParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: StoreLimits;
  readonly gate: WriteGate;
}

/** Requests that are about data, and not about a replica or a lock. */
export type DataRequest = Extract<StorageRequest, { type: 'get' | 'entry' | 'keys' | 'commit' | 'snapshot' }>;

/** Where all of a shared storage comes together: the store, those who use it, their locks, and what they are told. */
export class StorageHub {
  readonly log = new ChangeLog();
  /** The watches of this process. */
  readonly watches = new Watches();
  readonly locks: LockTable<StorageUser>;
  readonly store: Store;
  readonly limits: StoreLimits;
  readonly #clock: Clock;
  readonly #gate: WriteGate;
  readonly #users = new Set<StorageUser>();
  #isOpen = false;
  #flushIsDue = false;
  #encoded: { readonly first: number; readonly last: number; readonly code: ChangeCode } | undefined;

  constructor({ store, clock, limits, gate }: StorageHubParts) {
    this.store = store;
    this.limits = limits;
    this.#clock = clock;
    this.#gate = gate;
    this.locks = new LockTable<StorageUser>({
      clock,
      nextToken: () => whenKnown(store.commit([]), ({ version }) => version),
      lost: (user, id) => user.lockLost(id),
      nameOf: user => user.name,
    });
  }

  /**
   * Opens the store, and fills one that was never written to.
   *
   * @throws {@link StorageCorruptError} `CLUSTER_STORAGE_CORRUPT`, {@link StorageFailedError} `CLUSTER_STORAGE_FAILED`, and for
   * what is to be in it at first what {@link Store.commit} throws, {@link StorageValueError} `CLUSTER_STORAGE_VALUE`
   */
  open(initial?: unknown): Eventual<unknown> {
    const { store, limits } = this;
    const value = initial === undefined ? undefined : everything(initial, limits);
    const committed = (changes: readonly StoredChange[], origin: unknown) => this.#committed(changes, origin);
    return whenKnown(store.open({ clock: this.#clock, limits, committed }), () => {
      this.#isOpen = true;
      this.log.reset(store.version);
      if (!value || store.version > 0) return undefined;
      return store.commit([{ type: 'restore', path: root, value, expiries: [] }]);
    });
  }

  /** Nothing is asked afterwards. Resolves when everything is durable. */
  async close(reason: Error): Promise<void> {
    for (const user of this.#users) user.feed?.close();
    this.#users.clear();
    this.watches.close(reason);
    if (this.#isOpen) await this.store.close();
  }

  /** From now on the user's replica is kept up to date. */
  add(user: StorageUser): void {
    this.#users.add(user);
  }

  /** The user asks nothing more, though it may still hold locks: it cannot be reached. */
  remove(user: StorageUser): void {
    user.feed?.close();
    if (this.#users.delete(user) && this.#users.size === 0) this.log.forgetUpTo(Number.POSITIVE_INFINITY);
  }

  /** The user's process is gone: its locks go to others. */
  gone(user: StorageUser): void {
    this.remove(user);
    this.locks.gone(user);
  }

  /** What was asked for: known at once if the store does not have to wait. @throws what is wrong with it, or rejects */
  answer(request: DataRequest, user: StorageUser): Eventual<unknown> {
    const { access } = user;
    switch (request.type) {
      case 'get':
        return whenKnown(this.#entry(request.path, access), entry => entry?.value);
      case 'entry':
        return this.#entry(request.path, access);
      case 'keys':
        return this.#keys(request.path, access);
      case 'commit':
        return this.commit(request.writes, user);
      case 'snapshot':
        return whenKnown(this.store.snapshot(), snapshot => shownTo(access, snapshot));
      default:
        return request satisfies never;
    }
  }

  /** Carries out all writes, or none. @throws {@link PreventedError} `CLUSTER_PREVENTED`, and as {@link Store.commit} does */
  commit(writes: readonly Write[], user: StorageUser): Eventual<Commit> {
    const { access } = user;
    if (access.restrictsWriting)
      for (const { type, path } of writes) {
        if (type === 'check') access.assertRead(path);
        else access.assertWrite(path);
      }
    return this.#gate.isOn ? this.#commitIfAllowed(writes, user) : this.store.commit(writes, user);
  }

  /** The last version that a replica knows of which began with a snapshot, and was told of everything since. */
  newest({ version }: StoreSnapshot): number {
    return Math.max(version, this.log.newest);
  }

  /** Changes as they travel; those that several are told of are encoded once. */
  encode(changes: readonly StoredChange[]): ChangeCode {
    const first = changes[0]?.version ?? 0;
    const last = changes.at(-1)?.version ?? 0;
    if (this.#encoded?.first !== first || this.#encoded.last !== last) {
      this.#encoded = { first, last, code: encodeChanges(changes) };
    }
    return this.#encoded.code;
  }

  #entry(path: StoragePath, access: Access): Eventual<StoredEntry | undefined> {
    access.assertRead(path);
    const entry = this.store.entry(path);
    return access.restrictsReading ? whenKnown(entry, found => found && access.entry(found, path)) : entry;
  }

  #keys(path: StoragePath, access: Access): Eventual<readonly string[]> {
    if (!access.restrictsReading) return this.store.keys(path);

    return whenKnown(this.#entry(path, access), entry => keysOf(entry?.value));
  }

  #commitIfAllowed(writes: readonly Write[], user: StorageUser): Eventual<Commit> {
    let outcome: (() => Eventual<Commit>) | undefined;
    let isOver = false;
    this.#gate.pass(writes, user, () => {
      // Whoever asked has been told that it does not take place.
      if (isOver) return undefined;

      try {
        const commit = this.store.commit(writes, user);
        outcome = () => commit;
        return commit instanceof Promise ? this.store.version : commit.version;
      } catch (error) {
        outcome = () => {
          throw error;
        };
        return undefined;
      }
    });
    isOver = true;
    if (outcome) return outcome();

    throw new PreventedError(`A subscriber prevented ${nameOf(writes)}`, { event: 'storageChange' });
  }

  #committed(changes: readonly StoredChange[], origin: unknown): void {
    this.log.add(changes);
    if (this.#users.has(origin as StorageUser)) (origin as StorageUser).feed?.own(changes);
    // First, so that what somebody here says because of a change comes to others after the change.
    if (this.#users.size > 0) this.#flushSoon();
    this.watches.tell(changes);
    if (changes[0]?.type !== 'expire') return;

    this.#flush();
    this.#gate.expired(changes);
  }

  /** When all that came at once has been carried out. */
  #flushSoon(): void {
    if (this.#flushIsDue) return;

    this.#flushIsDue = true;
    queueMicrotask(() => {
      this.#flushIsDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    let known = this.log.newest;
    for (const { feed } of this.#users) {
      feed?.flush();
      if (feed) known = Math.min(known, feed.needsAfter);
    }
    this.log.forgetUpTo(known);
  }
}

/** All that somebody may see. */
function shownTo(access: Access, snapshot: StoreSnapshot): SnapshotAnswer {
  const { version, value, expiries } = access.snapshot(snapshot);
  return { version, value, expiries: expiries.map(({ path, expiresAt }) => [path.text, expiresAt]) };
}

function nameOf([first]: readonly Write[]): string {
  if (first === undefined) return 'a write of nothing';
  return first.path.text === '' ? 'a write to all of the storage' : `the write to \`${first.path.text}\``;
}

function keysOf(value: Storable | undefined): readonly string[] {
  return isSubtree(value) ? Object.keys(value) : [];
}
