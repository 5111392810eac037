import type { Socket } from 'node:net';
import { Deferred } from '../util/deferred.js';
import { Handshakes } from './handshakes.js';
import { HttpArrivals } from './http-arrivals.js';
import { HttpConnections } from './http-connections.js';
import type { AnyServer, DrainCounts, ServerDrain, ServerDrainParts } from './server-drain.js';
import { isSecure } from './server-kind.js';

/**
 * The connections of a `node:http` or `node:https` server.
 *
 * While draining, requests are answered as before, but responses that can be the last of their connection say `Connection:
 * close`. Connections without a request are kept for `idleGrace`; upgraded ones are handed over.
 */
export class HttpDrain implements ServerDrain {
  readonly #server: AnyServer;
  readonly #http: HttpConnections;
  /** For https only. */
  readonly #handshakes: Handshakes | undefined;
  /** For http only. */
  readonly #arrivals: HttpArrivals | undefined;
  readonly #begun = new Deferred<void>();
  readonly #connected = (socket: Socket) => this.#handshakes?.add(socket);
  readonly #secured = (socket: Socket) => {
    this.#handshakes?.secured(socket);
    this.#http.adopt(socket);
  };

  constructor(parts: ServerDrainParts) {
    const { server } = parts;
    const http = new HttpConnections(parts);
    this.#server = server;
    this.#http = http;
    if (isSecure(server)) {
      this.#handshakes = new Handshakes(parts);
      server.on('connection', this.#connected);
      server.on('secureConnection', this.#secured);
    } else {
      this.#arrivals = new HttpArrivals(server, socket => http.adopt(socket));
    }
  }

  get size(): number {
    return this.#arrivals?.size ?? (this.#handshakes ?? this.#http).size;
  }

  get counts(): DrainCounts {
    const { counts } = this.#http;
    const handshakes = this.#handshakes;
    return handshakes
      ? { ...counts, connections: handshakes.connections, idle: counts.idle + handshakes.idle }
      : counts;
  }

  begin(): void {
    this.#handshakes?.begin();
    this.#arrivals?.begin();
    this.#http.begin();
    this.#begun.resolve();
  }

  async empty(): Promise<void> {
    await this.#begun.promise;
    await (this.#handshakes ?? this.#http).empty();
  }

  cut(): void {
    this.begin();
    this.#handshakes?.cut();
    this.#http.cut();
  }

  release(): void {
    this.#server.off('connection', this.#connected);
    this.#server.off('secureConnection', this.#secured);
    this.#handshakes?.release();
    this.#arrivals?.release();
    this.#http.release();
  }
}
