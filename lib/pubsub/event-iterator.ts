import { Deferred } from '../util/deferred.js';
import { type TwinOptions, type TwinSource, watch } from './twins.js';

/** Events one after another: for `for await`, and disposable. */
export interface EventStream<Event> extends AsyncIterableIterator<Event, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<Event, undefined>>;
  /** Ends the subscription; what nobody asked for yet is dropped. */
  return(): Promise<IteratorResult<Event, undefined>>;
}

/**
 * The iterator twin of a listener: listens from the moment it is made, and keeps what nobody asked for yet, without a
 * limit.
 *
 * It ends when the publisher is destroyed, and rejects with the signal's reason. Leave the loop, call `return()`, or
 * abort the signal to end its subscription.
 */
export class EventIterator<Event> implements EventStream<Event> {
  /** What came, oldest first. */
  #arrived: Event[] = [];
  /** What is read next, oldest last: taking the first of a long array would cost as much as the array is long. */
  #waiting: Event[] = [];
  readonly #readers: Deferred<IteratorResult<Event, undefined>>[] = [];
  readonly #close: () => void;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(source: TwinSource, options: TwinOptions<Event> = {}) {
    this.#close = watch(source, options, {
      next: event => this.#push(event),
      fail: reason => this.#fail(reason),
      end: () => this.#end(),
    });
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    const reader = new Deferred<IteratorResult<Event, undefined>>();
    const event = this.#take();
    if (event !== undefined) reader.resolve({ done: false, value: event });
    else if (this.#failure) this.#rejectOnce(reader, this.#failure.reason);
    else if (this.#ended) reader.resolve({ done: true, value: undefined });
    else this.#readers.push(reader);
    return reader.promise;
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.#close();
    this.#drop();
    this.#failure = undefined;
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #push(event: Event): void {
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ done: false, value: event });
    else this.#arrived.push(event);
  }

  #take(): Event | undefined {
    if (this.#waiting.length === 0) {
      this.#waiting = this.#arrived.reverse();
      this.#arrived = [];
    }
    return this.#waiting.pop();
  }

  #drop(): void {
    this.#arrived = [];
    this.#waiting = [];
  }

  #fail(reason: unknown): void {
    this.#drop();
    const reader = this.#readers.shift();
    if (reader) reader.reject(reason);
    else this.#failure = { reason };
    this.#end();
  }

  /** An iterator that failed is over: who asks again is told so. */
  #rejectOnce(reader: Deferred<IteratorResult<Event, undefined>>, reason: unknown): void {
    this.#failure = undefined;
    reader.reject(reason);
  }

  #end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
  }
}
