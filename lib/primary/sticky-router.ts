import type { ListenOptions, Server, Socket } from 'node:net';
import { ServeError } from '../errors/errors.js';
import { listeningAddress } from '../protocol/listening-address.js';
import type { ListeningAddress } from '../protocol/serving.js';
import type { Clock } from '../util/clock.js';
import { readHead } from './head-reader.js';
import { nativeHandle, sendable } from './native-handle.js';
import { RoutedConnection, type RoutedListener } from './routed-connection.js';
import { RoutedListeners } from './routed-listeners.js';
import { keyOf } from './sticky-connection.js';
import type { StickyOptions } from './sticky-options.js';

/** What a {@link StickyRouter} is made with. */
export interface StickyRouterParts {
  readonly options: StickyOptions;
  readonly clock: Clock;
  /** Told what went wrong without an end to anything: `by` threw, or a connection could not be accepted. */
  readonly failed: (error: unknown) => void;
  /** How long a connection waits when no worker takes it, in milliseconds; then it is closed. @default 10_000 */
  readonly holdTimeout?: number | undefined;
  /** How many may wait so; those that come then are closed at once. @default 1_024 */
  readonly maxHeld?: number | undefined;
}

/** Where a router listens. */
export interface RoutedAddress {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A unix socket, or a named pipe, instead of a port. */
  readonly path?: string | undefined;
  readonly backlog?: number | undefined;
  readonly ipv6Only?: boolean | undefined;
}

/** Milliseconds after which workers that refused a connection are asked again. */
const retryDelay = 100;

/**
 * Accepts the connections of one address in the primary, and hands each to the worker that gets all of its client's.
 *
 * Which one that is depends on the client's key and on the names of the slots alone: a worker that is replaced moves nobody,
 * and one more or less moves only those that come to it or leave it. The primary keeps a copy of each connection until a
 * worker says that it has taken it, so that none is lost with a worker; and it waits when there is none.
 */
export class StickyRouter {
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #by: NonNullable<StickyOptions['by']>;
  /** Milliseconds for a head; `undefined` when none is read. */
  readonly #headTimeout: number | undefined;
  readonly #holdTimeout: number;
  readonly #maxHeld: number;
  readonly #listeners = new RoutedListeners();
  readonly #held = new Set<RoutedConnection>();
  /** Those that have not sent their head. */
  readonly #reading = new Set<Socket>();
  #server: Server | undefined;
  #address: ListeningAddress | undefined;
  #lastNumber = 0;
  #closed = false;

  constructor({ options, clock, failed, holdTimeout = 10_000, maxHeld = 1_024 }: StickyRouterParts) {
    const { by = 'ip', readHead = false, headTimeout = 10_000 } = options;
    this.#clock = clock;
    this.#failed = failed;
    this.#by = by;
    this.#headTimeout = readHead ? headTimeout : undefined;
    this.#holdTimeout = holdTimeout;
    this.#maxHeld = maxHeld;
  }

  /** Where it listens; `undefined` before and after. */
  get address(): ListeningAddress | undefined {
    return this.#address;
  }

  /** How many connections wait because no worker takes them. */
  get held(): number {
    return this.#held.size;
  }

