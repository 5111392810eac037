import type { Socket } from 'node:net';
import { Deferred } from '../util/deferred.js';

/** Sockets, each from when it is added until it is closed. */
export class Connections<S extends Pick<Socket, 'on' | 'closed' | 'destroy'> = Socket> {
  readonly #open = new Set<S>();
  readonly #closed: (this: S) => void;
  #emptied: Deferred<void> | undefined;

  /** @param closed told of each that closed; it is no longer among those that are open. */
  constructor(closed?: (socket: S) => void) {
    const forget = (socket: S) => this.#forget(socket, closed);
    // One listener for all sockets: a closure for each would cost servers of short connections more than the set.
    this.#closed = function () {
      forget(this);
    };
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  [Symbol.iterator](): IterableIterator<S> {
    return this.#open.values();
  }

  has(socket: S): boolean {
    return this.#open.has(socket);
  }

  /** Whether it is new; one that is closed already is not taken. */
  add(socket: S): boolean {
    if (socket.closed || this.#open.has(socket)) return false;

    this.#open.add(socket);
    socket.on('close', this.#closed);
    return true;
  }

  /** Resolves when none is open, now or later. */
  async empty(): Promise<void> {
    if (this.#open.size === 0) return;

    this.#emptied ??= new Deferred();
    await this.#emptied.promise;
  }

  /** Destroys each that is open; they are open until Node has closed them, on a later tick. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #forget(socket: S, closed: ((socket: S) => void) | undefined): void {
    if (!this.#open.delete(socket)) return;

    closed?.(socket);
    if (this.#open.size > 0) return;

    this.#emptied?.resolve();
    this.#emptied = undefined;
  }
}
