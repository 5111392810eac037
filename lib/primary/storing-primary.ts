import { DestroyedError } from '../errors/errors.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import type { AnyProtocol, Protocol, StorageOf } from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import { ConnectedStorage } from '../storage/connected-storage.js';
import { LocalSeam } from '../storage/local-seam.js';
import { MemoryStore } from '../storage/memory-store.js';
import type { SharedStorage } from '../storage/shared-storage.js';
import { StorageHub, type WriteGate } from '../storage/storage-hub.js';
import { systemClock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { ignorable } from '../util/ignorable.js';
import type { PrimaryEvents } from './events.js';
import { OperatingPrimary } from './operating-primary.js';
import type { ResolvedPrimaryOptions } from './options.js';
import { StorageDesk } from './storage-desk.js';
import { StorageChangeData } from './storage-event.js';

/** Opens the storage, and makes the desk for what workers want of it. @internal */
export const openStorage = Symbol('openStorage');

/** Resolves when everything in the storage is durable. @internal */
export const closeStorage = Symbol('closeStorage');

/** The part of a primary that owns the data which it shares with its workers. */
export abstract class StoringPrimary<
  P extends Protocol = AnyProtocol,
  E extends PrimaryEvents = PrimaryEvents,
> extends OperatingPrimary<P, E> {
  readonly #seam: LocalSeam;
  readonly #storage: ConnectedStorage;
  readonly #opened = new Deferred<StorageHub>().markHandled();
  #hub: StorageHub | undefined;

  constructor(options: InitializableOptions) {
    super(options);
    // A start that fails before is the answer to whoever waits.
    const failed = ignorable(
      this._outcome.then(failure => (failure ? Promise.reject(failure.error) : this.#opened.promise)),
    );
    this.#seam = new LocalSeam({
      clock: systemClock,
      opened: () => Promise.race([this.#opened.promise, failed]),
      lockLost: id => this.#storage.locks.lost(id),
    });
    this.#storage = new ConnectedStorage(this.#seam);
  }

  /**
   * Data that all processes of the cluster share: this one has it.
   *
   * @example
   * await primary.storage.set('config', { greeting: 'hello' });
   * for await (const { path, value } of primary.storage.watch('jobs', { signal })) console.log(path, value);
   */
  get storage(): SharedStorage<StorageOf<P>> {
    return this.#storage;
  }

  /** Carries out the writes: without `super` they are refused. */
  protected _eventStorageChange(event: EventOf<PrimaryEvents, 'storageChange'>): void {
    // What took no place has no after.
    if (!StorageChangeData.apply(event.data)) event.stopEvent();
  }

  /** @internal */
  protected async [openStorage]({ storage, maxPendingRequests }: ResolvedPrimaryOptions): Promise<StorageDesk> {
    const { store = new MemoryStore(), initial, access, ...limits } = storage;
    let desk: StorageDesk | undefined;
    const hub = new StorageHub({ store, limits, clock: systemClock, gate: this.#gate(user => desk?.workerOf(user)) });
    desk = new StorageDesk({ hub, access, maxPending: maxPendingRequests });
    // Before it is open: what was opened when the rest failed is closed, too.
    this.#hub = hub;
    await hub.open(initial);
    this.#seam.open(hub);
    this.#opened.resolve(hub);
    return desk;
  }

  /** @internal */
  protected async [closeStorage](): Promise<void> {
    const reason = new DestroyedError('The primary, and with it its storage, is destroyed', { object: 'storage' });
    // Who waits for a start hears why there was none.
    this.#seam.close(reason);
    this.#storage.locks.loseAll(reason);
    await this.#hub?.close(reason);
  }

  #gate(workerOf: StorageDesk['workerOf']): WriteGate {
    const isOn = () => {
      const isOverridden = this._eventStorageChange !== StoringPrimary.prototype._eventStorageChange;
      return isOverridden || this.hasSubscribers('storageChange');
    };
    return {
      get isOn() {
        return isOn();
      },
      // `E` is at least `PrimaryEvents`: its data for these names is what they say.
      pass: (writes, by, apply) => {
        const data = new StorageChangeData(writes, workerOf(by), apply);
        this._publish('storageChange', data as object as E['storageChange']);
      },
      expired: changes => {
        for (const { path, version } of changes) {
          this._publish('storageExpire', { path: path.text, version } as object as E['storageExpire']);
        }
      },
    };
  }
}
