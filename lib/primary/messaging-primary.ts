import { Inbox } from '../channel/inbox.js';
import { Lobby } from '../channel/lobby.js';
import { type StreamOrder as CheckedStream, checkRetriable, checkSend, checkStream } from '../channel/order.js';
import { type ItemStream, StreamReader } from '../channel/stream-reader.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import { checkHandlers } from '../protocol/check-handlers.js';
import type {
  AnyProtocol,
  Outgoing,
  OutgoingRequest,
  Protocol,
  Reply,
  RequestTypeOf,
  StreamItem,
  StreamTypeOf,
  TypeOf,
} from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import { type Abortable, waitOrAbort } from '../util/abortable.js';
import { systemClock } from '../util/clock.js';
import { openDebugLog } from '../util/debug-log.js';
import { ignorable } from '../util/ignorable.js';
import type { RoundRobinOptions } from './balancer.js';
import { type Crew, CrewCall } from './crew.js';
import { loggedPrimaryEvents } from './debug-log.js';
import { type PrimaryEvents, primaryEventDefinitions } from './events.js';
import { formatStatus } from './format-status.js';
import type { RequestOrder, SendOrder, StreamOrder } from './orders.js';
import { PhasedPrimary } from './phased-primary.js';
import { checkReadyOptions, type ReadyOptions } from './receivers.js';
import { checkSelection, type Selection } from './selection.js';
import { Ledger, type Statistics } from './statistics.js';
import type { ClusterState, ClusterStatus } from './status.js';
import { nothingYet, reportStatus } from './status-report.js';
import type { WorkerHandle } from './worker-handle.js';

/** Where a primary's crew is waited for, and found. @internal */
export const crewCall = Symbol('crewCall');

/** What a primary does with what comes in; known in full once its options are. @internal */
export const inbox = Symbol('inbox');

/** The part of a primary that talks: finds workers, sends to them, asks them, and calls the handlers of what they say. */
export abstract class MessagingPrimary<
  P extends Protocol = AnyProtocol,
  E extends PrimaryEvents = PrimaryEvents,
