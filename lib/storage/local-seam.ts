import { DestroyedError } from '../errors/errors.js';
import type { Clock } from '../util/clock.js';
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
      peek: path => store.peek(path),
    };
  }

  close(reason: Error): void {
    this.#closed = reason;
  }

  async attach(): Promise<void> {
    if (!this.#hub) await this.#parts.opened();
  }

  async ask(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    if (this.#closed) throw this.#closed;

    const hub = this.#hub ?? (await this.#parts.opened());
    return this.#run(hub, request, answered);
  }

  async history(since: number, begin: (changes: readonly StoredChange[]) => void): Promise<void> {
    const hub = this.#hub ?? (await this.#parts.opened());
    begin(historyFrom(hub, since, this.access));
  }

  lockLost(id: number): void {
    this.#parts.lockLost(id);
  }

  #run(hub: StorageHub, request: StorageRequest, answered?: (answer: unknown) => void): unknown {
    switch (request.type) {
      case 'lock':
        return new Promise((granted, failed) => {
          const tell = (...grant: LockGrant) => {
            answered?.(grant);
            granted(grant);
          };
          hub.locks.acquire({ ...request, owner: this }, { granted: tell, failed });
        });
      case 'renew':
        return hub.locks.renew(this, request.id, request.ttl);
      case 'unlock':
        return hub.locks.release(this, request.id);
      case 'attach':
      case 'history':
        return undefined;
      default:
        return hub.answer(request, this);
    }
  }
}
