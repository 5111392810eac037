import type { StoreLine } from '../channel/store-line.js';
import { BackpressureError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import type { Access } from './access.js';
import { encodeAnswer, encodeCommit } from './answer-code.js';
import { encodeChanges } from './change-code.js';
import { Feed } from './feed.js';
import { historyFrom, versionGone } from './history.js';
import type { LockGrant } from './lock-keeper.js';
import { tellsOwnChanges } from './own-changes.js';
import type { StorageHub } from './storage-hub.js';
import { decodeRequest, notUnderstood, type StorageRequest } from './storage-request.js';
import type { StorageUser } from './storage-user.js';
import type { Commit, StoredChange, StoreSnapshot, Write } from './store.js';

/** What a {@link RemoteUser} is made with. */
export interface RemoteUserParts {
  readonly hub: StorageHub;
  readonly line: Pick<StoreLine, 'post' | 'crowded' | 'uncrowded'>;
  readonly access: Access;
  /** What the process is called, for errors. */
  readonly name: string;
  /** How many requests may wait for the store; one more is refused. */
  readonly maxPending: number;
}

/** Another process that uses the storage: answers what it asks for, each request once, and keeps its replica up to date. */
export class RemoteUser implements StorageUser {
  readonly access: Access;
  readonly feed: Feed;
  readonly name: string;
  readonly #parts: RemoteUserParts;
  /** The requests for locks that wait, by the lock's id. */
  readonly #locks = new Map<number, number>();
  #lastId = 0;
  #attaching = false;
  #pending = 0;

  constructor(parts: RemoteUserParts) {
    const { access, hub, line } = parts;
    this.#parts = parts;
    this.access = access;
    this.name = parts.name;
    this.feed = new Feed({ log: hub.log, line, access, encode: changes => hub.encode(changes) });
  }

  /**
   * Answers a request, which is untrusted; never throws.
   *
   * @returns whether it was one: ids rise, so that nothing is carried out twice.
   */
  take(id: number, body: unknown): boolean {
    if (id <= this.#lastId) return false;

    this.#lastId = id;
    try {
      if (this.#pending >= this.#parts.maxPending) throw tooMany(this.#parts.maxPending);
      this.#run(id, decodeRequest(body, this.#parts.hub.limits));
    } catch (error) {
      this.refuse(id, error);
    }
    return true;
  }

  /** Tells why a request has no answer. */
  refuse(id: number, error: unknown): void {
    // Also that of a request which was too large to be looked at.
    this.#lastId = Math.max(this.#lastId, id);
    this.feed.catchUp();
    this.#parts.line.post(id, { error: toWireError(error, { stack: false }) });
  }

  lockLost(id: number): void {
    this.feed.lost(id);
  }

  #run(id: number, request: StorageRequest): void {
    const { hub } = this.#parts;
    switch (request.type) {
      case 'attach':
        void this.#attach(id);
        break;
      case 'history':
        this.#answer(id, encodeChanges(this.#history(request.since)), { limited: true });
        break;
      case 'commit':
        this.#commit(id, request.writes);
        break;
      case 'lock':
      case 'renew':
      case 'unlock':
        this.#runLock(id, request);
        break;
      default:
        this.#whenDone(id, hub.answer(request, this), value => this.#answer(id, value, { limited: true }));
    }
  }

  #runLock(id: number, request: Extract<StorageRequest, { type: 'lock' | 'renew' | 'unlock' }>): void {
    const { locks } = this.#parts.hub;
    if (request.type === 'renew') this.#answer(id, locks.renew(this, request.id, request.ttl));
    else if (request.type === 'unlock') {
      this.#answer(id, locks.release(this, request.id));
      this.#tellLock(request.id, false);
    } else this.#acquire(id, request);
  }

  #acquire(id: number, request: Extract<StorageRequest, { type: 'lock' }>): void {
    // Else nobody would hear of the first.
    if (this.#locks.has(request.id)) throw notUnderstood(request.id);

    const granted = (...grant: LockGrant) => this.#tellLock(request.id, grant);
    const failed = (error: unknown) => {
      this.#locks.delete(request.id);
      this.refuse(id, error);
    };
    this.#locks.set(request.id, id);
    try {
      this.#parts.hub.locks.acquire({ ...request, owner: this }, { granted, failed });
    } catch (error) {
      this.#locks.delete(request.id);
      throw error;
    }
  }

  /** What becomes of the wish for a lock; `false` if it was given up. */
  #tellLock(lockId: number, grant: LockGrant | false): void {
    const id = this.#locks.get(lockId);
    if (id === undefined) return;

    this.#locks.delete(lockId);
    // Never refused for want of room: nobody else could release it.
    this.#answer(id, grant);
  }

  /** One at a time: each takes the room of a snapshot. */
  async #attach(id: number): Promise<void> {
    if (this.#attaching) {
      this.refuse(id, tooMany(1));
      return;
    }
    this.#attaching = true;
    try {
      await this.#sendReplica(id);
    } catch (error) {
      this.refuse(id, error);
    } finally {
      this.#attaching = false;
    }
  }

  /** Until the log has remembered all that happened while the snapshot was on its way. */
  async #sendReplica(id: number): Promise<void> {
    const { hub } = this.#parts;
    let snapshot: StoreSnapshot;
    const done = () => this.#answer(id, hub.newest(snapshot), { limited: false });
    do {
      const taken = hub.store.snapshot();
      snapshot = taken instanceof Promise ? await taken : taken;
    } while (!(await this.feed.begin(snapshot, done)));
  }

  #commit(id: number, writes: readonly Write[]): void {
    const outcome = this.#parts.hub.commit(writes, this);
    if (outcome instanceof Promise) this.#whenDone(id, outcome, commit => this.#committed(id, writes, commit));
    else this.#committed(id, writes, outcome);
  }

  #whenDone<T>(id: number, outcome: T | Promise<T>, tell: (value: T) => void): void {
    if (!(outcome instanceof Promise)) {
      tell(outcome);
      return;
    }
    this.#pending++;
    outcome
      .then(tell)
      .catch(error => this.refuse(id, error))
      .then(() => this.#pending--);
  }

  /** The answer takes the place of the changes, if it says what these are and none of them has been told. */
  #committed(id: number, writes: readonly Write[], commit: Commit): void {
    const { feed } = this;
    const isFirst = tellsOwnChanges(writes, commit) && feed.awaits(commit.version);
    if (!isFirst) feed.catchUp();
    this.#parts.line.post(id, encodeAnswer(encodeCommit(writes, commit)));
    if (isFirst) feed.answered();
  }

  /** What comes after that is told by the replica: without one, it would be missed. */
  #history(since: number): readonly StoredChange[] {
    const { hub } = this.#parts;
    this.feed.catchUp();
    if (!this.feed.isOn) throw versionGone(since, hub.log);

    return historyFrom(hub, since, this.access);
  }

  /**
   * Whoever reads its answer has in its replica what the answer may know of.
   *
   * @param limited whether it is refused where too much waits already: never where something has taken place, since whoever
   * is refused takes it that nothing has.
   */
  #answer(id: number, value: unknown, { limited = false } = {}): void {
    this.feed.catchUp();
    this.#parts.line.post(id, encodeAnswer(value), { limited });
  }
}

function tooMany(limit: number): BackpressureError {
  const message = `${limit} requests wait for the shared storage already`;
  return new BackpressureError(message, { peer: 'the primary', limit: 'maxPendingRequests' });
}
