import type { SendHandle } from 'node:child_process';
import { WrongCallError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';

/** How an answer goes back, whichever it is. */
export interface Answerer {
  reply(request: IncomingRequest, value: unknown): void;
  fail(request: IncomingRequest, error: unknown): void;
}

/** A request of the other side, to be answered once. */
export class IncomingRequest {
  readonly id: number;
  readonly body: unknown;
  /** The socket or server that came with it. */
  readonly handle: SendHandle | undefined;
  readonly #answerer: Answerer;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #settled = false;

  constructor(id: number, { body, handle }: { body: unknown; handle: SendHandle | undefined }, answerer: Answerer) {
    this.id = id;
    this.body = body;
    this.handle = handle;
    this.#answerer = answerer;
  }

  /** Aborted when nobody waits for the answer any longer. Made when first read: it costs more than the rest of a request. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  /** Whether nobody waits for the answer any longer. */
  get aborted(): boolean {
    return this.#aborted !== undefined;
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

  /** Answers with an error; returns whether this was the first answer. */
  fail(error: unknown): boolean {
    if (this.#settled) return false;

    this.#settled = true;
    this.#answerer.fail(this, error);
    return true;
  }

  /** Nobody waits for the answer any longer. It may still come; it is not sent then. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined || this.#settled) return;

    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }

  #wrongCall(): WrongCallError {
    const type = dispatchType(this.body);
    return new WrongCallError(`\`${type}\` is answered by a stream: use \`stream()\``, { type, use: 'stream' });
  }
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
