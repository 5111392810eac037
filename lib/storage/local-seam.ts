import { DestroyedError } from '../errors/errors.js';
import type { Clock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { Access } from './access.js';
import { historyFrom } from './history.js';
import type { LockGrant } from './lock-keeper.js';
import type { StorageHub } from './storage-hub.js';
import type { StorageRequest } from './storage-request.js';
import type { StorageSeam, StorageSource } from './storage-seam.js';
import type { StorageUser } from './storage-user.js';
import type { StoredChange } from './store.js';
import type { Watches } from './watches.js';
import { deepestRoom, type ValueRoom } from './write-code.js';

type LockWish = Extract<StorageRequest, { type: 'lock' }>;

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
  /** Locks that are waited for, by id. */
  readonly #wishes = new Map<number, Deferred<LockGrant | false>>();
  #hub: StorageHub | undefined;
  #source: StorageSource | undefined;
  #closed: Error | undefined;

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

  open(hub: StorageHub): void {
    const { store } = hub;
    this.#hub = hub;
    this.#source = {
      get version() {
        return store.version;
      },
      mayRead: () => true,
      peek: path => {
        this.#assertOpen();
        return store.peek(path);
      },
    };
  }

  /** Nothing is read or asked any more; who waits for a lock is told why. */
  close(reason: Error): void {
    this.#closed = reason;
    this.#hub?.locks.gone(this);
    for (const wish of this.#wishes.values()) wish.reject(reason);
  }

  async attach(): Promise<void> {
    this.#assertOpen();
    if (!this.#hub) await this.#parts.opened();
  }

  async ask(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    this.#assertOpen();
    const hub = this.#hub ?? (await this.#parts.opened());
    return this.#run(hub, request, answered);
  }

  async history(since: number, begin: (changes: readonly StoredChange[]) => void): Promise<void> {
    this.#assertOpen();
    const hub = this.#hub ?? (await this.#parts.opened());
    begin(historyFrom(hub, since, this.access));
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
        this.#wishes.get(request.id)?.resolve(false);
        return hub.locks.release(this, request.id);
      case 'attach':
      case 'history':
        return undefined;
      default:
        return hub.answer(request, this);
    }
  }

  /** Resolves with `false` when it is given up. */
  async #lock(hub: StorageHub, request: LockWish, answered?: (answer: unknown) => void): Promise<LockGrant | false> {
    const wish = new Deferred<LockGrant | false>();
    const granted = (...grant: LockGrant) => {
      answered?.(grant);
      wish.resolve(grant);
    };
    this.#wishes.set(request.id, wish);
    try {
      hub.locks.acquire({ ...request, owner: this }, { granted, failed: reason => wish.reject(reason) });
      return await wish.promise;
    } finally {
      this.#wishes.delete(request.id);
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw this.#closed;
  }
}
