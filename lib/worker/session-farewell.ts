import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { afterInput, type Clock, type Timer } from '../util/clock.js';

/** How long to wait from the answer to a ping until the next one, in milliseconds. */
const pingInterval = 20;

/** So many pings are answered at least: responses that went out before the first one are not counted. */
const fewestPings = 2;

/** The highest stream there can be: no stream that exists is refused. */
const lastStreamPossible = 2 ** 31 - 1;

/** What a {@link SessionFarewell} is made with. */
export interface SessionFarewellParts {
  readonly session: ServerHttp2Session;
  readonly clock: Clock;
  /** How long to wait for a good moment, in milliseconds. */
  readonly patience: number;
  /** Told just before the session is closed. */
  readonly leaving: () => void;
}

/**
 * How the client of one HTTP/2 session is told (GOAWAY) to open no other stream, at a moment when none is on its way.
 *
 * RFC 9113 has a notice for this: a GOAWAY that refuses nothing, and a second one a round trip later. Node cannot send it: from
 * the first one on, whatever it says, nghttp2 ignores new streams, and reads nothing more from a session without streams. A
 * stream that is on its way by then is refused; that is safe, for the client knows that nobody has seen it, but Node's client
 * does not repeat it by itself. So GOAWAY goes out:
 *
 * - on a session that is still: when pings were answered and no response had gone out before them upon which the client may
 *   send another request;
 * - on one that is busy: with the request that follows upon the last such response, before it is answered. Most clients that
 *   wait for something wait for that one;
 * - at the latest when the patience is over.
 */
export class SessionFarewell {
  readonly #parts: SessionFarewellParts;
  readonly #opened = (stream: ServerHttp2Stream) => this.#streamOpened(stream);
  readonly #closed = () => this.#streamClosed();
  readonly #gone = () => this.#end();
  #open = 0;
  #state: 'open' | 'waiting' | 'said' = 'open';
  /** How many pings were answered. */
  #answers = 0;
  /** Requests that may follow upon responses that ended before the latest ping was sent, and after the one before it. */
  #owed = 0;
  /** The same of responses that have ended since. */
  #recent = 0;
  #timer: Timer | undefined;
  #nextPing: Timer | undefined;

  constructor(parts: SessionFarewellParts) {
    this.#parts = parts;
    parts.session.prependListener('stream', this.#opened);
  }

  /** How many streams are open that the client has opened. */
  get open(): number {
    return this.#open;
  }

  begin(): void {
    const { session, clock, patience } = this.#parts;
    if (this.#state !== 'open' || session.closed || session.destroyed) return;

    this.#state = 'waiting';
    session.once('close', this.#gone);
    this.#timer = clock.after(patience, () => this.#leave(), { keepAlive: false });
    this.#ping();
  }

  /** Counts no more, and closes nothing. */
  release(): void {
    const { session } = this.#parts;
    session.off('stream', this.#opened);
    session.off('close', this.#gone);
    this.#end();
  }

  #ping(): void {
    const { session } = this.#parts;
    if (!this.#waits) return;

    session.ping(error => {
      // Requests that came in one piece with the answer are read after it.
      if (!error) afterInput(() => this.#pinged());
    });
  }

  #pinged(): void {
    if (!this.#waits) return;

    this.#answers += 1;
    this.#owed = this.#recent;
    this.#recent = 0;
    if (this.#nothingOwed) this.#leave();
    else this.#nextPing = this.#parts.clock.after(pingInterval, () => this.#ping(), { keepAlive: false });
  }

  #streamOpened(stream: ServerHttp2Stream): void {
    this.#open += 1;
    stream.on('close', this.#closed);
    if (!this.#waits) return;

    if (this.#owed > 0) this.#owed -= 1;
    else if (this.#recent > 0) this.#recent -= 1;
    if (this.#nothingOwed) this.#leaveWithStream();
  }

  #streamClosed(): void {
    this.#open -= 1;
    if (this.#state === 'waiting') this.#recent += 1;
  }

  /** Its handler, which is called next, may answer at once: the client must know before it gets the answer. */
  #leaveWithStream(): void {
    this.#parts.session.goaway(0, lastStreamPossible);
    this.#end();
    // What came in one piece with it is a stream of this session, too.
    afterInput(() => this.#close());
  }

  #leave(): void {
    this.#end();
    this.#close();
  }

  #close(): void {
    const { session, leaving } = this.#parts;
    if (session.closed || session.destroyed) return;

    leaving();
    session.close();
  }

  #end(): void {
    this.#state = 'said';
    this.#timer?.cancel();
    this.#nextPing?.cancel();
  }

  get #nothingOwed(): boolean {
    return this.#answers >= fewestPings && this.#owed + this.#recent === 0;
  }

  get #waits(): boolean {
    const { session } = this.#parts;
    return this.#state === 'waiting' && !session.closed && !session.destroyed;
  }
}
