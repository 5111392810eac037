import { createServer } from 'node:http';
import { ClusterWorker, type PrimaryMessageEvent, type ServedServer } from 'phased-cluster';
import { answersPerReport, type Shop } from './shop.js';

class Seller extends ClusterWorker<Shop> {
  readonly #server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ seller: this.name, special: this.#special, cents: this.#cents }));
    if (++this.#answers % answersPerReport === 0)
      void this.send({ message: { type: 'sold', answers: answersPerReport } });
  });
  #served: ServedServer | undefined;
  #answers = 0;
  #special = 'soup';
  #cents = 0;

  protected override async _initialize(): Promise<void> {
    const { cents } = await this.request({ message: { type: 'price', dish: this.#special } });
    this.#cents = cents;
  }

  /** Listens, and when the worker stops, answers whatever has been asked. */
  protected override _activate(): void {
    this.#served = this.serve(this.#server, { port: 0, host: '127.0.0.1' });
  }

  async _eventPrimaryMessage_special({ data: { message } }: PrimaryMessageEvent<Shop, 'special'>): Promise<void> {
    this.#special = message.dish;
    const { cents } = await this.request({ message: { type: 'price', dish: message.dish } });
    this.#cents = cents;
  }

  _eventPrimaryRequest_takings(): { answers: number; connections: number; special: string } {
    return { answers: this.#answers, connections: this.#served?.connections ?? 0, special: this.#special };
  }
}

new Seller();
