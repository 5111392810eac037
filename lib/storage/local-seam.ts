import { DestroyedError } from '../errors/errors.js';
import type { Clock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { Access } from './access.js';
import { EarlyCalls } from './early-calls.js';
import { historyFrom } from './history.js';
import type { LockGrant } from './lock-keeper.js';
import type { StorageHub } from './storage-hub.js';
import type { StorageRequest } from './storage-request.js';
import type { StorageSeam, StorageSource } from './storage-seam.js';
import type { StorageUser } from './storage-user.js';
import type { StoredChange } from './store.js';
import type { Watches } from './watches.js';
import { deepestRoom, type ValueRoom } from './write-code.js';

type LockRequest = Extract<StorageRequest, { type: 'lock' }>;

/** What a {@link LocalSeam} is made with. */
export interface LocalSeamParts {
  readonly clock: Clock;
  /** Resolves when the storage can be used; rejects when it never will. */
  readonly opened: () => Promise<StorageHub>;
  /** A lock was taken away. */
  readonly lockLost: (id: number) => void;
}

/** A shared storage where its data is: in the primary. */
export class LocalSeam implements StorageSeam, StorageUser {
  readonly name = 'the primary';
  readonly access = new Access('the primary');
  /** It needs no replica. */
  readonly feed = undefined;
  readonly clock: Clock;
  readonly #parts: LocalSeamParts;
  readonly #early = new EarlyCalls<StorageHub>();
  #hub: StorageHub | undefined;
  #source: StorageSource | undefined;
  #closed: Error | undefined;
  /** Requests for locks, by their ids; `false` if one is given up. */
  readonly #waiting = new Map<number, Deferred<LockGrant | false>>();

  constructor(parts: LocalSeamParts) {
    this.#parts = parts;
    this.clock = parts.clock;
  }

  get room(): ValueRoom {
    return this.#hub?.limits ?? deepestRoom;
  }

  get watches(): Watches {
    if (this.#hub) return this.#hub.watches;

    // Who has attached has it.
    throw new DestroyedError('The storage is not open', { object: 'storage' });
  }

  get source(): StorageSource | undefined {
    return this.#source;
  }

  get isLive(): boolean {
    return this.#hub !== undefined && !this.#closed;
  }

  open(hub: StorageHub): void {
    const { store } = hub;
    this.#hub = hub;
    this.#source = {
      get version() {
        return store.version;
      },
      mayRead: () => true,
      peek: path => store.peek(path),
    };
    this.#early.arrived(hub);
  }

  /** Nothing is read or asked any more; who waits for a lock is told why. */
  close(reason: Error): void {
    this.#closed = reason;
    this.#hub?.locks.gone(this);
    for (const lock of this.#waiting.values()) lock.reject(reason);
    if (!this.#source) return;

    const { version } = this.#source;
    const peek = () => {
      throw reason;
    };
    this.#source = { version, mayRead: () => true, peek };
  }

  async attach(): Promise<void> {
    await this.#opened();
  }

  async ask(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    if (this.#closed) throw this.#closed;
    if (this.#hub) return this.#run(this.#hub, request, answered);

    this.#parts.opened().catch(error => this.#early.failed(error));
    return this.#early.add(async hub => this.#run(hub, request, answered));
  }

  async history(since: number, begin: (changes: readonly StoredChange[]) => void): Promise<void> {
    begin(historyFrom(await this.#opened(), since, this.access));
  }

  lockLost(id: number): void {
    this.#parts.lockLost(id);
  }

  #run(hub: StorageHub, request: StorageRequest, answered?: (answer: unknown) => void): unknown {
    switch (request.type) {
      case 'lock':
        return this.#lock(hub, request, answered);
      case 'renew':
        return hub.locks.renew(this, request.id, request.ttl);
      case 'unlock':
        this.#waiting.get(request.id)?.resolve(false);
        return hub.locks.release(this, request.id);
      case 'attach':
      case 'history':
        return undefined;
      default:
        return hub.answer(request, this);
    }
  }

  async #lock(hub: StorageHub, request: LockRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    const outcome = new Deferred<LockGrant | false>();
    const granted = (...grant: LockGrant) => {
      answered?.(grant);
      outcome.resolve(grant);
    };
    this.#waiting.set(request.id, outcome);
    try {
      hub.locks.acquire({ ...request, owner: this }, { granted, failed: error => outcome.reject(error) });
      return await outcome.promise;
    } finally {
      this.#waiting.delete(request.id);
    }
  }

  async #opened(): Promise<StorageHub> {
    if (this.#closed) throw this.#closed;
    return this.#hub ?? (await this.#parts.opened());
  }
}
