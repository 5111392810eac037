import { usableType } from '../protocol/dispatch.js';
import { describeValue } from '../util/check.js';
import type { Clock } from '../util/clock.js';
import { Warner } from '../util/warner.js';
import type { PrimaryEvents } from './events.js';

/** What a primary says when nobody else does: process warnings, none of which can be a flood. */
export class PrimaryWarnings {
  readonly #warner: Warner;

  constructor(clock: Clock) {
    this.#warner = new Warner(clock);
  }

  unhandled({ message, worker }: PrimaryEvents['workerMessageUnhandled']): void {
    const type = usableType(message);
    const what = type === undefined ? 'a message without a usable `type`' : `a message of type ${describeValue(type)}`;
    const cure = type === undefined ? "subscribe to 'workerMessage'" : `write \`_eventWorkerMessage_${type}\``;
    this.#warner.once(`unhandled:${type}`, `Worker \`${worker.name}\` sent ${what}, which nobody handles: ${cure}`);
  }

  sendFailed({ error }: PrimaryEvents['sendError']): void {
    this.#warner.limited(`send:${codeOf(error)}`, `A message could not be sent: ${messageOf(error)}`);
  }

  violation({ worker, reason, error }: PrimaryEvents['channelViolation']): void {
    const detail = error === undefined ? '' : `: ${messageOf(error)}`;
    this.#warner.limited(`violation:${reason}`, `Dropped what worker \`${worker.name}\` sent: ${reason}${detail}`);
  }

  stickyFailed({ error }: PrimaryEvents['stickyError']): void {
    this.#warner.limited(
      `sticky:${codeOf(error)}`,
      `A connection was not routed as \`sticky.by\` says: ${messageOf(error)}`,
    );
  }

  groupFailed({ group, exits }: PrimaryEvents['groupFailed']): void {
    const causes = exits.map(({ cause, code, signal }) => `${cause} (${signal ?? code})`).join(', ');
    const message = `Group \`${group}\` has failed and is not restarted any more, after ${exits.length} exits: ${causes}`;
    this.#warner.limited(`groupFailed:${group}`, message);
  }

  hookFailed({ name, phase, error }: PrimaryEvents['shutDownError']): void {
    this.#warner.once(`hook:${name}`, `The shutdown hook \`${name}\` failed in \`${phase}\`: ${stackOf(error)}`);
  }

  reloadFailed(error: unknown): void {
    this.#warner.limited(`reload:${codeOf(error)}`, `A reload failed: ${messageOf(error)}`);
  }

  listenerFailed({ error, event, stageName }: PrimaryEvents['error']): void {
    const message = `A subscriber of \`${event.name}\` failed at \`${stageName}\`: ${stackOf(error)}`;
    this.#warner.limited(`error:${event.name}:${stageName}:${messageOf(error)}`, message);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : describeValue(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : describeValue(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
