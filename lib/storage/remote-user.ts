import type { StoreLine } from '../channel/store-line.js';
import { BackpressureError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import type { Access } from './access.js';
import { encodeAnswer, encodeCommit } from './answer-code.js';
import { encodeChanges } from './change-code.js';
import { Feed } from './feed.js';
import { historyFrom } from './history.js';
import type { LockGrant } from './lock-keeper.js';
import type { StorageHub } from './storage-hub.js';
import { decodeRequest, type StorageRequest } from './storage-request.js';
import type { StorageUser } from './storage-user.js';
import type { Commit, StoreSnapshot, Write } from './store.js';

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
        this.feed.catchUp();
        this.#answer(id, encodeChanges(historyFrom(hub, request.since, this.access)));
        break;
      case 'commit':
        this.#whenDone(id, hub.commit(request.writes, this), commit => this.#committed(id, request.writes, commit));
        break;
      case 'lock':
      case 'renew':
      case 'unlock':
        this.#runLock(id, request);
        break;
      default:
        this.#whenDone(id, hub.answer(request, this), value => this.#answer(id, value));
    }
  }

  #runLock(id: number, request: Extract<StorageRequest, { type: 'lock' | 'renew' | 'unlock' }>): void {
    const { locks } = this.#parts.hub;
    if (request.type === 'renew') this.#answer(id, locks.renew(this, request.id, request.ttl));
    else if (request.type === 'unlock') {
      this.#answer(id, locks.release(this, request.id));
      this.#tellLock(request.id, false);
    } else {
      const granted = (...grant: LockGrant) => this.#tellLock(request.id, grant);
      this.#locks.set(request.id, id);
      try {
        locks.acquire({ ...request, owner: this }, { granted, failed: error => this.refuse(id, error) });
      } catch (error) {
        this.#locks.delete(request.id);
        throw error;
      }
    }
  }

  /** What becomes of the wish for a lock; `false` if it was given up. */
  #tellLock(lockId: number, grant: LockGrant | false): void {
    const id = this.#locks.get(lockId);
    if (id === undefined) return;

    this.#locks.delete(lockId);
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
    do {
      const taken = hub.store.snapshot();
      snapshot = taken instanceof Promise ? await taken : taken;
    } while (!(await this.feed.begin(snapshot, () => this.#answer(id, hub.newest(snapshot)))));
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

  #committed(id: number, writes: readonly Write[], commit: Commit): void {
    this.#parts.line.post(id, encodeAnswer(encodeCommit(writes, commit)));
    this.feed.answered(commit.version);
  }

  /** Whoever reads its answer has in its replica what the answer may know of. */
  #answer(id: number, value: unknown): void {
    this.feed.catchUp();
    this.#parts.line.post(id, encodeAnswer(value), { limited: true });
  }
}

function tooMany(limit: number): BackpressureError {
  const message = `${limit} requests wait for the shared storage already`;
  return new BackpressureError(message, { peer: 'the primary', limit: 'maxPendingRequests' });
}
