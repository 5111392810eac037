import type { Abortable } from '../util/abortable.js';
import { Deferred } from '../util/deferred.js';
import { whenAborted } from '../util/when-aborted.js';

/**
 * How many items may be on their way or wait to be read, unless a stream says otherwise.
 *
 * With 64, both sides mostly wait for each other: a third of the rate of messages. With 256 it is two thirds, and more gain little.
 */
export const defaultWindow = 256;

/**
 * The items of a stream, one after another: for `for await`, and disposable.
 *
 * The stream opens with the first `next()`, and nothing is sent before. Whoever has begun to read reads to the end, or leaves
 * the loop, which ends the stream on the other side too; else it stays open.
 */
export interface ItemStream<Item> extends AsyncIterableIterator<Item, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<Item, undefined>>;
  /** Ends the stream on both sides; what nobody asked for yet is dropped. */
  return(): Promise<IteratorResult<Item, undefined>>;
  /** As `return()`, and rejects with `error`. */
  throw(error: unknown): Promise<IteratorResult<Item, undefined>>;
}

/** Where the items come from. */
export interface StreamSource {
  /** So many items more are taken. */
  credit(count: number): void;
  /** Nothing more is taken. */
  cancel(): void;
}

/** What becomes of an item when it is received; throws for one that does not fit. */
export type ItemCheck = (item: unknown) => unknown;

/** What a {@link StreamReader} is made with. */
export interface StreamReaderOptions extends Abortable {
  /** How many items may be on their way or wait to be read. @default 256 */
  readonly window?: number | undefined;
  /** Finds the source, and connects the reader with it. What this throws, or rejects with, is the end of the stream. */
  readonly open: (reader: StreamReader) => void | Promise<void>;
}

type Result = IteratorResult<unknown, undefined>;
type Failure = { readonly reason: unknown };

/** The end of a stream that reads. Its memory is bounded: it asks for as many items as fit its window. */
export class StreamReader implements ItemStream<unknown> {
  readonly window: number;
  readonly #userSignal: AbortSignal | undefined;
  readonly #open: StreamReaderOptions['open'];
  readonly #asked: Deferred<Result>[] = [];
  #stopListening = () => {};
  readonly #abort = () => this.#leave({ reason: this.#userSignal?.reason });
  #items: unknown[] = [];
  #controller: AbortController | undefined;
  #source: StreamSource | undefined;
  #check: ItemCheck | undefined;
  /** How many items the source may still send. */
  #room: number;
  /** How many items were read that the source was not told of. */
  #read = 0;
  #begun = false;
  #ended = false;
  #failure: Failure | undefined;

  constructor({ window = defaultWindow, signal, open }: StreamReaderOptions) {
    this.window = window;
    this.#room = window;
    this.#userSignal = signal;
    this.#open = open;
  }

  /** Whether nothing more is taken from the source. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Aborted when nothing more is taken from the source, whatever the reason: for who still looks for one. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort();
    return this.#controller.signal;
  }

  next(): Promise<Result> {
    if (this.#items.length > 0) return Promise.resolve({ done: false, value: this.#takeOne() });

    const asked = new Deferred<Result>();
    if (this.#ended) this.#tellEnd(asked);
    else this.#asked.push(asked);
    if (!this.#begun && !this.#ended) this.#begin();
    return asked.promise;
  }

  return(): Promise<Result> {
    this.#leave(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<Result> {
    this.#leave(undefined);
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** From now on `source` is told how many items are taken. */
  connect(source: StreamSource, check: ItemCheck | undefined): void {
    this.#source = source;
    this.#check = check;
  }

  /** Takes an item from the source; returns `false` if there is no room for it, which the source knew. */
  take(item: unknown): boolean {
    if (this.#room === 0) return false;

    this.#room--;
    try {
      this.#keep(this.#check === undefined ? item : this.#check(item));
    } catch (reason) {
      this.#source?.cancel();
      this.end({ reason });
    }
    return true;
  }

  /** The source has no more. What was received is read first, then comes the reason, if the stream failed. */
  end(failure?: Failure): void {
    if (this.#ended) return;

    this.#ended = true;
    this.#source = undefined;
    this.#failure = failure;
    this.#controller?.abort();
    for (const asked of this.#asked.splice(0)) this.#tellEnd(asked);
    if (this.#items.length === 0) this.#stopListening();
  }

  #begin(): void {
    this.#begun = true;
    if (this.#userSignal?.aborted) {
      this.#abort();
      return;
    }
    if (this.#userSignal) this.#stopListening = whenAborted(this.#userSignal, this.#abort);
    void this.#find();
  }

  async #find(): Promise<void> {
    try {
      await this.#open(this);
    } catch (reason) {
      this.end({ reason });
    }
  }

  #keep(item: unknown): void {
    const asked = this.#asked.shift();
    if (asked === undefined) {
      this.#items.push(item);
      return;
    }
    asked.resolve({ done: false, value: item });
    this.#makeRoom();
  }

  #takeOne(): unknown {
    const item = this.#items.shift();
    this.#makeRoom();
    if (this.#ended && this.#items.length === 0) this.#stopListening();
    return item;
  }

  /** Not for each item: the source is told by halves of the window, so that it seldom waits and seldom hears. */
  #makeRoom(): void {
    this.#read++;
    if (this.#source === undefined || 2 * this.#read < this.window) return;

    const count = this.#read;
    this.#read = 0;
    this.#room += count;
    this.#source.credit(count);
  }

  /** Nobody reads any longer: what waits is dropped. */
  #leave(failure: Failure | undefined): void {
    const source = this.#source;
    this.#items = [];
    if (this.#ended) this.#failure = failure;
    else this.end(failure);
    this.#stopListening();
    source?.cancel();
  }

  /** A reader that failed is over: who asks again is told so. */
  #tellEnd(asked: Deferred<Result>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) asked.resolve({ done: true, value: undefined });
    else asked.reject(failure.reason);
  }
}
