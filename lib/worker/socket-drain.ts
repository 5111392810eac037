import type { Socket } from 'node:net';
import type { DrainCounts, ServerDrain, ServerDrainParts } from './server-drain.js';

/** Stands in until the branch with the real one is merged. */
export class SocketDrain implements ServerDrain {
  readonly #sockets = new Set<Socket>();
  readonly #parts: ServerDrainParts;
  #begun = false;
  #empty: (() => void)[] = [];
  constructor(parts: ServerDrainParts) {
    this.#parts = parts;
    parts.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0 && this.#begun) for (const done of this.#empty) done();
      });
    });
  }
  get size(): number {
    return this.#sockets.size;
  }
  get counts(): DrainCounts {
    return { connections: 0, idle: 0, handedOver: 0, cut: 0 };
  }
  begin(): void {
    this.#begun = true;
    (this.#parts.server as { closeIdleConnections?(): void }).closeIdleConnections?.();
  }
  empty(): Promise<void> {
    return this.#sockets.size === 0 ? Promise.resolve() : new Promise(resolve => this.#empty.push(resolve));
  }
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
  release(): void {}
}
