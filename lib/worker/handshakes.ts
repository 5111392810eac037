import type { Socket } from 'node:net';
import { Connections } from './connections.js';
import { IdleWatch } from './idle-watch.js';
import type { ServerDrainParts } from './server-drain.js';

/**
 * The TCP connections of a TLS server, and how those are let go that speak no other protocol yet.
 *
 * A TLS socket is another object than the socket of its connection, which is there before it and closed after it.
 */
export class Handshakes {
  readonly #open = new Connections();
  /** Those on which TLS has been agreed on: whoever took the TLS socket sees to them. */
  readonly #secured = new WeakSet<object>();
  readonly #idleWatch: IdleWatch;
  #state: 'open' | 'draining' | 'cut' = 'open';
  #connections = 0;
  #idle = 0;

  constructor({ clock, idleGrace }: Pick<ServerDrainParts, 'clock' | 'idleGrace'>) {
    this.#idleWatch = new IdleWatch({
      clock,
      grace: idleGrace,
      sockets: this.#open,
      quiet: () => socket => !this.#secured.has(socket),
      idle: socket => this.#letGo(socket),
    });
  }

  /** How many TCP connections are open, whatever they speak. */
  get size(): number {
    return this.#open.size;
  }

  /** How many there were since draining began. */
  get connections(): number {
    return this.#connections;
  }

  /** How many of them were closed before TLS was agreed on. */
  get idle(): number {
    return this.#idle;
  }

  /** Takes a TCP connection that the TLS server has taken. */
  add(socket: Socket): void {
    if (!this.#open.add(socket) || this.#state === 'open') return;

    this.#connections += 1;
    if (this.#state === 'cut') this.#letGo(socket);
  }

  /** Lets go of the connection of a TLS socket, which is counted on; one that nobody added is from now on. */
  secured(socket: Socket): void {
    // Not documented, but Node goes this way from a TLS socket to the one below at each timeout.
    const parent: unknown = Reflect.get(socket, '_parent');
    if (typeof parent === 'object' && parent && this.#open.has(parent as Socket)) {
      this.#secured.add(parent);
      return;
    }
    this.#secured.add(socket);
    this.add(socket);
  }

  begin(): void {
    if (this.#state !== 'open') return;

    this.#state = 'draining';
    this.#connections = this.#open.size;
    this.#idleWatch.begin();
  }

  /** Resolves when no connection is open. */
  empty(): Promise<void> {
    return this.#open.empty();
  }

  /** Destroys each on which TLS has not been agreed on, and each that comes later. */
  cut(): void {
    this.begin();
    this.#state = 'cut';
    this.release();
    for (const socket of [...this.#open]) if (!this.#secured.has(socket)) this.#letGo(socket);
  }

  release(): void {
    this.#idleWatch.end();
  }

  #letGo(socket: Socket): void {
    this.#idle += 1;
    socket.destroy();
  }
}
