import type { Socket } from 'node:net';
import { afterInput, type Clock, type Timer } from '../util/clock.js';
import type { Quiet } from './http-socket.js';

/** How often sockets are looked at, in milliseconds, and at least so many times while one is kept. */
const shortestInterval = 25;
const longestInterval = 250;
const looksPerGrace = 8;

/** What an {@link IdleWatch} is made with. */
export interface IdleWatchParts {
  readonly clock: Clock;
  /** How long a socket is kept on which nothing goes on, in milliseconds. */
  readonly grace: number;
  readonly sockets: Iterable<Socket>;
  /** Asked before each look at all sockets. */
  readonly quiet: () => Quiet;
  /** Told of each socket on which nothing went on for so long. */
  readonly idle: (socket: Socket) => void;
}

interface Stillness {
  readonly since: number;
  /** Streams that are no sockets do not count them. */
  readonly bytesRead: number | undefined;
}

/**
 * Finds the sockets on which nothing goes on, by looking at all of them now and then.
 *
 * There is no event for everything that ends: a head that was never finished, an upload that nobody read.
 */
export class IdleWatch {
  readonly #parts: IdleWatchParts;
  readonly #still = new WeakMap<Socket, Stillness>();
  #timer: Timer | undefined;

  constructor(parts: IdleWatchParts) {
    this.#parts = parts;
  }

  /** Looks now, and from now on; those that are still are so since now at the earliest. */
  begin(): void {
    const { clock, grace } = this.#parts;
    const interval = Math.min(Math.max(grace / looksPerGrace, shortestInterval), longestInterval);
    this.#timer ??= clock.every(interval, () => this.#look(), { keepAlive: false });
    this.#look();
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    const { sockets, quiet, clock, grace } = this.#parts;
    const now = clock.now();
    const isQuiet = quiet();
    const due: Socket[] = [];
    for (const socket of sockets) {
      const since = this.#stillSince(socket, now, isQuiet);
      if (since !== undefined && now - since >= grace) due.push(socket);
    }
    // This process may have been busy for long, with requests waiting to be read that came in time. Twice: what is on its
    // way through the event loop just now is past the point where input is read.
    if (due.length > 0) afterInput(() => afterInput(() => this.#close(due, now)));
  }

  #close(due: readonly Socket[], now: number): void {
    // It was ended meanwhile: whoever did that sees to the sockets.
    if (!this.#timer) return;

    const { quiet, idle, grace } = this.#parts;
    const isQuiet = quiet();
    for (const socket of due) {
      const since = this.#stillSince(socket, now, isQuiet);
      if (since !== undefined && now - since >= grace && !socket.destroyed) idle(socket);
    }
  }

  #stillSince(socket: Socket, now: number, isQuiet: Quiet): number | undefined {
    if (!isQuiet(socket)) {
      this.#still.delete(socket);
      return undefined;
    }
    // What comes after this side has ended the connection counts for nothing.
    const bytesRead = socket.writableEnded ? -1 : socket.bytesRead;
    const known = this.#still.get(socket);
    // If there is more of them, something came and went between two looks.
    if (known && known.bytesRead === bytesRead) return known.since;

    this.#still.set(socket, { since: now, bytesRead });
    return now;
  }
}
