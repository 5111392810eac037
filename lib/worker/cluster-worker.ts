import type { Worker } from 'node:cluster';
import { Inbox } from '../channel/inbox.js';
import { Lobby } from '../channel/lobby.js';
import type { CheckedRequest } from '../channel/order.js';
import { checkOption } from '../errors/check-option.js';
import { finishInitialization, levelsOf, methodsOf, ownStep, prepareDestruction } from '../lifecycle/levels.js';
import type { OptionDeclarations } from '../lifecycle/option-table.js';
import { checkHandlers } from '../protocol/check-handlers.js';
import type { Stop } from '../protocol/frame.js';
import type { AnyProtocol, Protocol, Reply, RequestTypeOf, TypeOf } from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import { integer } from '../util/check.js';
import { systemClock } from '../util/clock.js';
import { ignorable } from '../util/ignorable.js';
import { InFlight } from '../util/in-flight.js';
import { checkLeave, Departure } from './departure.js';
import { type WorkerEvents, workerEventDefinitions } from './events.js';
import { assertWorkerProcess, host } from './host.js';
import { readIdentity } from './identity.js';
import { type ClusterWorkerOptions, type ResolvedWorkerOptions, workerDeclarations } from './options.js';
import { checkedRequest, checkedSend, statusRule, type WorkerRequestOrder, type WorkerSendOrder } from './orders.js';
import { PrimaryLink } from './primary-link.js';
import { type Announce, PrimaryReporter } from './primary-reporter.js';
import { installProcessHooks } from './process-hooks.js';
import { WarningWorker } from './warning-worker.js';

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
> extends WarningWorker<E> {
  static override options: OptionDeclarations = workerDeclarations;

  // biome-ignore lint/suspicious/noExplicitAny: whatever its protocol and events are
  static #current: ClusterWorker<any, any> | undefined;

  static {
    this.define<WorkerEvents>(workerEventDefinitions);
  }

  readonly #identity = readIdentity();
  readonly #stopping = new AbortController();
  readonly #work = new InFlight();
  readonly #lobby = new Lobby<void>({
    clock: systemClock,
    enter: async () => {
      const link = await this.#open();
      return { send: order => link.send(order), request: order => this.#ask(link, order) };
    },
    refused: (error, message) => void this._publish('sendError', { error, message }),
  });
  #inbox: Inbox;
  #link: PrimaryLink | undefined;
  #departure: Departure | undefined;
  #status = 'INITIALIZING';

  /**
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
   * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
   * @throws {@link HandlerMismatchError} with code `CLUSTER_HANDLER_MISMATCH`, for handlers that belong in a primary
   */
  constructor(options: ClusterWorkerOptions<P> = {}) {
    super(options);
    checkHandlers(this, 'worker');
    this.#inbox = new Inbox(this);
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

  /** Unique among the living; a replacement has the same. */
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

  /** What this worker says of itself; the library writes only `INITIALIZING` and, once ready, `IDLE`. */
  get status(): string {
    return this.#status;
  }

  /** Tells the primary too. @throws {@link InvalidOptionError} unless it is a string of 1 to 128 characters */
  set status(to: string) {
    checkOption('status', to, statusRule);
    const from = this.#status;
    if (from === to) return;

    this.#status = to;
    this.#link?.tellStatus(to);
    this._publish('statusChange', { from, to });
  }

  /** Aborted when stopping begins: for loops that look for more work. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * Sends to the primary; resolves when the operating system took the message. The promise may be ignored.
   *
   * @throws {@link UnserializableMessageError} `CLUSTER_UNSERIALIZABLE_MESSAGE`, {@link ChannelClosedError}
   * `CLUSTER_CHANNEL_CLOSED`, or the signal's reason
   */
  send<T extends TypeOf<P, 'workerMessage'>>(order: WorkerSendOrder<P, T>): Promise<void> {
    try {
      const checked = checkedSend(order);
      return this.#link?.send(checked) ?? this.#lobby.send(checked);
    } catch (error) {
      return this.#lobby.refuse(error, order);
    }
  }

  /**
   * Asks the primary and resolves with what its handler answers.
   *
   * @throws {@link RequestTimeoutError} `CLUSTER_REQUEST_TIMEOUT`, {@link RemoteError} `CLUSTER_REMOTE`,
   * {@link ChannelClosedError} `CLUSTER_CHANNEL_CLOSED`, {@link UnknownMessageTypeError} `CLUSTER_UNKNOWN_MESSAGE_TYPE`
   * and others, or the signal's reason
   */
  request<T extends RequestTypeOf<P, 'workerRequest'>>(
    order: WorkerRequestOrder<P, T>,
  ): Promise<Reply<P, 'workerRequest', T>> {
    try {
      const checked = checkedRequest(order);
      if (this.#link) return this.#ask(this.#link, checked);

      // Who asks hears of a failed start, as if it had awaited `ready`.
      ignorable(this.ready);
      return this.#lobby.request(checked);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends what is queued, then ends this process without `_destroy`; to the primary it is an exit like any other. */
  async exit(code = 0): Promise<never> {
    checkOption('code', code, integer({ min: 0, max: 255 }));
    await this.#open();
    return (this.#departure as Departure).quit(code);
  }

  /**
   * Leaves the cluster: finishes open handlers, runs every `_destroy`, most derived first, and ends the process with 0.
   *
   * @param options `timeout`: milliseconds that open handlers have. @default drainTimeout
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
    this.#inbox = new Inbox(this, options.schemas);
    const link = this.#openLink();
    const departure = this.#prepareDeparture(link, options.drainTimeout);
    installProcessHooks({
      terminate: () => departure.terminate(),
      disconnected: expected => {
        this._publish('primaryDisconnect', { expected: expected || departure.hasBegun });
        departure.disconnected();
      },
      crashed: error => link.tellFailure(error),
    });
  }

  /** @internal */
  protected override async [finishInitialization](signal: AbortSignal): Promise<void> {
    this.#link?.release();
    this._publish('activate', {});
    for (const level of levelsOf(this)) {
      signal.throwIfAborted();
      for (const method of methodsOf(level, '_activate')) await method.call(this);
    }
    signal.throwIfAborted();
    if (this.#status === 'INITIALIZING') this.status = 'IDLE';
    await this.#link?.tellReady();
  }

  /** @internal */
  protected override async [prepareDestruction](): Promise<void> {
    await this.#departure?.drain();
  }

  /** Yours to write, at every level that needs it: begins to take work, after the last `_initialize`. */
  protected _activate?(): void | Promise<void>;

  /** Calls the message's handler; override it to see every message in one place. */
  protected _eventPrimaryMessage(event: EventOf<WorkerEvents, 'primaryMessage'>): unknown {
    const outcome = this.#inbox.dispatch('primaryMessage', event);
    if (typeof outcome !== 'object') return this._publish('primaryMessageUnhandled', event.data);

    this.#work.track(outcome.result);
    return outcome.result;
  }

  /** Calls the request's handler and answers with what it returns or throws. */
  protected _eventPrimaryRequest(event: EventOf<WorkerEvents, 'primaryRequest'>): void {
    const answered = this.#inbox.answer('primaryRequest', event);
    if (answered) this.#work.track(answered);
    else this._publish('primaryRequestUnhandled', event.data);
  }

  /** Tells the primary why this worker could not start, and ends the process with 1. */
  protected _eventInitializeError({ data: { error } }: EventOf<WorkerEvents, 'initializeError'>): void {
    this.#link?.tellFailure(error);
    void this.#departure?.exit(1);
  }

  /** There from this class's own level on, and so in every `_initialize`; what comes earlier waits until all is ready. */
  async #open(): Promise<PrimaryLink> {
    const failure = this.#link ? undefined : await this._outcome;
    if (failure) throw failure.error;

    return this.#link as PrimaryLink;
  }

  /** The type of the reply is what the caller's protocol says. */
  #ask<R>(link: PrimaryLink, order: CheckedRequest): Promise<R> {
    return this.#inbox.checkedReply('workerRequest', order.message, link.request(order)) as Promise<R>;
  }

  #openLink(): PrimaryLink {
    // `E` is at least `WorkerEvents`: its data for these names is what they say.
    const announce: Announce = (name, data) => this._publish(name, data as E[typeof name]);
    const stop = (asked: Stop) => void this.#departure?.stop(asked);
    const listener = new PrimaryReporter({ announce, inbox: this.#inbox, stop });
    this.#link = new PrimaryLink(listener, { serialization: this.#identity.serialization, clock: systemClock });
    return this.#link;
  }

  #prepareDeparture(link: PrimaryLink, drainTimeout: number): Departure {
    this.#departure = new Departure({
      link,
      drainTimeout,
      clock: systemClock,
      work: this.#work,
      begun: reason => {
        this.#stopping.abort(reason);
        this._publish('shutDown', { reason });
      },
      takeDown: () => super.destroy(),
      failed: error => this._warnOfDestruction(error),
    });
    return this.#departure;
  }
}
