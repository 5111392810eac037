import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { ClusterWorker, type PrimaryMessageEvent } from 'phased-cluster';
import { answersPerReport, type Shop } from './shop.js';

/** How long a connection on which nothing happens is kept when the worker stops, in milliseconds. */
const idleGrace = 1_000;

class Seller extends ClusterWorker<Shop> {
  readonly #server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    if (this.stopping.aborted) response.setHeader('connection', 'close');
    response.end(JSON.stringify({ seller: this.name, special: this.#special, cents: this.#cents }));
    if (++this.#answers % answersPerReport === 0)
      void this.send({ message: { type: 'sold', answers: answersPerReport } });
  });
  #answers = 0;
  #connections = 0;
  #special = 'soup';
  #cents = 0;

  protected override async _initialize(): Promise<void> {
    const { cents } = await this.request({ message: { type: 'price', dish: this.#special } });
    this.#cents = cents;
    this.#server.on('connection', socket => {
      this.#connections++;
      socket.on('close', () => this.#connections--);
    });
  }

  protected override async _activate(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.onShutDown('server', 'leaveQuietly', { phase: 'unbind' });
  }

  /** Stops listening so that no client notices: whatever is asked on a connection that is open is still answered. */
  async leaveQuietly(): Promise<void> {
    const closed = once(this.#server, 'close');
    // Not the `close()` of an HTTP server, which cuts idle connections at once: a request may be on its way on one.
    NetServer.prototype.close.call(this.#server);
    await Promise.race([closed, setTimeout(idleGrace)]);
    this.#server.closeIdleConnections();
    await closed;
    // The primary hands out connections until it knows: those that it gave to us come before its answer, and go back.
    await this.request({ message: { type: 'closed' } });
  }

  async _eventPrimaryMessage_special({ data: { message } }: PrimaryMessageEvent<Shop, 'special'>): Promise<void> {
    this.#special = message.dish;
    const { cents } = await this.request({ message: { type: 'price', dish: message.dish } });
    this.#cents = cents;
  }

  _eventPrimaryRequest_takings(): { answers: number; connections: number; special: string } {
    return { answers: this.#answers, connections: this.#connections, special: this.#special };
  }
}

new Seller();
