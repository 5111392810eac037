import { RequestTimeoutError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import { waitOrAbort } from '../util/abortable.js';
import type { Clock } from '../util/clock.js';
import { ignorable } from '../util/ignorable.js';
import { within } from '../util/within.js';
import type { CheckedRequest, SendOrder } from './order.js';

/** Who sends and asks, once that is possible. */
export interface Mail<S> {
  send(order: SendOrder): Promise<S>;
  request<R>(order: CheckedRequest): Promise<R>;
}

/** What a {@link Lobby} is made with. */
export interface LobbyParts<S> {
  readonly clock: Clock;
  /** Resolves when it is time for the order; rejects when it never will be. */
  readonly enter: (order: SendOrder) => Promise<Mail<S>>;
  /** Told of every message that was not even on its way. */
  readonly refused: (error: unknown, message: unknown) => void;
}

/** Where messages and requests wait that come too early: in order, within their timeouts, and until they are aborted. */
export class Lobby<S> {
  readonly #parts: LobbyParts<S>;

  constructor(parts: LobbyParts<S>) {
    this.#parts = parts;
  }

  /** Sends when it is time to. The promise may be ignored: `refused` is told of a failure, but for an abort. */
  send(order: SendOrder): Promise<S> {
    return ignorable(this.#send(order));
  }

  /** Asks when it is time to; the waiting is part of the timeout. */
  async request<R>(order: CheckedRequest): Promise<R> {
    const { clock, enter } = this.#parts;
    const { timeout, signal } = order;
    const started = clock.now();
    const mail = await within(enter(order), { clock, timeout, timedOut: () => timeoutError(order), signal });
    // Whole milliseconds, since errors tell them.
    const left = Math.ceil(timeout - (clock.now() - started));
    return mail.request<R>({ ...order, timeout: Math.max(1, left) });
  }

  /** Rejects for a message that cannot be sent at all. The promise may be ignored: `refused` is told. */
  refuse(error: unknown, message: unknown): Promise<never> {
    this.#parts.refused(error, message);
    return ignorable(Promise.reject(error));
  }

  async #send(order: SendOrder): Promise<S> {
    const { message, signal } = order;
    let mail: Mail<S>;
    try {
      mail = await waitOrAbort(this.#parts.enter(order), signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      return this.refuse(error, message);
    }
    return mail.send(order);
  }
}

function timeoutError({ message, timeout }: CheckedRequest): RequestTimeoutError {
  const type = dispatchType(message);
  return new RequestTimeoutError(`\`${type}\` could not even be sent within ${timeout} ms`, { type, timeout });
}
