import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { Deferred } from '../util/deferred.js';
import { Handshakes } from './handshakes.js';
import { HttpConnections } from './http-connections.js';
import { Http2Sessions } from './http2-sessions.js';
import type { DrainCounts, ServerDrain, ServerDrainParts } from './server-drain.js';
import { isSecure } from './server-kind.js';

/**
 * The connections of a `node:http2` server, with TLS or without; those that speak HTTP/1 (`allowHTTP1`) are treated as
 * `HttpDrain` treats them.
 *
 * While draining, clients are told by GOAWAY to open no other stream; those that are open finish.
 */
export class Http2Drain implements ServerDrain {
  readonly #parts: ServerDrainParts;
  readonly #sessions: Http2Sessions;
  /** Of a secure server: its TCP connections. */
  readonly #handshakes: Handshakes | undefined;
  /** Made for the first that speaks no HTTP/2, since it listens to every HTTP/1 server of the process. */
  #http: HttpConnections | undefined;
  readonly #begun = new Deferred<void>();
  #state: 'open' | 'draining' | 'cut' = 'open';
  /** The socket on which Node is about to begin a session, unless it speaks something else. */
  #arriving: Socket | undefined;

  readonly #connected = (socket: Socket) => this.#handshakes?.add(socket);
  readonly #arrives = (socket: Socket) => {
    this.#arriving = socket;
  };
  readonly #begins = (session: ServerHttp2Session) => {
    const socket = this.#arriving;
    this.#arriving = undefined;
    if (socket) this.#sessions.adopt(socket, session);
  };
  readonly #arrived = (socket: Socket) => {
    this.#handshakes?.secured(socket);
    if (this.#handshakes && this.#arriving === socket) this.#otherProtocol.adopt(socket);
    this.#arriving = undefined;
  };

  constructor(parts: ServerDrainParts) {
    const { server } = parts;
    this.#parts = parts;
    this.#sessions = new Http2Sessions(parts);
    if (isSecure(server)) {
      this.#handshakes = new Handshakes(parts);
      server.on('connection', this.#connected);
    }
    // Node's own listener stands between these two, and begins the session.
    server.prependListener(this.#arrival, this.#arrives);
    server.on(this.#arrival, this.#arrived);
    server.on('session', this.#begins);
  }

  get size(): number {
    return (this.#handshakes ?? this.#sessions).size;
  }

  get counts(): DrainCounts {
    const { connections, idle, cut } = this.#sessions.counts;
    const http = this.#http?.counts;
    return {
      connections: this.#handshakes?.connections ?? connections,
      idle: idle + (this.#handshakes?.idle ?? 0) + (http?.idle ?? 0),
      handedOver: http?.handedOver ?? 0,
      cut: cut + (http?.cut ?? 0),
    };
  }

  begin(): void {
    if (this.#state !== 'open') return;

    this.#state = 'draining';
    this.#handshakes?.begin();
    this.#sessions.begin();
    this.#http?.begin();
    this.#begun.resolve();
  }

  async empty(): Promise<void> {
    await this.#begun.promise;
    await (this.#handshakes ?? this.#sessions).empty();
  }

  cut(): void {
    this.begin();
    this.#state = 'cut';
    this.#handshakes?.cut();
    this.#sessions.cut();
    this.#http?.cut();
  }

  release(): void {
    const { server } = this.#parts;
    server.off('connection', this.#connected);
    server.off(this.#arrival, this.#arrives);
    server.off(this.#arrival, this.#arrived);
    server.off('session', this.#begins);
    this.#handshakes?.release();
    this.#sessions.release();
    this.#http?.release();
  }

  get #arrival(): 'connection' | 'secureConnection' {
    return this.#handshakes ? 'secureConnection' : 'connection';
  }

  /** For HTTP/1, and for sockets that are the user's by the event `unknownProtocol`. */
  get #otherProtocol(): HttpConnections {
    if (this.#http) return this.#http;

    this.#http = new HttpConnections(this.#parts);
    if (this.#state !== 'open') this.#http.begin();
    if (this.#state === 'cut') this.#http.cut();
    return this.#http;
  }
}
