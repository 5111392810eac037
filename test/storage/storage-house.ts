import { BackpressureError, ChannelClosedError } from '../../lib/errors/errors.js';
import { Access, type AccessRules } from '../../lib/storage/access.js';
import { ConnectedStorage } from '../../lib/storage/connected-storage.js';
import { LocalSeam } from '../../lib/storage/local-seam.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { RemoteSeam } from '../../lib/storage/remote-seam.js';
import { RemoteUser } from '../../lib/storage/remote-user.js';
import type { SharedStorage } from '../../lib/storage/shared-storage.js';
import { StorageHub, type WriteGate } from '../../lib/storage/storage-hub.js';
import type { Store, StoreLimits } from '../../lib/storage/store.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';
import { roomy } from './opened-store.js';

/** How a {@link StorageHouse} is set up. */
export interface HouseOptions {
  /** @default new MemoryStore() */
  readonly store?: Store;
  readonly limits?: Partial<StoreLimits>;
  readonly initial?: object;
}

const openGate: WriteGate = { isOn: false, pass: (_writes, _by, apply) => void apply(), expired: () => {} };

/** What is said in one direction: it arrives later, in order, as JSON; what has come together is heard in one go. */
export class Wire {
  /** So much may wait before it is crowded. */
  most = Number.POSITIVE_INFINITY;
  /** What was posted, in order. */
  readonly posted: (readonly [id: number, body: unknown])[] = [];
  readonly #waiting: string[] = [];
  /** Whether there is no room for what may be refused. */
  full = false;
  readonly #hear: (id: number, body: unknown) => void;
  readonly #refused: (id: number, error: unknown) => void;
  #room = new Deferred<void>();
  #stalled = false;

  constructor(hear: (id: number, body: unknown) => void, refused: (id: number, error: unknown) => void) {
    this.#hear = hear;
    this.#refused = refused;
  }

  get crowded(): boolean {
    return this.#waiting.length >= this.most;
  }

  /** Whether something is about to arrive. */
  get busy(): boolean {
    return !this.#stalled && this.#waiting.length > 0;
  }

  uncrowded(): Promise<void> {
    return this.#room.promise;
  }

  post(id: number, body: unknown, { limited = false } = {}): void {
    if (limited && this.full) {
      const error = new BackpressureError('There is no room', { peer: 'the other side', limit: 'maxQueuedMessages' });
      queueMicrotask(() => this.#refused(id, error));
      return;
    }
    this.posted.push([id, body]);
    this.#waiting.push(JSON.stringify([id, body]));
    setImmediate(() => this.#deliver());
  }

  /** From now on nothing arrives. */
  stall(): void {
    this.#stalled = true;
  }

  resume(): void {
    this.#stalled = false;
    setImmediate(() => this.#deliver());
  }

  /** Nothing arrives any more. */
  cut(): void {
    this.stall();
    this.#waiting.length = 0;
  }

  #deliver(): void {
    if (this.#stalled) return;

    for (const text of this.#waiting.splice(0)) {
      const [id, body] = JSON.parse(text);
      this.#hear(id, body);
    }
    this.#room.resolve();
    this.#room = new Deferred();
  }
}

/** A worker that uses the storage, as both sides see it. */
export interface Tenant {
  readonly storage: SharedStorage;
  readonly seam: RemoteSeam;
  readonly user: RemoteUser;
  readonly toPrimary: Wire;
  readonly toWorker: Wire;
}

/** How a {@link Tenant} is. */
export interface TenantOptions {
  readonly rules?: AccessRules;
  /** How many requests may wait, on either side. */
  readonly maxPending?: number;
}

/** A shared storage with everybody who uses it: the primary, and workers that are reached by wires in memory. */
export class StorageHouse implements AsyncDisposable {
  readonly clock = new FakeClock(1_000);
  readonly hub: StorageHub;
  readonly local: LocalSeam;
  /** What the primary uses. */
  readonly storage: ConnectedStorage;
  readonly #opened = new Deferred<StorageHub>().markHandled();
  readonly #initial: object | undefined;
  readonly #tenants: Tenant[] = [];

  constructor({ store = new MemoryStore(), limits, initial }: HouseOptions = {}) {
    const { clock } = this;
    this.#initial = initial;
    this.hub = new StorageHub({ store, clock, limits: { ...roomy, ...limits }, gate: openGate });
    const lockLost = (id: number) => this.storage.locks.lost(id);
    this.local = new LocalSeam({ clock, opened: () => this.#opened.promise, lockLost });
    this.storage = new ConnectedStorage(this.local);
  }

  static async open(options?: HouseOptions): Promise<StorageHouse> {
    const house = new StorageHouse(options);
    await house.open();
    return house;
  }

  async open(): Promise<void> {
    await this.hub.open(this.#initial);
    this.local.open(this.hub);
    this.#opened.resolve(this.hub);
  }

  /** The start has failed. */
  fail(error: Error): void {
    this.#opened.reject(error);
  }

  /** One more worker. */
  tenant({ rules, maxPending = 1_000 }: TenantOptions = {}): Tenant {
    const { hub, clock } = this;
    const toPrimary = new Wire(
      (id, body) => void user.take(id, body),
      (id, error) => seam.failed(id, error),
    );
    const toWorker = new Wire(
      (id, body) => seam.take(id, body),
      (id, error) => user.refuse(id, error),
    );
    const seam = new RemoteSeam({ clock, connected: async () => {} });
    const access = new Access('cooks', rules);
    const user = new RemoteUser({
      hub,
      line: toWorker,
      access,
      maxPending,
      name: `worker ${this.#tenants.length + 1}`,
    });
    seam.connect(toPrimary, maxPending);
    hub.add(user);
    const tenant = { storage: seam.storage as SharedStorage, seam, user, toPrimary, toWorker };
    this.#tenants.push(tenant);
    return tenant;
  }

  /** The process of a worker is gone. */
  bury({ user, toPrimary, toWorker }: Tenant): void {
    toPrimary.cut();
    toWorker.cut();
    this.hub.gone(user);
  }

  /** The channel of a worker closes, as it does when the primary is gone. */
  cutOff({ seam, toPrimary, toWorker }: Tenant): ChannelClosedError {
    const error = new ChannelClosedError('The primary is gone', { peer: 'the primary' });
    toPrimary.cut();
    toWorker.cut();
    seam.close(error);
    return error;
  }

  /** Resolves when nothing is on its way any more, and everybody has heard of it. */
  async quiet(): Promise<void> {
    const isBusy = () => this.#tenants.some(({ toPrimary, toWorker }) => toPrimary.busy || toWorker.busy);
    // What was heard may lead to an answer, and a store may take its time.
    for (let rounds = 0; rounds < 5; rounds++) {
      await settled();
      if (isBusy()) rounds = 0;
    }
  }

  /** The primary is destroyed. */
  async close(reason: Error): Promise<void> {
    this.local.close(reason);
    this.storage.locks.loseAll(reason);
    await this.hub.close(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(new Error('The test is over'));
    for (const tenant of this.#tenants) this.cutOff(tenant);
  }
}