> extends PhasedPrimary<E> {
  static {
    this.define<PrimaryEvents>(primaryEventDefinitions);
  }

  /** @internal */
  protected readonly [crewCall]: CrewCall;
  /** @internal */
  protected [inbox]: Inbox;
  readonly #lobby: Lobby<WorkerHandle[]>;
  readonly #madeAt = systemClock.now();

  constructor(options: InitializableOptions) {
    super(options);
    checkHandlers(this, 'primary');
    openDebugLog({
      who: () => this.constructor.name,
      names: loggedPrimaryEvents,
      subscribe: (name, listener) => this._subscribe('after', name as keyof E & string, listener),
    });
    this[inbox] = new Inbox(this);
    this[crewCall] = new CrewCall(this._outcome);
    this.#lobby = new Lobby({
      clock: systemClock,
      enter: async order => (await this[crewCall].waitFor(order)).mailer,
      refused: (error, message) => void this._publish('sendError', { error, message, worker: undefined }),
    });
  }

  /** Workers that can be given work, in the order they became ready. */
  get workers(): readonly WorkerHandle<P>[] {
    return this.#crew?.supervisor.roster.ready ?? [];
  }

  /** Every live worker by id, ready or not; read-only. */
  get workerById(): Readonly<Record<number, WorkerHandle<P>>> {
    return this.#crew?.supervisor.roster.byId ?? {};
  }

  /** What has happened in the cluster so far: numbers that count on over every replacement. Frozen. */
  get statistics(): Statistics {
    return (this.#crew?.supervisor.ledger ?? new Ledger()).total;
  }

  /**
   * How the cluster stands now: every group, every slot with its process, why it is so, and what happens next.
   *
   * Plain frozen data, the same after a journey through JSON. Whoever asks first makes the workers report their load, once a
   * second from then on.
   */
  status(): ClusterStatus {
    const facts = { state: this.#state, pid: process.pid, uptime: systemClock.now() - this.#madeAt };
    return reportStatus(this.#crew?.supervisor ?? nothingYet(systemClock), facts);
  }

  /** The {@link status} as a table for people, without a line break at its end. */
  formatStatus(): string {
    return formatStatus(this.status());
  }

  /** The live worker with this name or id; `undefined` when there is none, or none yet. */
  worker(nameOrId: string | number): WorkerHandle<P> | undefined {
    const roster = this.#crew?.supervisor.roster;
    return typeof nameOrId === 'number' ? roster?.byId[nameOrId] : roster?.named(nameOrId);
  }

  /**
   * The ready worker that was least recently selected for the tag; `undefined` when there is none.
   *
   * Exact however fast it is called. A worker that is new comes before all that were selected before.
   *
   * @throws {@link UnknownGroupError} with code `CLUSTER_UNKNOWN_GROUP`, once the primary is set up
   */
  roundRobin(options: RoundRobinOptions = {}): WorkerHandle<P> | undefined {
    const supervisor = this.#crew?.supervisor;
    if (options.group !== undefined) supervisor?.parts.groups.get(options.group);
    return supervisor?.balancer.roundRobin(options);
  }

  /**
   * The ready worker that the strategy selects; `undefined` when there is none.
   *
   * - `roundRobin`: as {@link roundRobin}.
   * - `leastPending`: the one with the fewest open requests; those that are equal take turns.
   * - `leastLoad`: the one with the least {@link WorkerHandle.load}, which is up to a second old; so all that is selected
   *   within a second may go to one worker. Workers that have not reported yet count as idle; those that are equal take turns.
   * - `hash`: the same `key` gives the same worker, by its name, as long as it is ready; while it is not, its keys are spread
   *   over the others, and all others stay where they are.
   *
   * @throws {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`,
   * {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`
   */
  select(options: Selection = {}): WorkerHandle<P> | undefined {
    const selection = checkSelection(options);
    return this.#crew?.receivers.select(selection);
  }

  /**
   * Resolves with a ready worker, at once if there is one, or else with the first that is; it has no turn by that.
   *
   * @throws {@link GroupFailedError} `CLUSTER_GROUP_FAILED` and {@link ShutDownError} `CLUSTER_SHUT_DOWN` when none will be
   * ready any more, {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`, or the signal's reason
   */
  async whenReady(options: ReadyOptions = {}): Promise<WorkerHandle<P>> {
    const { signal } = checkReadyOptions(options);
    ignorable(this.ready);
    const { receivers } = await waitOrAbort(this[crewCall].wait(), signal);
    return receivers.whenReady(options);
  }

  /**
   * Sends to one worker, to several, or without `to` to every ready worker.
   *
   * @returns the workers that were reached, once the operating system took the message; may be ignored.
   * @throws {@link NoWorkerError} `CLUSTER_NO_WORKER`, {@link UnknownWorkerError} `CLUSTER_UNKNOWN_WORKER`,
   * {@link WorkerExitedError} `CLUSTER_WORKER_EXITED`, {@link UnserializableMessageError}
   * `CLUSTER_UNSERIALIZABLE_MESSAGE`; an AggregateError when several were meant
   */
  send<T extends TypeOf<P, 'primaryMessage'>>(
    order: SendOrder<P, Outgoing<P, 'primaryMessage', T>>,
  ): Promise<WorkerHandle<P>[]> {
    try {
      const checked = checkSend(order);
      const mailer = this._isReady ? this.#crew?.mailer : undefined;
      return mailer?.send(checked) ?? this.#lobby.send(checked);
    } catch (error) {
      return this.#lobby.refuse(error, order);
    }
  }

  /**
   * Asks one worker and resolves with what its handler answers; without `to`, the next ready one for the message's type.
   *
   * It is executed at most once, unless `retry` allows to ask another worker when the one that was asked dies.
   *
   * @throws as {@link WorkerHandle.request} does, and {@link NoWorkerError}, {@link UnknownWorkerError}
   */
  request<T extends RequestTypeOf<P, 'primaryRequest'>>(
    order: RequestOrder<P, OutgoingRequest<P, 'primaryRequest', T>>,
  ): Promise<Reply<P, 'primaryRequest', T>> {
    try {
      const checked = checkRetriable(order);
      const mailer = this._isReady ? this.#crew?.mailer : undefined;
      if (mailer) return mailer.request(checked);

      // Who asks hears of a failed start, as if it had awaited `ready`.
      ignorable(this.ready);
      return this.#lobby.request(checked);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Reads what an async generator of one worker yields; without `to`, of the next ready one for the message's type.
   *
   * The stream opens, and its worker is found, when it is first read; leaving the loop ends it. Waiting for a worker ends
   * with the `signal` only.
   *
   * @throws {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`; the loop
   * throws as {@link WorkerHandle.stream} does, and {@link NoWorkerError}, {@link UnknownWorkerError}
   */
  stream<T extends StreamTypeOf<P, 'primaryRequest'>>(
    order: StreamOrder<P, OutgoingRequest<P, 'primaryRequest', T>>,
  ): ItemStream<StreamItem<P, 'primaryRequest', T>> {
    const checked = checkStream(order);
    const reader = new StreamReader({ signal: checked.signal, open: each => this.#open(each, checked) });
    return reader as ItemStream<StreamItem<P, 'primaryRequest', T>>;
  }

  /**
   * Resolves when there is room for more messages to the worker, or to every live worker: at most half of
   * `maxQueuedMessages` and `maxQueuedBytes` waits for each.
   *
   * @throws the signal's reason
   */
  async drained(worker?: WorkerHandle<P>, options: Abortable = {}): Promise<void> {
    const workers = worker ? [worker] : Object.values(this.workerById);
    await Promise.all(workers.map(each => each.drained(options)));
  }

  /** Calls the message's handler; override it to see every message in one place. */
  protected _eventWorkerMessage(event: EventOf<PrimaryEvents, 'workerMessage'>): unknown {
    const outcome = this[inbox].dispatch('workerMessage', event);
    if (typeof outcome === 'object') return outcome.result;

    return this._publish('workerMessageUnhandled', event.data);
  }

  /** Calls the request's handler and answers with what it returns or throws. */
  protected _eventWorkerRequest(event: EventOf<PrimaryEvents, 'workerRequest'>): void {
    if (!this[inbox].answer('workerRequest', event)) this._publish('workerRequestUnhandled', event.data);
  }

  async #open(reader: StreamReader, order: CheckedStream): Promise<void> {
    if (!this._isReady) ignorable(this.ready);
    const crew = this._isReady ? this.#crew : undefined;
    const { mailer } = crew ?? (await waitOrAbort(this[crewCall].waitFor(order), reader.signal));
    await mailer.stream(order, reader);
  }

  get #state(): ClusterState {
    const supervisor = this.#crew?.supervisor;
    if (this._destroying.aborted || supervisor?.isShuttingDown) {
      return supervisor && supervisor.processes.size > 0 ? 'shuttingDown' : 'stopped';
    }
    return this._isReady ? 'running' : 'starting';
  }

  get #crew(): Crew | undefined {
    return this[crewCall].crew;
  }
}
