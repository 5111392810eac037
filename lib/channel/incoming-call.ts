import type { SendHandle } from 'node:child_process';

/** What the other side has asked with. */
export interface AskedWith {
  readonly body: unknown;
  /** The socket or server that came with it. */
  readonly handle: SendHandle | undefined;
}

/** Something the other side asks for: a request, to be answered once, or a stream. */
export abstract class IncomingCall implements AskedWith {
  readonly id: number;
  readonly body: unknown;
  readonly handle: SendHandle | undefined;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(id: number, { body, handle }: AskedWith) {
    this.id = id;
    this.body = body;
    this.handle = handle;
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

  /** Whether the other side was told the answer, or the end. */
  abstract get settled(): boolean;

  /** Answers with what a handler returned. What takes longer than this call is over when the returned promise resolves. */
  abstract reply(value: unknown): boolean | Promise<void>;

  /** Answers with an error; returns whether that was the first answer. */
  abstract fail(error: unknown): boolean;

  /** Nobody waits for the answer any longer. It may still come; it is not sent then. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined || this.settled) return;

    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }
}

/** Whether a value is a stream of items. What can only be iterated synchronously is not. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
