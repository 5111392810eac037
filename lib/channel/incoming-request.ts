import { WrongCallError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import { type AskedWith, IncomingCall, isAsyncIterable } from './incoming-call.js';

/** How an answer goes back, whichever it is. */
export interface Answerer {
  reply(request: IncomingRequest, value: unknown): void;
  fail(request: IncomingRequest, error: unknown): void;
}

/** A request of the other side, to be answered once. */
export class IncomingRequest extends IncomingCall {
  readonly #answerer: Answerer;
  #settled = false;

  constructor(id: number, asked: AskedWith, answerer: Answerer) {
    super(id, asked);
    this.#answerer = answerer;
  }

  /** Whether it was answered. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Answers; returns whether this was the first answer. An async iterable is a stream, which a request cannot take. */
  reply(value: unknown): boolean {
    if (isAsyncIterable(value)) return this.fail(this.#wrongCall());
    if (this.#settled) return false;

    this.#settled = true;
    this.#answerer.reply(this, value);
    return true;
  }

  fail(error: unknown): boolean {
    if (this.#settled) return false;

    this.#settled = true;
    this.#answerer.fail(this, error);
    return true;
  }

  #wrongCall(): WrongCallError {
    const type = dispatchType(this.body);
    return new WrongCallError(`\`${type}\` is answered by a stream: use \`stream()\``, { type, use: 'stream' });
  }
}
