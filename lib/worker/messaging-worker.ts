import { Inbox } from '../channel/inbox.js';
import { Lobby } from '../channel/lobby.js';
import type { CheckedRequest } from '../channel/order.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import { checkHandlers } from '../protocol/check-handlers.js';
import type { AnyProtocol, Protocol, Reply, RequestTypeOf, TypeOf } from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import { type Abortable, waitOrAbort } from '../util/abortable.js';
import { systemClock } from '../util/clock.js';
import { ignorable } from '../util/ignorable.js';
import { InFlight } from '../util/in-flight.js';
import { type WorkerEvents, workerEventDefinitions } from './events.js';
import { checkedRequest, checkedSend, type WorkerRequestOrder, type WorkerSendOrder } from './orders.js';
import type { PrimaryLink } from './primary-link.js';
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
   * Sends to the primary; resolves when the operating system took the message. The promise may be ignored.
   *
   * @throws {@link UnserializableMessageError} `CLUSTER_UNSERIALIZABLE_MESSAGE`, {@link ChannelClosedError}
   * `CLUSTER_CHANNEL_CLOSED`, or the signal's reason
   */
  send<T extends TypeOf<P, 'workerMessage'>>(order: WorkerSendOrder<P, T>): Promise<void> {
    try {
      const checked = checkedSend(order);
      return this[link]?.send(checked) ?? this.#lobby.send(checked);
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
      if (this[link]) return this.#ask(this[link], checked);

      // Who asks hears of a failed start, as if it had awaited `ready`.
      ignorable(this.ready);
      return this.#lobby.request(checked);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Resolves when there is room for more messages to the primary: at most half of `maxQueuedMessages` and
   * `maxQueuedBytes` waits.
   *
   * @throws the signal's reason
   */
  async drained({ signal }: Abortable = {}): Promise<void> {
    const primary = await waitOrAbort(this[open](), signal);
    await waitOrAbort(primary.peer.room(), signal);
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

  /** @internal */
  protected async [open](): Promise<PrimaryLink> {
    const failure = this[link] ? undefined : await this._outcome;
    if (failure) throw failure.error;

    return this[link] as PrimaryLink;
  }

  /** The type of the reply is what the caller's protocol says. */
  #ask<R>(primary: PrimaryLink, order: CheckedRequest): Promise<R> {
    return this[inbox].checkedReply('workerRequest', order.message, primary.request(order)) as Promise<R>;
  }
}
