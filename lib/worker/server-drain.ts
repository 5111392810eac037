import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../util/clock.js';

/** A server that `serve()` takes: of `node:http`, `https`, `http2`, `tls` or `net`; all of them are `net.Server`s. */
export type AnyServer = Server;

/** What a {@link ServerDrain} is made with. */
export interface ServerDrainParts {
  readonly server: AnyServer;
  readonly clock: Clock;
  /** How long a connection on which nothing goes on is kept after draining began, in milliseconds. */
  readonly idleGrace: number;
  /**
   * Told, after draining began, of each connection whose protocol only the user knows.
   *
   * @param upgraded whether it was an HTTP connection before; else it is one of a `net` or `tls` server.
   */
  readonly handOver: (socket: Socket | Duplex, upgraded: boolean) => void;
}

/** What became of connections since draining began; see `DrainReport`. */
export interface DrainCounts {
  readonly connections: number;
  readonly idle: number;
  readonly handedOver: number;
  readonly cut: number;
}

/**
 * The connections of one server, from its first one on, and how they are let go.
 *
 * It knows nothing of listening: whoever owns it lets the server listen no more, and then begins.
 */
export interface ServerDrain {
  /** How many connections are open. */
  readonly size: number;
  /** What became of them so far. */
  readonly counts: DrainCounts;
  /** From now on no connection is kept longer than it must be. Once; connections that come in later are treated alike. */
  begin(): void;
  /** Resolves when draining has begun and no connection is open. */
  empty(): Promise<void>;
  /** Destroys every connection that is left, and each that comes in later, at once. */
  cut(): void;
  /** Listens to the server no more: whoever owns it goes on alone. */
  release(): void;
}
