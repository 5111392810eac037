import type { Worker } from 'node:cluster';
import { Inbox } from '../channel/inbox.js';
import { checkOption } from '../errors/check-option.js';
import { finishInitialization, levelsOf, methodsOf, ownStep, prepareDestruction } from '../lifecycle/levels.js';
import type { OptionDeclarations } from '../lifecycle/option-table.js';
import type { Stop } from '../protocol/frame.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import { waitOrAbort } from '../util/abortable.js';
import { integer } from '../util/check.js';
import { systemClock } from '../util/clock.js';
import { openDebugLog } from '../util/debug-log.js';
import { loggedWorkerEvents } from './debug-log.js';
import { checkLeave, Departure } from './departure.js';
import type { WorkerEvents } from './events.js';
import { assertWorkerProcess, host } from './host.js';
import { moved, readIdentity } from './identity.js';
import { inbox, link, open, work } from './messaging-worker.js';
import { type ClusterWorkerOptions, type ResolvedWorkerOptions, workerDeclarations } from './options.js';
import { becameReady, beginStopping, greeted, idle, phases } from './phased-worker.js';
import { PrimaryLink } from './primary-link.js';
import { type Announce, PrimaryReporter } from './primary-reporter.js';
import { installProcessHooks } from './process-hooks.js';
import { ServingWorker, serverDesk, servers } from './serving-worker.js';
import { sharedStorage } from './storing-worker.js';
import { Watchdog } from './watchdog.js';

/**
 * A worker process, seen from inside.
 *
 * Subclass it, write `_eventPrimaryMessage_<type>` and `_eventPrimaryRequest_<type>` for what the primary sends, and make
 * one instance in the worker's script. `_initialize` loads and connects, `_activate` begins to take work, `_destroy`
 * releases; the process ends after the last one.
 *
 * @example
 * class Cook extends ClusterWorker<Kitchen> implements WorkerHandlers<Kitchen> {
 *   async _eventPrimaryMessage_cook({ data: { message } }: PrimaryMessageEvent<Kitchen, 'cook'>) {
 *     await this.send({ message: { type: 'plated', table: message.table } });
 *   }
 * }
 * new Cook();
 */
export class ClusterWorker<
  P extends Protocol = AnyProtocol,
  E extends WorkerEvents = WorkerEvents,
