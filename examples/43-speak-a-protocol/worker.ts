import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ClusterWorker } from 'phased-cluster';

class Waiter extends ClusterWorker {
  /** When everything that was ordered on a connection has been served. */
  readonly #served = new WeakMap<object, Promise<void>>();

  protected override _activate(): void {
    // Nobody but us knows how a connection of our protocol ends.
    this.on('socketDrain', async ({ data: { socket } }) => {
      await this.#served.get(socket);
      socket.end('BYE\n');
    });
    this.serve(
      createServer(socket => this.#welcome(socket)),
      { port: 0, host: '127.0.0.1' },
    );
  }

  #welcome(socket: Socket): void {
    socket.on('error', () => {});
    socket.write(`HELLO ${process.pid}\n`);
    createInterface(socket).on('line', dish => {
      this.#served.set(socket, this.#serveDish(socket, dish));
    });
  }

  async #serveDish(socket: Socket, dish: string): Promise<void> {
    await this.#served.get(socket);
    // A roast is never done before this worker is asked to stop.
    if (dish === 'ROAST' && !this.stopping.aborted) await once(this.stopping, 'abort');
    socket.write(`HERE IS YOUR ${dish}\n`);
  }
}

new Waiter();
