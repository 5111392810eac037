import { IdTable } from '../channel/id-table.js';
import type { StoreLine } from '../channel/store-line.js';
import { BackpressureError, ChannelClosedError } from '../errors/errors.js';
import { fromPrimaryError } from '../errors/wire-error.js';
import { deepFreeze } from '../util/deep-freeze.js';
import { Deferred } from '../util/deferred.js';
import { decodeAnswer, decodeCommit, isRefusal } from './answer-code.js';
import { type ChangeCode, decodeChanges } from './change-code.js';
import { EarlyCalls } from './early-calls.js';
import type { FeedBody } from './feed.js';
import { ownChanges } from './own-changes.js';
import { ReplicaStore } from './replica-store.js';
import { encodeRequest, type StorageRequest } from './storage-request.js';
import type { StorageSource } from './storage-seam.js';
import type { Commit, StoredChange } from './store.js';

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
  /** Whether the replica has missed changes, and serves only until there is a new one. */
  #isBehind = false;
  /** Requests that wait for a replica: nothing overtakes them. */
  readonly #early = new EarlyCalls<void>();
  /** Answers that may know more than the replica, which is behind. */
  #held: (() => void)[] = [];
  #closed: { readonly reason: Error } | undefined;

  constructor(parts: StorageClientParts) {
    this.#parts = parts;
  }

  /** What there is to read; `undefined` as long as it has not been fetched. */
  get source(): StorageSource | undefined {
    return this.#replica;
  }

  /** Whether the replica hears of every change. */
  get isLive(): boolean {
    return this.#replica !== undefined && !this.#isBehind && !this.#closed;
  }

  /** Resolves when there is a replica that has missed nothing. One that fails is tried anew by the next call. */
  attach(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closed.reason);

    this.#attached ??= this.#fetch();
    return this.#attached;
  }

  /**
   * Asks, as soon as there is a replica that can keep up with the answers.
   *
   * @param answered called as soon as the answer is there, before anything that came after it takes effect.
   */
  ask(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    if (this.isLive || isUrgent(request)) return this.#post(request, answered);

    this.attach().catch(error => this.#early.failed(error));
    return this.#early.add(() => this.#post(request, answered));
  }

  /** Something came from the other side; with id 0 it is no answer. */
  take(id: number, body: unknown): void {
    if (id === 0) this.#feed(body as FeedBody);
    else if (isRefusal(body)) this.#refused(id, fromPrimaryError(body.error));
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
    this.#release();
  }

  async #fetch(): Promise<void> {
    try {
      await this.#post({ type: 'attach' }, version => this.#grown(Number(version)));
    } catch (error) {
      this.#attached = undefined;
      // It would be out of date for ever.
      if (this.#isBehind) this.#replica = undefined;
      this.#growing = undefined;
      this.#release();
      throw error;
    }
  }

  #post(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    const { line, maxPending } = this.#parts;
    if (this.#closed) return Promise.reject(this.#closed.reason);
    const limited = !isUrgent(request);
    if (limited && this.#pending.size >= maxPending) return Promise.reject(tooMany(maxPending));

    const id = this.#pending.freeIdAfter(this.#lastId);
    this.#lastId = id;
    const pending = new Pending(id, request, answered);
    this.#pending.add(pending);
    line.post(id, encodeRequest(request), { limited });
    return pending.promise;
  }

  #refused(id: number, error: unknown): void {
    const isHeld = this.#isBehind && this.#pending.get(id)?.request.type !== 'attach';
    if (isHeld) this.#held.push(() => this.failed(id, error));
    else this.failed(id, error);
  }

  #settle(id: number, body: unknown): void {
    const pending = this.#pending.take(id);
    if (!pending) return;

    if (this.#isBehind && pending.request.type !== 'attach') this.#held.push(() => this.#answer(pending, body));
    else this.#answer(pending, body);
  }

  #answer(pending: Pending, body: unknown): void {
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
    if (this.#isNews(commit)) this.#apply(ownChanges(request.writes, commit));
    pending.resolve(commit);
  }

  /** Its own changes may have come to it like those of others; where some are missing, they have no place. */
  #isNews({ version }: Commit): boolean {
    return this.#replica !== undefined && !this.#isBehind && version > this.#replica.version;
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const answer of held) answer();
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
    // Whoever began to watch the old one.
    if (this.#isBehind) this.#parts.listener.fellBehind();
    this.#isBehind = false;
    this.#replica = this.#growing;
    this.#growing = undefined;
    this.#release();
    this.#early.arrived();
  }

  /** The old replica serves until there is a new one. */
  #fellBehind(): void {
    this.#parts.listener.fellBehind();
    this.#isBehind = true;
    this.#attached = undefined;
    // Whoever asks next hears of a failure.
    this.attach().catch(() => {});
  }
}

/** What is there to make room, or to free what others wait for, never waits itself. */
function isUrgent({ type }: StorageRequest): boolean {
  return type === 'attach' || type === 'unlock';
}

function tooMany(limit: number): BackpressureError {
  const message = `${limit} requests to the shared storage wait for an answer already`;
  return new BackpressureError(message, { peer: 'the primary', limit: 'maxPendingRequests' });
}
