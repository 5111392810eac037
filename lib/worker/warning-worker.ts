import { Initializable } from '../lifecycle/initializable.js';
import type { EventOf } from '../pubsub/event.js';
import { systemClock } from '../util/clock.js';
import type { WorkerEvents } from './events.js';
import { WorkerWarnings } from './worker-warnings.js';

/** The part of a worker that speaks up when nobody else does: what it does with events that no listener took care of. */
export abstract class WarningWorker<E extends WorkerEvents> extends Initializable<E> {
  readonly #warnings = new WorkerWarnings(systemClock);

  /** Warns once per type, unless the messages have subscribers of their own. */
  protected _eventPrimaryMessageUnhandled({ data }: EventOf<WorkerEvents, 'primaryMessageUnhandled'>): void {
    if (!this.hasSubscribers('primaryMessage')) this.#warnings.unhandled(data);
  }

  /** Warns once per type, unless the messages have subscribers of their own. */
  protected _eventPeerMessageUnhandled({ data }: EventOf<WorkerEvents, 'peerMessageUnhandled'>): void {
    if (!this.hasSubscribers('peerMessage')) this.#warnings.unhandledOfPeer(data);
  }

  /** Warns, unless somebody subscribed. */
  protected _eventSendError({ data }: EventOf<WorkerEvents, 'sendError'>): void {
    if (!this.hasSubscribers('sendError')) this.#warnings.sendFailed(data);
  }

  /** Warns, unless somebody subscribed. */
  protected _eventChannelViolation({ data }: EventOf<WorkerEvents, 'channelViolation'>): void {
    if (!this.hasSubscribers('channelViolation')) this.#warnings.violation(data);
  }

  /** Warns: what was to be done before the end was not. */
  protected _eventShutDownError({ data }: EventOf<WorkerEvents, 'shutDownError'>): void {
    this.#warnings.hookFailed(data);
  }

  /** @internal */
  protected _warnOfDestruction(error: unknown): void {
    this.#warnings.destroyFailed(error);
  }
}
