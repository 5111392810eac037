import { PreventedError, ReloadError, ShutDownError } from '../errors/errors.js';
import { Initializable } from '../lifecycle/initializable.js';
import type { EventOf, PubsubEvents } from '../pubsub/event.js';
import { systemClock } from '../util/clock.js';
import type { PrimaryEvents } from './events.js';
import { PrimaryWarnings } from './primary-warnings.js';

/** Warns of a reload that failed, and that nobody waits for, unless somebody has heard of it. @internal */
export const warnOfReload = Symbol('warnOfReload');

/** The part of a primary that speaks up when nobody else does: what it does with events that no listener took care of. */
export abstract class WarningPrimary<E extends PrimaryEvents> extends Initializable<E> {
  readonly #warnings = new PrimaryWarnings(systemClock);

  /** Warns once per type, unless the messages have subscribers of their own. */
  protected _eventWorkerMessageUnhandled({ data }: EventOf<PrimaryEvents, 'workerMessageUnhandled'>): void {
    if (!this.hasSubscribers('workerMessage')) this.#warnings.unhandled(data);
  }

  /** Warns, unless somebody subscribed. */
  protected _eventSendError({ data }: EventOf<PrimaryEvents, 'sendError'>): void {
    if (!this.hasSubscribers('sendError')) this.#warnings.sendFailed(data);
  }

  /** Warns, unless somebody subscribed: what was dropped is somebody's bug, or an attack. */
  protected _eventChannelViolation({ data }: EventOf<PrimaryEvents, 'channelViolation'>): void {
    if (!this.hasSubscribers('channelViolation')) this.#warnings.violation(data);
  }

  /** Warns, unless somebody subscribed. */
  protected _eventStickyError({ data }: EventOf<PrimaryEvents, 'stickyError'>): void {
    if (!this.hasSubscribers('stickyError')) this.#warnings.stickyFailed(data);
  }

  /** Warns: nothing is restarted in the group any more. */
  protected _eventGroupFailed({ data }: EventOf<PrimaryEvents, 'groupFailed'>): void {
    this.#warnings.groupFailed(data);
  }

  /** Warns: what was to be done before or after the workers stop was not. */
  protected _eventShutDownError({ data }: EventOf<PrimaryEvents, 'shutDownError'>): void {
    this.#warnings.hookFailed(data);
  }

  /** Warns instead of throwing: a supervisor has to outlive the bugs of its listeners. */
  protected override _eventError({ data }: EventOf<PubsubEvents, 'error'>): void {
    this.#warnings.listenerFailed(data);
  }

  /** @internal */
  protected [warnOfReload](error: unknown): void {
    const isHeard = error instanceof ReloadError && this.hasSubscribers('reloadError');
    const isIntended = error instanceof PreventedError || error instanceof ShutDownError;
    if (!isHeard && !isIntended) this.#warnings.reloadFailed(error);
  }
}
