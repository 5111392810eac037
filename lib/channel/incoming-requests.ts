import type { SendHandle } from 'node:child_process';
import { toWireError } from '../errors/wire-error.js';
import { errorFrame, type Frame, replyFrame } from '../protocol/frame.js';
import { IdTable } from './id-table.js';
import { type Answerer, IncomingRequest } from './incoming-request.js';

/** The requests of one other process that are being answered. */
export class IncomingRequests implements Answerer {
  readonly #open = new IdTable<IncomingRequest>();
  readonly #post: (frame: Frame) => void;

  /** `post` sends an answer. */
  constructor(post: (frame: Frame) => void) {
    this.#post = post;
  }

  /** How many are not answered yet, aborted ones whose handler still runs included. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes a request in; `undefined` if one of this id is being answered already. */
  open(id: number, body: unknown, handle: SendHandle | undefined): IncomingRequest | undefined {
    if (this.#open.has(id)) return undefined;

    const request = new IncomingRequest(id, { body, handle }, this);
    this.#open.add(request);
    return request;
  }

  /** Nobody waits for the answer any longer. An unknown id is no fault: the answer may have crossed this on its way. */
  abort(id: number): void {
    this.#open.get(id)?.abort(undefined);
  }

  reply(request: IncomingRequest, value: unknown): void {
    this.#answer(request, () => replyFrame(request.id, value));
  }

  fail(request: IncomingRequest, error: unknown): void {
    this.#answer(request, () => errorFrame(request.id, toWireError(error)));
  }

  /** The other side is gone: aborts everything; answers go nowhere. */
  close(reason: unknown): void {
    for (const request of [...this.#open]) request.abort(reason);
  }

  #answer(request: IncomingRequest, frame: () => Frame): void {
    this.#open.take(request.id);
    if (!request.aborted) this.#post(frame());
  }
}
