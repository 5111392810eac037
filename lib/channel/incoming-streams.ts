import { toWireError } from '../errors/wire-error.js';
import { endFrame, FrameKind, itemFrame, type OpenFrame } from '../protocol/frame.js';
import { IdTable } from './id-table.js';
import { IncomingStream, type StreamOutlet } from './incoming-stream.js';
import type { Outbox } from './outbox.js';

/** The end of a stream, as long as an item before it may turn out not to be sent. */
type End = [kind: typeof FrameKind.end, id: number, error?: object];

/** Room for items is mostly followed by several of them, so that they are worth gathering. */
const several = 2;

/** The streams that one other process reads. */
export class IncomingStreams implements StreamOutlet {
  readonly #open = new IdTable<IncomingStream>();
  /** Written, but not on their way. */
  readonly #ends = new Map<number, End>();
  readonly #outbox: Outbox;
  #highestId = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** How many still run, those that nobody reads any longer included. */
  get size(): number {
    return this.#open.size;
  }

  get crowded(): boolean {
    return this.#outbox.crowded;
  }

  /** Takes a stream in; `undefined` if one of this id still runs. */
  open([, id, credit, body]: OpenFrame): IncomingStream | undefined {
    if (this.#open.has(id)) return undefined;

    this.#highestId = Math.max(this.#highestId, id);
    const stream = new IncomingStream(id, { body, credit }, this);
    this.#open.add(stream);
    return stream;
  }

  /** Ends a stream that cannot even be taken in. */
  refuse(id: number, error: unknown): void {
    this.#highestId = Math.max(this.#highestId, id);
    this.#outbox.post(endFrame(id, toWireError(error)));
  }

  /** Whether this id was ever opened, as far as that can be known. */
  wasOpened(id: number): boolean {
    return id <= this.#highestId;
  }

  /** The reader takes more. A stream that has ended is no fault: its end may have crossed this on its way. */
  grant(id: number, count: number): void {
    this.#outbox.gather(several);
    this.#open.get(id)?.grant(count);
  }

  /** The reader takes no more. */
  cancel(id: number): void {
    this.#open.get(id)?.abort(undefined);
  }

  /** An item cannot be sent: whoever reads is told by the end, even if that was said, as long as it was not written. */
  itemFailed(id: number, error: unknown): void {
    const end = this.#ends.get(id);
    if (end === undefined) this.#open.get(id)?.fail(error);
    else if (end.length === 2) end.push(toWireError(error));
  }

  /** The other side is gone. */
  close(reason: unknown): void {
    for (const stream of [...this.#open]) stream.abort(reason);
  }

  uncrowded(): Promise<void> {
    return this.#outbox.uncrowded();
  }

  item({ id }: IncomingStream, value: unknown): void {
    this.#outbox.post(itemFrame(id, value));
  }

  end({ id }: IncomingStream, failure: { readonly error: unknown } | undefined): void {
    if (failure === undefined) this.#endWell(id);
    else this.#outbox.post(endFrame(id, toWireError(failure.error)));
  }

  over(stream: IncomingStream): void {
    if (this.#open.get(stream.id) === stream) this.#open.take(stream.id);
  }

  /** That items cannot be encoded may come to light only when they are written, all before the end. */
  #endWell(id: number): void {
    const end: End = [FrameKind.end, id];
    const forget = () => this.#ends.delete(id);
    this.#ends.set(id, end);
    this.#outbox.send(end).then(forget, forget);
  }
}
