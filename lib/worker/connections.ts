import type { Socket } from 'node:net';
import { Deferred } from '../util/deferred.js';

/** Where a list has its link to a socket: at the socket. */
interface Linked<S> extends Partial<Pick<Socket, 'on' | 'closed' | 'destroy'>> {
  [key: symbol]: Link<S> | undefined;
}

/** A socket, and its neighbours. */
interface Link<S> {
  readonly socket: S;
  previous: Link<S> | undefined;
  next: Link<S> | undefined;
}

/**
 * Sockets, each from when it is added until it is closed.
 *
 * They are a list, linked by a property of each: a Set of objects that come and go costs a server of short connections a
 * tenth of its time.
 */
export class Connections<S extends Pick<Socket, 'on' | 'closed' | 'destroy'> = Socket> implements Iterable<S> {
  /** Of this list alone: a socket may be in several. */
  readonly #link = Symbol('link');
  readonly #closed: (this: S) => void;
  #first: Link<S> | undefined;
  #size = 0;
  #emptied: Deferred<void> | undefined;

  /** @param closed told of each that closed; it is no longer among those that are open. */
  constructor(closed?: (socket: S) => void) {
    const forget = (socket: S) => this.#forget(socket, closed);
    // One listener for all sockets: a closure for each would cost servers of short connections more than the list.
    this.#closed = function () {
      forget(this);
    };
  }

  /** How many are open. */
  get size(): number {
    return this.#size;
  }

  /** Those that are open; what comes or goes meanwhile may be seen or not. */
  *[Symbol.iterator](): IterableIterator<S> {
    for (let link = this.#first; link !== undefined; link = link.next) yield link.socket;
  }

  has(socket: S): boolean {
    return this.#linkOf(socket) !== undefined;
  }

  /** Whether it is new; one that is closed already is not taken. */
  add(socket: S): boolean {
    if (socket.closed || this.has(socket)) return false;

    const link: Link<S> = { socket, previous: undefined, next: this.#first };
    if (this.#first) this.#first.previous = link;
    this.#first = link;
    this.#size++;
    (socket as Linked<S>)[this.#link] = link;
    socket.on('close', this.#closed);
    return true;
  }

  /** Resolves when none is open, now or later. */
  async empty(): Promise<void> {
    if (this.#size === 0) return;

    this.#emptied ??= new Deferred();
    await this.#emptied.promise;
  }

  /** Destroys each that is open; they are open until Node has closed them, on a later tick. */
  destroyAll(): void {
    for (const socket of this) socket.destroy();
  }

  #linkOf(socket: S): Link<S> | undefined {
    return (socket as Linked<S>)[this.#link];
  }

  #forget(socket: S, closed: ((socket: S) => void) | undefined): void {
    const link = this.#linkOf(socket);
    if (link === undefined) return;

    const { previous, next } = link;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    (socket as Linked<S>)[this.#link] = undefined;
    this.#size--;
    closed?.(socket);
    if (this.#size > 0) return;

    this.#emptied?.resolve();
    this.#emptied = undefined;
  }
}
