import { Inbox } from '../channel/inbox.js';
import { Lobby } from '../channel/lobby.js';
import { checkRequest, checkSend } from '../channel/order.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import { checkHandlers } from '../protocol/check-handlers.js';
import type {
  AnyProtocol,
  Outgoing,
  OutgoingRequest,
  Protocol,
  Reply,
  RequestTypeOf,
  TypeOf,
} from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import type { Abortable } from '../util/abortable.js';
import { systemClock } from '../util/clock.js';
import { ignorable } from '../util/ignorable.js';
import type { RoundRobinOptions } from './balancer.js';
import { type Crew, CrewCall } from './crew.js';
import { type PrimaryEvents, primaryEventDefinitions } from './events.js';
import type { RequestOrder, SendOrder } from './orders.js';
import { WarningPrimary } from './warning-primary.js';
import type { WorkerHandle } from './worker-handle.js';

/** Where a primary's crew is waited for, and found. @internal */
export const crewCall = Symbol('crewCall');

/** What a primary does with what comes in; known in full once its options are. @internal */
export const inbox = Symbol('inbox');

/** The part of a primary that talks: finds workers, sends to them, asks them, and calls the handlers of what they say. */
export abstract class MessagingPrimary<
  P extends Protocol = AnyProtocol,
  E extends PrimaryEvents = PrimaryEvents,
> extends WarningPrimary<E> {
  static {
    this.define<PrimaryEvents>(primaryEventDefinitions);
  }

  /** @internal */
  protected readonly [crewCall]: CrewCall;
  /** @internal */
  protected [inbox]: Inbox;
  readonly #lobby: Lobby<WorkerHandle[]>;

  constructor(options: InitializableOptions) {
    super(options);
    checkHandlers(this, 'primary');
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
   * @throws as {@link WorkerHandle.request} does, and {@link NoWorkerError}, {@link UnknownWorkerError}
   */
  request<T extends RequestTypeOf<P, 'primaryRequest'>>(
    order: RequestOrder<P, OutgoingRequest<P, 'primaryRequest', T>>,
  ): Promise<Reply<P, 'primaryRequest', T>> {
    try {
      const checked = checkRequest(order);
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

  get #crew(): Crew | undefined {
    return this[crewCall].crew;
  }
}
