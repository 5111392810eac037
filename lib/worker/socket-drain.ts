import type { Socket } from 'node:net';
import { Deferred } from '../util/deferred.js';
import { Connections } from './connections.js';
import { Handshakes } from './handshakes.js';
import type { DrainCounts, ServerDrain, ServerDrainParts } from './server-drain.js';
import { isSecure } from './server-kind.js';

/**
 * The connections of a `node:net` or `node:tls` server.
 *
 * Only the user knows their protocol: while draining, each is handed over, and left alone until it is closed or cut.
 */
export class SocketDrain implements ServerDrain {
  readonly #parts: ServerDrainParts;
  readonly #sockets = new Connections();
  /** Of a TLS server: its TCP connections. */
  readonly #handshakes: Handshakes | undefined;
  readonly #begun = new Deferred<void>();
  #state: 'open' | 'draining' | 'cut' = 'open';
  #connections = 0;
  #handedOver = 0;
  #cut = 0;
  readonly #connected = (socket: Socket) => this.#handshakes?.add(socket);
  readonly #came = (socket: Socket) => this.#adopt(socket);

  constructor(parts: ServerDrainParts) {
    const { server } = parts;
    this.#parts = parts;
    if (isSecure(server)) {
      this.#handshakes = new Handshakes(parts);
      server.on('connection', this.#connected);
    }
    server.on(this.#handshakes ? 'secureConnection' : 'connection', this.#came);
  }

  get size(): number {
    return (this.#handshakes ?? this.#sockets).size;
  }

  get counts(): DrainCounts {
    const handshakes = this.#handshakes;
    return {
      connections: handshakes?.connections ?? this.#connections,
      idle: handshakes?.idle ?? 0,
      handedOver: this.#handedOver,
      cut: this.#cut,
    };
  }

  begin(): void {
    if (this.#state !== 'open') return;

    this.#state = 'draining';
    this.#connections = this.#sockets.size;
    this.#handshakes?.begin();
    for (const socket of [...this.#sockets]) this.#handOver(socket);
    this.#begun.resolve();
  }

  async empty(): Promise<void> {
    await this.#begun.promise;
    await (this.#handshakes ?? this.#sockets).empty();
  }

  cut(): void {
    this.begin();
    this.#state = 'cut';
    this.#handshakes?.cut();
    for (const socket of [...this.#sockets]) this.#destroy(socket);
  }

  release(): void {
    const { server } = this.#parts;
    server.off('connection', this.#connected);
    server.off('connection', this.#came);
    server.off('secureConnection', this.#came);
    this.#handshakes?.release();
  }

  #adopt(socket: Socket): void {
    this.#handshakes?.secured(socket);
    if (!this.#sockets.add(socket) || this.#state === 'open') return;

    this.#connections += 1;
    if (this.#state === 'cut') this.#destroy(socket);
    // The server's own listeners have their turn first, those that come after ours, too.
    else process.nextTick(() => this.#handOver(socket));
  }

  #handOver(socket: Socket): void {
    // Also one that was cut in this tick.
    if (socket.destroyed) return;

    this.#handedOver += 1;
    this.#parts.handOver(socket, false);
  }

  #destroy(socket: Socket): void {
    if (socket.destroyed) return;

    this.#cut += 1;
    socket.destroy();
  }
}
