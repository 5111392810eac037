import { IdTable } from '../channel/id-table.js';
import type { StoreLine } from '../channel/store-line.js';
import { BackpressureError, ChannelClosedError } from '../errors/errors.js';
import { fromPrimaryError } from '../errors/wire-error.js';
import { deepFreeze } from '../util/deep-freeze.js';
import { Deferred } from '../util/deferred.js';
import { decodeAnswer, decodeCommit, isRefusal } from './answer-code.js';
import { type ChangeCode, decodeChanges } from './change-code.js';
import type { FeedBody } from './feed.js';
import { ownChanges } from './own-changes.js';
import { ReplicaStore } from './replica-store.js';
import { encodeRequest, type StorageRequest } from './storage-request.js';
import type { StorageSource } from './storage-seam.js';
import type { StoredChange } from './store.js';

/** Who is told what a {@link StorageClient} learns. */
export interface StorageClientListener {
  /** Whether {@link changed} is of use to anybody now: then the values are frozen. */
  readonly wantsChanges: boolean;
  changed(changes: readonly StoredChange[]): void;
  /** Changes were missed. */
  fellBehind(): void;
  /** The lock of this id was taken away. */
  lockLost(id: number): void;
}

/** What a {@link StorageClient} is made with. */
export interface StorageClientParts {
  readonly line: Pick<StoreLine, 'post'>;
  /** How many requests may wait for an answer. */
  readonly maxPending: number;
  readonly listener: StorageClientListener;
}

/** A request that waits for its answer. */
class Pending extends Deferred<unknown> {
  readonly id: number;
  readonly request: StorageRequest;
  /** Called with the answer at once, before anything else of what came with it is looked at. */
  readonly answered: ((answer: unknown) => void) | undefined;

  constructor(id: number, request: StorageRequest, answered: ((answer: unknown) => void) | undefined) {
    super();
    this.id = id;
    this.request = request;
    this.answered = answered;
  }
}

/**
 * The other end of a {@link RemoteUser}: asks the process that owns the data, and keeps a replica of it.
 *
 * What comes in takes effect at once and in order; the promises of whoever waits for it settle after that.
 */
export class StorageClient {
  readonly #parts: StorageClientParts;
  readonly #pending = new IdTable<Pending>();
  #lastId = 0;
  #replica: ReplicaStore | undefined;
  /** The next replica, which is not complete yet. */
  #growing: ReplicaStore | undefined;
  #attached: Promise<void> | undefined;
  #closed: { readonly reason: Error } | undefined;

  constructor(parts: StorageClientParts) {
    this.#parts = parts;
  }

  /** What there is to read; `undefined` as long as it has not been fetched. */
  get source(): StorageSource | undefined {
    return this.#replica;
  }

  /** Resolves when there is a replica. One that fails is tried anew by the next call. */
  attach(): Promise<void> {
    this.#attached ??= this.#fetch();
    return this.#attached;
  }

  /**
   * Asks, as soon as there is a replica.
   *
   * @param answered called as soon as the answer is there, before anything that came after it takes effect.
   */
  ask(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    if (this.#replica) return this.#post(request, answered);

    return this.attach().then(() => this.#post(request, answered));
  }

  /** Something came from the other side; with id 0 it is no answer. */
  take(id: number, body: unknown): void {
    if (id === 0) this.#feed(body as FeedBody);
    else if (isRefusal(body)) this.failed(id, fromPrimaryError(body.error));
    else this.#settle(id, body);
  }

  /** A request could not be sent, or was refused. */
  failed(id: number, error: unknown): void {
    const pending = this.#pending.take(id);
    pending?.reject(error instanceof ChannelClosedError ? (this.#closed?.reason ?? error) : error);
  }

  /** The other side is gone: nobody answers any more. */
  close(reason: Error): void {
    this.#closed ??= { reason };
    for (const { id } of [...this.#pending]) this.failed(id, reason);
  }

  async #fetch(): Promise<void> {
    try {
      await this.#post({ type: 'attach' }, version => this.#grown(Number(version)));
    } catch (error) {
      this.#attached = undefined;
      throw error;
    }
  }

  #post(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    const { line, maxPending } = this.#parts;
    if (this.#closed) return Promise.reject(this.#closed.reason);
    if (this.#pending.size >= maxPending) return Promise.reject(tooMany(maxPending));

    const id = this.#pending.freeIdAfter(this.#lastId);
    this.#lastId = id;
    const pending = new Pending(id, request, answered);
    this.#pending.add(pending);
    line.post(id, encodeRequest(request), { limited: true });
    return pending.promise;
  }

  #settle(id: number, body: unknown): void {
    const pending = this.#pending.take(id);
    if (!pending) return;

    const { request } = pending;
    const answer = decodeAnswer(body);
    try {
      pending.answered?.(answer);
    } catch (error) {
      pending.reject(error);
      return;
    }
    if (request.type !== 'commit') {
      pending.resolve(deepFreeze(answer));
      return;
    }
    const commit = decodeCommit(request.writes, answer);
    // As long as a replica grows, its own changes come to it like those of others.
    if (this.#growing) this.#replica?.apply(ownChanges(request.writes, commit));
    else this.#apply(ownChanges(request.writes, commit));
    pending.resolve(commit);
  }

  #feed(body: FeedBody): void {
    if ('versions' in body) this.#changed(body);
    else if ('parts' in body) {
      if (body.first) this.#growing = new ReplicaStore(body.first);
      this.#growing?.fill(body.parts);
    } else if ('behind' in body) this.#fellBehind();
    else this.#parts.listener.lockLost(body.lost);
  }

  #changed(code: ChangeCode): void {
    const changes = decodeChanges(code);
    if (this.#growing) this.#growing.apply(changes);
    else this.#apply(changes);
  }

  #apply(changes: readonly StoredChange[]): void {
    const { listener } = this.#parts;
    if (changes.length === 0) return;

    // Before a later change is written into the same object.
    if (listener.wantsChanges) for (const { value } of changes) deepFreeze(value);
    this.#replica?.apply(changes);
    if (listener.wantsChanges) listener.changed(changes);
  }

  #grown(version: number): void {
    this.#growing?.filled(version);
    this.#replica = this.#growing;
    this.#growing = undefined;
  }

  /** The old replica serves until there is a new one. */
  #fellBehind(): void {
    this.#parts.listener.fellBehind();
    this.#attached = undefined;
    // Whoever asks next hears of a failure.
    this.attach().catch(() => {});
  }
}

function tooMany(limit: number): BackpressureError {
  const message = `${limit} requests to the shared storage wait for an answer already`;
  return new BackpressureError(message, { peer: 'the primary', limit: 'maxPendingRequests' });
}