  /** How many workers take connections. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Begins to accept connections, once; rejects with Node's error, such as EADDRINUSE. */
  listen(address: RoutedAddress): Promise<ListeningAddress> {
    const { createServer } = process.getBuiltinModule('node:net');
    // HTTP needs connections that are open in one direction; and no byte may be read that a worker is to read.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => void this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject).listen(optionsOf(address), () => {
        server.off('error', reject).on('error', this.#failed);
        this.#address = listeningAddress(server);
        resolve(this.#address);
      });
    });
  }

  /** The listener takes connections from now on, and first of all those that wait. */
  add(listener: RoutedListener): void {
    this.#listeners.add(listener);
    for (const connection of [...this.#held]) this.#offer(connection);
  }

  /**
   * The listener gets nothing more, though what is on its way to it will be answered: resolves when it is, or when the
   * listener is lost.
   */
  remove(listener: RoutedListener): Promise<void> {
    return this.#listeners.leave(listener);
  }

  /**
   * The listener answers no more: its process is gone, and every word that it left was read. What was on its way to it goes
   * to others.
   */
  lose(listener: RoutedListener): void {
    for (const connection of this.#listeners.delete(listener)) {
      connection.deadline = undefined;
      this.#offer(connection);
    }
  }

  /** The worker's word about a connection; what was sent to it before that and is not answered did not get there. */
  taken(listener: RoutedListener, number: number, accepted: boolean): void {
    for (const earlier of this.#listeners.sentBefore(listener, number)) this.#refuse(listener, earlier);
    if (accepted) this.#listeners.arrived(listener, number)?.release();
    else this.#refuse(listener, number);
  }

  /** Accepts no more, and closes what waits; what is on its way to a worker is left to it. */
  close(): void {
    if (this.#closed) return;

    this.#closed = true;
    this.#address = undefined;
    this.#server?.close();
    for (const socket of this.#reading) socket.destroy();
    for (const connection of this.#held) connection.release();
    this.#held.clear();
  }

  async #accept(socket: Socket): Promise<void> {
    // Whoever cares for its errors is in a worker.
    socket.on('error', () => {});
    if (hasLeft(socket)) {
      socket.destroy();
      return;
    }
    let head: string | undefined;
    if (this.#headTimeout !== undefined) {
      head = await this.#readHead(socket, this.#headTimeout);
      if (head === undefined) return;
    }
    const key = keyOf(socket, head, { by: this.#by, failed: this.#failed });
    this.#offer(new RoutedConnection(socket, head, key));
  }

  async #readHead(socket: Socket, timeout: number): Promise<string | undefined> {
    this.#reading.add(socket);
    try {
      return await readHead(socket, { clock: this.#clock, timeout });
    } finally {
      this.#reading.delete(socket);
    }
  }

  /** Hands the connection to whom it belongs to; holds it if there is nobody. */
  #offer(connection: RoutedConnection): void {
    const handle = nativeHandle(connection.socket);
    if (handle === undefined) {
      this.#giveUp(connection);
      return;
    }
    const listener = this.#listeners.choose(connection);
    if (listener === undefined) {
      this.#hold(connection);
      return;
    }
    this.#held.delete(connection);
    connection.proceed();
    const number = ++this.#lastNumber;
    this.#listeners.sent(listener, number, connection);
    listener.hand(number, connection.head, sendable(handle)).catch(() => this.#refuse(listener, number));
  }

  #refuse(listener: RoutedListener, number: number): void {
    const connection = this.#listeners.arrived(listener, number);
    if (connection === undefined) return;

    connection.refused.add(listener);
    this.#offer(connection);
  }

  #hold(connection: RoutedConnection): void {
    if (this.#closed || (this.#held.size >= this.#maxHeld && !this.#held.has(connection))) {
      this.#drop(connection);
      return;
    }
    const now = this.#clock.now();
    connection.deadline ??= now + this.#holdTimeout;
    this.#held.add(connection);
    const left = connection.deadline - now;
    // Those that refused it may be full, or about to leave.
    const delay = connection.refused.size > 0 ? Math.min(left, retryDelay) : left;
    connection.wait(this.#clock.after(delay, () => this.#tryAgain(connection), { keepAlive: false }));
  }

  #tryAgain(connection: RoutedConnection): void {
    if (connection.deadline !== undefined && this.#clock.now() >= connection.deadline) {
      this.#drop(connection);
      return;
    }
    connection.refused.clear();
    this.#offer(connection);
  }

  #drop(connection: RoutedConnection): void {
    this.#held.delete(connection);
    connection.release();
  }

  #giveUp(connection: RoutedConnection): void {
    if (!connection.socket.destroyed) {
      const message = `Node ${process.versions.node} has no handle that a connection could be handed over with`;
      this.#failed(new ServeError(message, { reason: 'noHandle' }));
    }
    this.#drop(connection);
  }
}

/** Whether the client reset the connection before it was accepted; one of a unix socket has no addresses at all. */
function hasLeft({ remoteAddress, localPort }: Socket): boolean {
  return remoteAddress === undefined && localPort !== undefined;
}

/** As Node wants it: a `port` that is there, though `undefined`, would count more than a `path`. */
function optionsOf({ host, port = 0, path, backlog, ipv6Only }: RoutedAddress): ListenOptions {
  const where = path === undefined ? { host, port, ipv6Only } : { path };
  return { ...where, backlog };
}
