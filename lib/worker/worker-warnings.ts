import { usableType } from '../protocol/dispatch.js';
import { describeValue } from '../util/check.js';
import type { Clock } from '../util/clock.js';
import { Warner } from '../util/warner.js';
import type { WorkerEvents } from './events.js';

/** What a worker says when nobody else does: process warnings, none of which can be a flood. */
export class WorkerWarnings {
  readonly #warner: Warner;

  constructor(clock: Clock) {
    this.#warner = new Warner(clock);
  }

  unhandled({ message }: WorkerEvents['primaryMessageUnhandled']): void {
    const type = usableType(message);
    const what = type === undefined ? 'a message without a usable `type`' : `a message of type ${describeValue(type)}`;
    const cure = type === undefined ? "subscribe to 'primaryMessage'" : `write \`_eventPrimaryMessage_${type}\``;
    this.#warner.once(`unhandled:${type}`, `The primary sent ${what}, which nobody handles: ${cure}`);
  }

  sendFailed({ error }: WorkerEvents['sendError']): void {
    const message = error instanceof Error ? error.message : describeValue(error);
    this.#warner.limited(`send:${message}`, `A message could not be sent: ${message}`);
  }

  violation({ reason, error }: WorkerEvents['channelViolation']): void {
    const detail = error instanceof Error ? `: ${error.message}` : '';
    this.#warner.limited(`violation:${reason}`, `Dropped what the primary sent: ${reason}${detail}`);
  }

  destroyFailed(error: unknown): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : describeValue(error);
    this.#warner.once('destroy', `The worker could not be destroyed cleanly: ${stack}`);
  }
}
