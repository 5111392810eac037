import type { AnyProtocol, Protocol, StorageOf } from '../protocol/protocol.js';
import { RemoteSeam } from '../storage/remote-seam.js';
import type { SharedStorage } from '../storage/shared-storage.js';
import { systemClock } from '../util/clock.js';
import type { WorkerEvents } from './events.js';
import { MessagingWorker, open } from './messaging-worker.js';

/** This worker's side of the shared storage. @internal */
export const sharedStorage = Symbol('sharedStorage');

/** The part of a worker that shares data with the primary and the other workers. */
export abstract class StoringWorker<
  P extends Protocol = AnyProtocol,
  E extends WorkerEvents = WorkerEvents,
> extends MessagingWorker<P, E> {
  /** @internal */
  protected readonly [sharedStorage] = new RemoteSeam({ clock: systemClock, connected: () => this[open]() });

  /**
   * Data that all processes of the cluster share: the primary has it, and this worker a replica from its first use on.
   *
   * @example
   * const visits = await this.storage.increment('visits');
   * const { greeting } = this.storage.peek('config');
   */
  get storage(): SharedStorage<StorageOf<P>> {
    return this[sharedStorage].storage;
  }
}