> extends ServingWorker<P, E> {
  static override options: OptionDeclarations = workerDeclarations;

  // biome-ignore lint/suspicious/noExplicitAny: whatever its protocol and events are
  static #current: ClusterWorker<any, any> | undefined;

  #identity = readIdentity();
  #departure: Departure | undefined;
  #watchdog: Watchdog | undefined;

  /**
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
   * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
   * @throws {@link HandlerMismatchError} with code `CLUSTER_HANDLER_MISMATCH`, for handlers that belong in a primary
   */
  constructor(options: ClusterWorkerOptions<P> = {}) {
    super(options);
    openDebugLog({
      who: () => this.label,
      names: loggedWorkerEvents,
      subscribe: (name, listener) => this._subscribe('after', name as keyof E & string, listener),
    });
  }

  /** Whether a primary forked this process: lets one file be both. */
  static get isWorker(): boolean {
    return host.isWorker;
  }

  /** Node's own worker object; `undefined` outside a worker process. */
  static get worker(): Worker | undefined {
    return host.node;
  }

  /** The id of this process in the cluster; `undefined` outside a worker process. */
  static get workerId(): number | undefined {
    return host.node?.id;
  }

  /** The instance of this process, once it is being initialized. */
  static get current(): ClusterWorker | undefined {
    return ClusterWorker.#current;
  }

  /** Unique in the cluster, never used again. */
  get id(): number {
    return this.#identity.id;
  }

  /** Unique among the living; a replacement has the same. A spare worker takes over the name of the one it replaces. */
  get name(): string {
    return this.#identity.name;
  }

  get group(): string {
    return this.#identity.group;
  }

  /** The place in the group, from 0; a replacement has the same. */
  get slot(): number {
    return this.#identity.slot;
  }

  /** For people: `name (id)`. */
  get label(): string {
    return `${this.name} (${this.id})`;
  }

  /** Sends what is queued, then ends this process without `_destroy`; to the primary it is an exit like any other. */
  async exit(code = 0): Promise<never> {
    checkOption('code', code, integer({ min: 0, max: 255 }));
    await this[open]();
    return (this.#departure as Departure).quit(code);
  }

  /**
   * Leaves the cluster: runs its shutdown phases, in which open handlers finish, then every `_destroy`, most derived first,
   * and ends the process with 0. Called again, or while the worker stops anyway, it can only shorten the draining.
   *
   * @param options `timeout`: milliseconds until the phase `release`. @default drainTimeout
   */
  override async destroy(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    checkLeave(options);
    if (this.#departure) await this.#departure.leave('destroyed', options);
    else await super.destroy();
    // Before there was anything to leave: nobody else would end the process.
    if (!this.#departure && host.isWorker) process.exit(0);
  }

  [ownStep._initialize](options: ResolvedWorkerOptions): void {
    assertWorkerProcess(ClusterWorker.#current);
    ClusterWorker.#current = this;
    this[inbox] = new Inbox(this, options.schemas);
    const primary = this.#openLink(options);
    const departure = this.#prepareDeparture(primary, options.drainTimeout);
    installProcessHooks({
      terminate: () => departure.terminate(),
      disconnected: expected => {
        this._publish('primaryDisconnect', { expected: expected || departure.hasBegun });
        departure.disconnected();
      },
      crashed: error => primary.tellFailure(error),
    });
    this.#watchdog = new Watchdog(options);
    // Last: when it fails, the primary can be told.
    primary.greet(this.#identity.codec);
    this[greeted]();
  }

  /** @internal */
  protected override async [finishInitialization](signal: AbortSignal): Promise<void> {
    await this.#waitForPlace(signal);
    this[link]?.release();
    this._publish('activate', {});
    this[servers].activate();
    for (const level of levelsOf(this)) {
      signal.throwIfAborted();
      for (const method of methodsOf(level, '_activate')) await method.call(this);
    }
    signal.throwIfAborted();
    await this[servers].opened(signal);
    this[becameReady]();
    await this[link]?.tellReady();
    // Only now, since it takes its time, in which others can begin to work.
    this.#watchdog?.start();
  }

  /** @internal */
  protected override async [prepareDestruction](): Promise<void> {
    await this.#departure?.runPhases();
  }

  /** Yours to write, at every level that needs it: begins to take work, after the last `_initialize`. */
  protected _activate?(): void | Promise<void>;

  /** Tells the primary why this worker could not start, and ends the process with 1. */
  protected _eventInitializeError({ data: { error } }: EventOf<WorkerEvents, 'initializeError'>): void {
    this[link]?.tellFailure(error);
    void this.#departure?.exit(1);
  }

  /** Warns, and lets the process end with 1: call `super` when you override it. */
  protected override _eventShutDownError(event: EventOf<WorkerEvents, 'shutDownError'>): void {
    super._eventShutDownError(event);
    this.#departure?.spoil(event.data.error);
  }

  /** A spare worker is initialized as any other, and activated when another one's place has become free. */
  async #waitForPlace(signal: AbortSignal): Promise<void> {
    const primary = this[link];
    if (!this.#identity.isStandby || !primary) return;

    const place = primary.tellStandby();
    this.#watchdog?.start();
    this.#identity = moved(this.#identity, await waitOrAbort(place, signal));
  }

  #openLink(options: ResolvedWorkerOptions): PrimaryLink {
    // `E` is at least `WorkerEvents`: its data for these names is what they say.
    const announce: Announce = (name, data) => this._publish(name, data as E[typeof name]);
    const stop = (asked: Stop) => void this.#departure?.stop(asked);
    const listener = new PrimaryReporter({ announce, inbox: this[inbox], stop });
    const { serialization } = this.#identity;
    const { codec } = options;
    const running = () => this[work].size;
    const storage = this[sharedStorage];
    const held = { serialization, codec, clock: systemClock, bounds: options };
    this[link] = new PrimaryLink(listener, { ...held, running, storage, servers: this[serverDesk] });
    return this[link];
  }

  #prepareDeparture(primary: PrimaryLink, drainTimeout: number): Departure {
    this.#departure = new Departure({
      link: primary,
      drainTimeout,
      clock: systemClock,
      phases: this[phases],
      servers: this[servers],
      idle: () => this[idle](),
      begun: reason => this[beginStopping](reason),
      takeDown: () => super.destroy(),
      failed: error => this._warnOfDestruction(error),
    });
    return this.#departure;
  }
}
