import { once } from 'node:events';
import { createServer } from 'node:http';
import { ClusterWorker, type PrimaryMessageEvent, type WorkerHandlers } from 'phased-cluster';
import { answersPerReport, type Shop } from './shop.js';

class Seller extends ClusterWorker<Shop> implements WorkerHandlers<Shop> {
  readonly #server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
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
  }

  protected override _destroy(): void {
    this.#server.close();
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
