import type { BackpressureError } from '../errors/errors.js';
import { Deferred } from '../util/deferred.js';
import type { Channel } from './channel.js';
import { queueFull } from './outbox-errors.js';
import type { OutboxOptions } from './outbox-options.js';

/** What is on its way to one process, how much of it there may be, and who waits for it to become less. */
export class Quota {
  readonly #channel: Channel;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #messages = 0;
  #bytes = 0;
  #waits: { readonly isOver: () => boolean; readonly over: Deferred<void> }[] = [];

  constructor(channel: Channel, { maxQueuedMessages, maxQueuedBytes }: OutboxOptions) {
    this.#channel = channel;
    this.#maxMessages = maxQueuedMessages ?? Number.POSITIVE_INFINITY;
    this.#maxBytes = maxQueuedBytes ?? Number.POSITIVE_INFINITY;
  }

  /** How many messages there are. */
  get messages(): number {
    return this.#messages;
  }

  /** Why there is no place for a message of so many bytes; `undefined` if there is. */
  refusal(bytes: number): BackpressureError | undefined {
    if (this.#messages >= this.#maxMessages) return queueFull('maxQueuedMessages', this.#channel);
    if (this.#bytes + bytes > this.#maxBytes) return queueFull('maxQueuedBytes', this.#channel);
    return undefined;
  }

  add(bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#messages--;
    this.#bytes -= bytes;
    if (this.#waits.length > 0) this.#endWaits();
  }

  /** Whether there are at least so many messages, or bytes. */
  reaches(messages: number, bytes: number): boolean {
    return this.#messages >= messages || this.#bytes >= bytes;
  }

  /** Resolves when nothing is left. */
  empty(): Promise<void> {
    return this.until(() => this.#messages === 0);
  }

  /** Resolves when at most half of what may be is: there is room for more than one message. */
  half(): Promise<void> {
    return this.until(() => this.#messages <= this.#maxMessages / 2 && this.#bytes <= this.#maxBytes / 2);
  }

  /** Resolves when the condition holds; it is asked now, and whenever something was released. */
  until(isOver: () => boolean): Promise<void> {
    const over = new Deferred<void>();
    this.#waits.push({ isOver, over });
    this.#endWaits();
    return over.promise;
  }

  #endWaits(): void {
    for (const { isOver, over } of this.#waits) if (isOver()) over.resolve();
    this.#waits = this.#waits.filter(({ over }) => !over.settled);
  }
}
