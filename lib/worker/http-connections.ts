import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { announceClose } from './connection-close.js';
import { Connections } from './connections.js';
import { isUpgraded, quietSockets } from './http-socket.js';
import { IdleWatch } from './idle-watch.js';
import { Pipelines } from './pipelines.js';
import { RequestGate } from './request-gate.js';
import type { DrainCounts, ServerDrainParts } from './server-drain.js';

/**
 * The HTTP/1 connections of one server, and how they are let go.
 *
 * It listens to no event: whoever owns it says which sockets are such connections, plain ones or those of TLS.
 */
export class HttpConnections {
  readonly #parts: ServerDrainParts;
  readonly #sockets = new Connections();
  readonly #pipelines: Pipelines;
  readonly #gate: RequestGate;
  readonly #idleWatch: IdleWatch;
  /** Those that are the user's. */
  readonly #handedOver = new WeakSet<Socket>();
  /** Those whose last response has been announced: what comes there later will not be answered. */
  readonly #closing = new WeakSet<Socket>();
  readonly #counts = { connections: 0, idle: 0, handedOver: 0, cut: 0 };
  #state: 'open' | 'draining' | 'cut' = 'open';

  constructor(parts: ServerDrainParts) {
    const { server, clock, idleGrace } = parts;
    this.#parts = parts;
    this.#pipelines = new Pipelines(server);
    this.#gate = new RequestGate({
      server,
      guards: socket => this.#sockets.has(socket),
      admits: (request, response) => this.#admits(request, response),
      upgraded: (socket, stream) => this.#handOver(socket, stream),
    });
    this.#idleWatch = new IdleWatch({
      clock,
      grace: idleGrace,
      sockets: this.#sockets,
      quiet: () => this.#quiet(),
      idle: socket => this.#letGo(socket),
    });
  }

  get size(): number {
    return this.#sockets.size;
  }

  get counts(): DrainCounts {
    return { ...this.#counts };
  }

  /** Takes a socket that Node's HTTP server has taken. */
  adopt(socket: Socket): void {
    if (!this.#sockets.add(socket) || this.#state === 'open') return;

    this.#counts.connections += 1;
    if (this.#state === 'cut') this.#cut([socket]);
  }

  /** From now on each is let go as soon as nothing is lost by that; once. */
  begin(): void {
    if (this.#state !== 'open') return;

    this.#state = 'draining';
    this.#counts.connections = this.#sockets.size;
    this.#gate.close();
    for (const socket of [...this.#sockets]) {
      if (socket.destroyed) continue;
      if (isUpgraded(socket)) this.#handOver(socket, socket);
      else for (const response of this.#pipelines.of(socket)) this.#prepare(response);
    }
    this.#pipelines.release();
    this.#idleWatch.begin();
  }

  /** Resolves when none is open. */
  empty(): Promise<void> {
    return this.#sockets.empty();
  }

  /** Destroys each that is left, and each that comes later. */
  cut(): void {
    this.begin();
    this.#state = 'cut';
    this.#idleWatch.end();
    this.#cut([...this.#sockets]);
  }

  /** Leaves the server alone. */
  release(): void {
    this.#idleWatch.end();
    this.#pipelines.release();
    this.#gate.open();
  }

  #admits({ socket }: IncomingMessage, response: ServerResponse): boolean {
    // Nobody would get the answer.
    if (socket.destroyed || socket.writableEnded || this.#closing.has(socket)) {
      response.req.resume();
      return false;
    }
    this.#prepare(response);
    return true;
  }

  #prepare(response: ServerResponse): void {
    announceClose(response, socket => {
      this.#closing.add(socket);
      // Node would close both directions when the response is out. A client that has sent more by then would be told that its
      // bytes were refused, and may lose the response: let it close the other direction, or the grace be over.
      if (this.#parts.idleGrace > 0) socket.destroySoon = () => void socket.end();
    });
  }

  #quiet(): (socket: Socket) => boolean {
    const isQuiet = quietSockets(this.#parts.server);
    return socket => {
      if (this.#handedOver.has(socket)) return false;
      return socket.writableEnded ? socket.writableFinished : isQuiet(socket);
    };
  }

  #handOver(socket: Socket, stream: Duplex): void {
    if (socket.destroyed || this.#handedOver.has(socket)) return;

    this.#handedOver.add(socket);
    this.#counts.handedOver += 1;
    this.#parts.handOver(stream, true);
  }

  #letGo(socket: Socket): void {
    // One that was ended is closed by that, not because it was idle.
    if (!socket.writableEnded) this.#counts.idle += 1;
    socket.destroy();
  }

  #cut(sockets: readonly Socket[]): void {
    const isQuiet = this.#quiet();
    for (const socket of sockets) {
      if (socket.destroyed) continue;
      if (!isQuiet(socket)) this.#counts.cut += 1;
      else if (!socket.writableEnded) this.#counts.idle += 1;
      socket.destroy();
    }
  }
}
