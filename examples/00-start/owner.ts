import {
  ClusterPrimary,
  type PrimaryHandlers,
  type WorkerHandle,
  type WorkerMessageEvent,
  type WorkerRequestEvent,
} from 'phased-cluster';
import type { Shop } from './shop.js';

const prices: ReadonlyMap<string, number> = new Map([
  ['soup', 450],
  ['stew', 890],
]);

/** What a worker says about its own work when it is asked. */
export interface Takings {
  readonly name: string;
  readonly pid: number | undefined;
  readonly answers: number;
  readonly connections: number;
  readonly special: string;
}

/** Knows the prices and keeps the books. */
export class Owner extends ClusterPrimary<Shop> implements PrimaryHandlers<Shop> {
  /** Answers that workers reported by message, by their process id. */
  readonly reported = new Map<number | undefined, number>();
  messagesReceived = 0;
  messagesSent = 0;
  requestsAnswered = 0;
  requestsAsked = 0;

  _eventWorkerMessage_sold({ data: { message, worker } }: WorkerMessageEvent<Shop, 'sold'>): void {
    this.messagesReceived++;
    this.reported.set(worker.pid, (this.reported.get(worker.pid) ?? 0) + message.answers);
  }

  _eventWorkerRequest_price({ data: { message } }: WorkerRequestEvent<Shop, 'price'>): { cents: number } {
    this.requestsAnswered++;
    return { cents: prices.get(message.dish) ?? 0 };
  }

  get sellers(): readonly WorkerHandle<Shop>[] {
    return this.workers.filter(({ group }) => group === 'sellers');
  }

  /** Tells every seller what to offer from now on. */
  async announce(dish: string): Promise<void> {
    const reached = await this.send({ message: { type: 'special', dish }, to: { group: 'sellers', select: 'all' } });
    this.messagesSent += reached.length;
  }

  /** Asks every seller for its takings. */
  async collect(): Promise<readonly Takings[]> {
    return Promise.all(
      this.sellers.map(async worker => {
        const takings = await this.request({ message: { type: 'takings' }, to: worker, timeout: 5_000 });
        this.requestsAsked++;
        return { name: worker.name, pid: worker.pid, ...takings };
      }),
    );
  }
}
