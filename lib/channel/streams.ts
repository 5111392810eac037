import { BackpressureError, ChannelClosedError } from '../errors/errors.js';
import { fromWireError } from '../errors/wire-error.js';
import {
  type CancelFrame,
  type CreditFrame,
  cancelFrame,
  creditFrame,
  type EndFrame,
  FrameKind,
  openFrame,
} from '../protocol/frame.js';
import { IdTable } from './id-table.js';
import { IncomingStreams } from './incoming-streams.js';
import type { Outbox } from './outbox.js';
import type { OutboxEntry } from './outbox-entry.js';
import type { ItemCheck, StreamReader, StreamSource } from './stream-reader.js';

/** A stream that is to be read here. */
export interface Opening {
  readonly reader: StreamReader;
  /** Makes the error for when the other side is gone, instead of the one that `close` was given. */
  readonly errorWhenClosed?: (() => unknown) | undefined;
  /** What becomes of each item. @default as it is */
  readonly check?: ItemCheck | undefined;
}

/** What {@link Streams} are made with. */
export interface StreamsParts {
  readonly outbox: Outbox;
  /** What is at the other end, for errors. */
  readonly peer: string;
  /** The other side sent what it may not. */
  readonly refuse: (reason: string) => void;
}

/** One stream that is read here. */
class Reading implements StreamSource {
  readonly id: number;
  readonly reader: StreamReader;
  readonly errorWhenClosed: (() => unknown) | undefined;
  /** What opens it. */
  frame: OutboxEntry | undefined = undefined;
  readonly #streams: Streams;

  constructor(id: number, { reader, errorWhenClosed }: Opening, streams: Streams) {
    this.id = id;
    this.reader = reader;
    this.errorWhenClosed = errorWhenClosed;
    this.#streams = streams;
  }

  credit(count: number): void {
    this.#streams.grant(this.id, count);
  }

  cancel(): void {
    this.#streams.leave(this.id);
  }
}

/** The streams between two processes: those that are read here, and those that are answered here. */
export class Streams {
  readonly incoming: IncomingStreams;
  readonly #readings = new IdTable<Reading>();
  readonly #parts: StreamsParts;
  #lastId = 0;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
    this.incoming = new IncomingStreams(parts.outbox);
  }

  /** How many are read here. */
  get reading(): number {
    return this.#readings.size;
  }

  /** Asks the other side for a stream, unless its reader is not there any longer. */
  open(body: unknown, opening: Opening): void {
    const { reader, check } = opening;
    if (reader.ended) return;

    this.#lastId = this.#readings.freeIdAfter(this.#lastId);
    const reading = new Reading(this.#lastId, opening, this);
    this.#readings.add(reading);
    reader.connect(reading, check);
    reading.frame = this.#parts.outbox.post(openFrame(reading.id, reader.window, body), { hold: true });
  }

  /** The reader takes so many items more. */
  grant(id: number, count: number): void {
    this.#parts.outbox.post(creditFrame(id, count));
  }

  /** The reader takes no more; the other side hears of it, unless it has not even heard of the stream. */
  leave(id: number): void {
    const reading = this.#readings.take(id);
    if (reading === undefined) return;

    const { outbox } = this.#parts;
    if (reading.frame === undefined || !outbox.withdraw(reading.frame)) outbox.post(cancelFrame(id));
  }

  /** An item has come. */
  item(id: number, value: unknown): void {
    const reading = this.#readings.get(id);
    if (reading === undefined) this.#checkLate(id);
    else if (!reading.reader.take(value)) this.#tooMany(id);
  }

  /** The other side says something else of a stream. */
  take(frame: CreditFrame | EndFrame | CancelFrame): void {
    const [kind, id] = frame;
    if (kind === FrameKind.end) this.#ended(id, frame[2]);
    else if (!this.incoming.wasOpened(id)) this.#parts.refuse('a word to a stream that was never opened');
    else if (kind === FrameKind.cancel) this.incoming.cancel(id);
    else this.incoming.grant(id, frame[2]);
  }

  /** Something has come, or not, that ends the stream: both sides hear of it. */
  fail(id: number, error: unknown): void {
    const reading = this.#readings.get(id);
    this.leave(id);
    reading?.reader.end({ reason: error });
  }

  /** The other side cannot be asked for a stream. */
  openFailed(id: number, error: unknown): void {
    this.#lose(id, error, error instanceof ChannelClosedError);
  }

  /** The other side is gone. */
  close(error: unknown): void {
    for (const { id } of [...this.#readings]) this.#lose(id, error, true);
    this.incoming.close(error);
  }

  #ended(id: number, error: object | undefined): void {
    const reading = this.#readings.take(id);
    if (reading === undefined) this.#checkLate(id);
    else reading.reader.end(error && { reason: fromWireError(error) });
  }

  #lose(id: number, error: unknown, isGone: boolean): void {
    const reading = this.#readings.take(id);
    const reason = (isGone && reading?.errorWhenClosed?.()) || error;
    reading?.reader.end({ reason });
  }

  /** Of a stream that was left, or has failed, some may still be on its way. */
  #checkLate(id: number): void {
    if (id === 0 || id > this.#lastId) this.#parts.refuse('a part of a stream that was never opened');
  }

  #tooMany(id: number): void {
    const { peer, refuse } = this.#parts;
    refuse('an item of a stream that its reader has no room for');
    const message = `${peer} sent more items of a stream than were asked for`;
    this.fail(id, new BackpressureError(message, { peer, limit: 'window' }));
  }
}
