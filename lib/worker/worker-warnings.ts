import { handlerName, usableType } from '../protocol/dispatch.js';
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
    this.#unhandled('primaryMessage', message, 'The primary');
  }

  unhandledOfPeer({ message, from }: WorkerEvents['peerMessageUnhandled']): void {
    this.#unhandled('peerMessage', message, `Worker \`${from.name}\``);
  }

  sendFailed({ error }: WorkerEvents['sendError']): void {
    const message = error instanceof Error ? error.message : describeValue(error);
    this.#warner.limited(`send:${message}`, `A message could not be sent: ${message}`);
  }

  violation({ reason, error, from }: WorkerEvents['channelViolation']): void {
    const detail = error instanceof Error ? `: ${error.message}` : '';
    const who = from === undefined ? 'the primary' : `worker \`${from.name}\``;
    this.#warner.limited(`violation:${reason}`, `Dropped what ${who} sent: ${reason}${detail}`);
  }

  hookFailed({ name, phase, error }: WorkerEvents['shutDownError']): void {
    this.#warner.once(`hook:${name}`, `The shutdown hook \`${name}\` failed in \`${phase}\`: ${stackOf(error)}`);
  }

  destroyFailed(error: unknown): void {
    this.#warner.once('destroy', `The worker could not be destroyed cleanly: ${stackOf(error)}`);
  }

  #unhandled(section: 'primaryMessage' | 'peerMessage', message: unknown, who: string): void {
    const type = usableType(message);
    const what = type === undefined ? 'a message without a usable `type`' : `a message of type ${describeValue(type)}`;
    const cure = type === undefined ? `subscribe to '${section}'` : `write \`${handlerName(section, type)}\``;
    const subject = section === 'primaryMessage' ? `unhandled:${type}` : `unhandledOfPeer:${type}`;
    this.#warner.once(subject, `${who} sent ${what}, which nobody handles: ${cure}`);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : describeValue(error);
}
