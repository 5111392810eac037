import { ChannelClosedError } from '../errors/errors.js';
import { Access, type AccessRules } from '../storage/access.js';
import { RemoteUser } from '../storage/remote-user.js';
import type { StorageHub } from '../storage/storage-hub.js';
import type { StorageUser } from '../storage/storage-user.js';
import { processOf, type WorkerHandle } from './worker-handle.js';

/** What a {@link StorageDesk} is made with. */
export interface StorageDeskParts {
  readonly hub: StorageHub;
  /** What the workers of a group may do, by its name. */
  readonly access: { readonly [group: string]: AccessRules };
  /** How many requests of one worker may wait for the store. */
  readonly maxPending: number;
}

/** Where workers come who want something of the shared storage; those that never do cost nothing. */
export class StorageDesk {
  readonly #parts: StorageDeskParts;
  readonly #users = new Map<WorkerHandle, RemoteUser>();
  readonly #workers = new WeakMap<StorageUser, WorkerHandle>();

  constructor(parts: StorageDeskParts) {
    this.#parts = parts;
  }

  /** A worker asks for something; returns `false` if that is no request. Never throws. */
  take(worker: WorkerHandle, id: number, body: unknown): boolean {
    return this.#userOf(worker).take(id, body);
  }

  /** Something could not be sent, or a question was too large: the worker hears of that instead. */
  failed(worker: WorkerHandle, id: number, error: unknown): void {
    // Of a dead process the first that is known is often that nothing can be written to it, and not that it is disconnected.
    if (error instanceof ChannelClosedError || !processOf(worker).node.isConnected()) return;

    if (id > 0) this.#userOf(worker).refuse(id, error);
    else this.#users.get(worker)?.feed.failed(error);
  }

  /** A worker can be told nothing more; it may still believe that it holds a lock. */
  disconnected(worker: WorkerHandle): void {
    const user = this.#users.get(worker);
    if (user) this.#parts.hub.remove(user);
  }

  /** The process is gone: what it held is free. */
  gone(worker: WorkerHandle): void {
    const user = this.#users.get(worker);
    this.#users.delete(worker);
    if (user) this.#parts.hub.gone(user);
  }

  /** The worker behind a user of the storage; none for the primary itself. */
  workerOf(user: StorageUser): WorkerHandle | undefined {
    return this.#workers.get(user);
  }

  #userOf(worker: WorkerHandle): RemoteUser {
    return this.#users.get(worker) ?? this.#open(worker);
  }

  #open(worker: WorkerHandle): RemoteUser {
    const { hub, access: rules, maxPending } = this.#parts;
    const { storage: line } = processOf(worker).conversation;
    const { group } = worker;
    const access = new Access(group, Object.hasOwn(rules, group) ? rules[group] : {});
    const user = new RemoteUser({ hub, line, access, maxPending, name: `worker ${worker.id}` });
    this.#users.set(worker, user);
    this.#workers.set(user, worker);
    hub.add(user);
    return user;
  }
}
