import { WrongCallError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import { IncomingCall, isAsyncIterable } from './incoming-call.js';

/** Where the items of a stream go, and its end. */
export interface StreamOutlet {
  /** Whether so much is on its way already that it is better to wait for {@link StreamOutlet.uncrowded}. */
  readonly crowded: boolean;
  uncrowded(): Promise<void>;
  item(stream: IncomingStream, value: unknown): void;
  /** The reader is to be told that nothing more comes, and why, if the stream failed. */
  end(stream: IncomingStream, failure: { readonly error: unknown } | undefined): void;
  /** Nothing of the stream runs any longer on this side. */
  over(stream: IncomingStream): void;
}

/** A stream that the other side has opened: what the handler iterates goes to the reader, as far as that has room. */
export class IncomingStream extends IncomingCall {
  readonly #outlet: StreamOutlet;
  #credit: number;
  #settled = false;
  #iterator: AsyncIterator<unknown> | undefined;
  #returned: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  /** `credit`: how many items the reader takes at first. */
  constructor(id: number, { body, credit }: { readonly body: unknown; readonly credit: number }, outlet: StreamOutlet) {
    super(id, { body, handle: undefined });
    this.#credit = credit;
    this.#outlet = outlet;
  }

  /** Whether the reader was told the end. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Sends what `value` iterates; the promise resolves when nothing of it runs any longer. */
  reply(value: unknown): boolean | Promise<void> {
    if (!isAsyncIterable(value)) return this.fail(this.#wrongCall());

    return this.#iterator === undefined && this.#pump(value);
  }

  /** Ends the stream with an error; returns whether it had no end before. */
  fail(error: unknown): boolean {
    const isFirst = this.#end({ error });
    if (this.#iterator === undefined) this.#outlet.over(this);
    else this.#leave();
    return isFirst;
  }

  /** The reader takes so many items more. */
  grant(count: number): void {
    this.#credit += count;
    this.#wake?.();
  }

  /** Nobody reads any longer: the iterator is left, so that its `finally` runs as soon as it can. */
  override abort(reason: unknown): void {
    if (!this.#isRead) return;

    super.abort(reason);
    this.#leave();
  }

  get #isRead(): boolean {
    return !this.#settled && !this.aborted;
  }

  async #pump(iterable: AsyncIterable<unknown>): Promise<void> {
    try {
      const iterator = iterable[Symbol.asyncIterator]();
      this.#iterator = iterator;
      if (!this.#isRead) this.#leave();
      while (this.#isRead) {
        if (this.#credit <= 0) await this.#granted();
        else if (this.#outlet.crowded) await this.#outlet.uncrowded();
        else this.#forward(await iterator.next());
      }
    } catch (error) {
      this.#end({ error });
    }
    await this.#returned;
    this.#outlet.over(this);
  }

  /** What was still awaited when the reader left goes nowhere. */
  #forward({ done, value }: IteratorResult<unknown>): void {
    if (!this.#isRead) return;
    if (done) {
      this.#end(undefined);
      return;
    }
    this.#credit--;
    this.#outlet.item(this, value);
  }

  /** Resolves when there may be room again, or nobody reads any longer. */
  #granted(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve;
    });
  }

  #end(failure: { readonly error: unknown } | undefined): boolean {
    if (this.#settled) return false;

    this.#settled = true;
    if (!this.aborted) this.#outlet.end(this, failure);
    return true;
  }

  /** At once, also while the iterator is awaited: a generator then ends at its next `yield`, others may end right away. */
  #leave(): void {
    if (this.#iterator !== undefined) this.#returned ??= leave(this.#iterator);
    this.#wake?.();
  }

  #wrongCall(): WrongCallError {
    const type = dispatchType(this.body);
    return new WrongCallError(`\`${type}\` is not answered by a stream: use \`request()\``, { type, use: 'request' });
  }
}

async function leave(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Nobody is there to be told.
  }
}
