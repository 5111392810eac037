import { Inbox } from '../channel/inbox.js';
import { Lobby } from '../channel/lobby.js';
import type { CheckedRequest, StreamOrder } from '../channel/order.js';
import { type ItemStream, StreamReader } from '../channel/stream-reader.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import { checkHandlers } from '../protocol/check-handlers.js';
import type {
  AnyProtocol,
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
import { ignorable } from '../util/ignorable.js';
import { InFlight } from '../util/in-flight.js';
import { type WorkerEvents, workerEventDefinitions } from './events.js';
import {
  checkedRequest,
  checkedSend,
  checkedStream,
  type RequestSectionTo,
  type SectionTo,
  type WorkerRequestOrder,
  type WorkerRequestTarget,
  type WorkerSendOrder,
  type WorkerSendTarget,
  type WorkerStreamOrder,
} from './orders.js';
import { isForPrimary, type PrimaryLink } from './primary-link.js';
import { WarningWorker } from './warning-worker.js';

/** What a worker does with what comes in; known in full once its options are. @internal */
export const inbox = Symbol('inbox');

/** The conversation with the primary, from the worker's first level on. @internal */
export const link = Symbol('link');

/** Handlers that still run. @internal */
export const work = Symbol('work');

/** Resolves with the link: in every `_initialize` at once, earlier when all is ready. @internal */
export const open = Symbol('open');

/** The part of a worker that talks: sends, asks, and calls the handlers of what it is told. */
export abstract class MessagingWorker<
  P extends Protocol = AnyProtocol,
  E extends WorkerEvents = WorkerEvents,
> extends WarningWorker<E> {
  static {
    this.define<WorkerEvents>(workerEventDefinitions);
  }

  /** @internal */
  protected readonly [work] = new InFlight();
  /** @internal */
  protected [inbox]: Inbox;
  /** @internal */
  protected [link]: PrimaryLink | undefined = undefined;
  readonly #lobby = new Lobby<void>({
    clock: systemClock,
    enter: async () => {
      const primary = await this[open]();
      return { send: order => primary.send(order), request: order => this.#ask(primary, order) };
    },
    refused: (error, message) => void this._publish('sendError', { error, message }),
  });

  constructor(options: InitializableOptions) {
    super(options);
    checkHandlers(this, 'worker');
    this[inbox] = new Inbox(this);
  }

  /**
   * Sends to the primary, or to other workers; the promise may be ignored.
   *
   * @returns when the operating system took the message, or the primary has passed it on to every worker that was meant.
   * @throws {@link UnserializableMessageError} `CLUSTER_UNSERIALIZABLE_MESSAGE`, {@link ChannelClosedError}
   * `CLUSTER_CHANNEL_CLOSED`, {@link BackpressureError} `CLUSTER_BACKPRESSURE`, or the signal's reason; to other workers also
   * {@link UnknownWorkerError} `CLUSTER_UNKNOWN_WORKER`, {@link NoWorkerError} `CLUSTER_NO_WORKER`,
   * {@link WorkerExitedError} `CLUSTER_WORKER_EXITED`, {@link PreventedError} `CLUSTER_PREVENTED`; an AggregateError when
   * several were meant
   */
  send<T extends TypeOf<P, SectionTo<D>>, const D extends WorkerSendTarget = 'primary'>(
    order: WorkerSendOrder<P, T, D>,
  ): Promise<void> {
    try {
      const checked = checkedSend(order);
      return this[link]?.send(checked) ?? this.#lobby.send(checked);
    } catch (error) {
      return this.#lobby.refuse(error, order);
    }
  }

  /**
   * Asks the primary, or another worker, and resolves with what its handler answers.
   *
   * @throws {@link RequestTimeoutError} `CLUSTER_REQUEST_TIMEOUT`, {@link RemoteError} `CLUSTER_REMOTE`,
   * {@link ChannelClosedError} `CLUSTER_CHANNEL_CLOSED`, {@link UnknownMessageTypeError} `CLUSTER_UNKNOWN_MESSAGE_TYPE`
   * and others, or the signal's reason; of another worker also what {@link send} throws
   */
  request<T extends RequestTypeOf<P, RequestSectionTo<D>>, const D extends WorkerRequestTarget = 'primary'>(
    order: WorkerRequestOrder<P, T, D>,
  ): Promise<Reply<P, RequestSectionTo<D>, T>> {
    try {
      const checked = checkedRequest(order);
      if (this[link]) return this.#ask(this[link], checked);

      // Who asks hears of a failed start, as if it had awaited `ready`.
      ignorable(this.ready);
      return this.#lobby.request(checked);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Reads what an async generator of the primary, or of another worker, yields. The stream opens when it is first read; leaving the loop ends it.
   *
   * @throws {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`; the loop
   * throws {@link RemoteError} `CLUSTER_REMOTE` and others as {@link request} does, or the signal's reason
   */
  stream<T extends StreamTypeOf<P, RequestSectionTo<D>>, const D extends WorkerRequestTarget = 'primary'>(
    order: WorkerStreamOrder<P, T, D>,
  ): ItemStream<StreamItem<P, RequestSectionTo<D>, T>> {
    const checked = checkedStream(order);
    const reader = new StreamReader({ signal: checked.signal, open: each => this.#open(each, checked) });
    return reader as ItemStream<StreamItem<P, RequestSectionTo<D>, T>>;
  }

  /**
   * Resolves when there is room for more messages: to the primary, and to every worker that this one talks with, at most
   * half of `maxQueuedMessages` and `maxQueuedBytes` waits.
   *
   * @throws the signal's reason
   */
  async drained({ signal }: Abortable = {}): Promise<void> {
    const primary = await waitOrAbort(this[open](), signal);
    await waitOrAbort(primary.room(), signal);
  }

  /** Calls the message's handler; override it to see every message in one place. */
  protected _eventPrimaryMessage(event: EventOf<WorkerEvents, 'primaryMessage'>): unknown {
    const outcome = this[inbox].dispatch('primaryMessage', event);
    if (typeof outcome !== 'object') return this._publish('primaryMessageUnhandled', event.data);

    this[work].track(outcome.result);
    return outcome.result;
  }

  /** Calls the request's handler and answers with what it returns or throws. */
  protected _eventPrimaryRequest(event: EventOf<WorkerEvents, 'primaryRequest'>): void {
    const answered = this[inbox].answer('primaryRequest', event);
    if (answered) this[work].track(answered);
    else this._publish('primaryRequestUnhandled', event.data);
  }

  /** Calls the message's handler; override it to see every message of other workers in one place. */
  protected _eventPeerMessage(event: EventOf<WorkerEvents, 'peerMessage'>): unknown {
    const outcome = this[inbox].dispatch('peerMessage', event);
    if (typeof outcome !== 'object') return this._publish('peerMessageUnhandled', event.data);

    this[work].track(outcome.result);
    return outcome.result;
  }

  /** Calls the request's handler and answers the other worker with what it returns or throws. */
  protected _eventPeerRequest(event: EventOf<WorkerEvents, 'peerRequest'>): void {
    const answered = this[inbox].answer('peerRequest', event);
    if (answered) this[work].track(answered);
    else this._publish('peerRequestUnhandled', event.data);
  }

  /** @internal */
  protected async [open](): Promise<PrimaryLink> {
    const failure = this[link] ? undefined : await this._outcome;
    if (failure) throw failure.error;

    return this[link] as PrimaryLink;
  }

  async #open(reader: StreamReader, order: StreamOrder): Promise<void> {
    if (!this[link]) ignorable(this.ready);
    const primary = this[link] ?? (await waitOrAbort(this[open](), reader.signal));
    const section = isForPrimary(order) ? 'workerRequest' : 'peerRequest';
    await primary.stream(order, { reader, check: this[inbox].itemCheck(section, order.message) });
  }

  /** The type of the reply is what the caller's protocol says. */
  #ask<R>(primary: PrimaryLink, order: CheckedRequest): Promise<R> {
    const section = isForPrimary(order) ? 'workerRequest' : 'peerRequest';
    return this[inbox].checkedReply(section, order.message, primary.request(order)) as Promise<R>;
  }
}
