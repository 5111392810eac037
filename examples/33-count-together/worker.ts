import { ClusterWorker, type PrimaryRequestEvent, type Protocol, type WorkerHandlers } from 'phased-cluster';

export interface Shop extends Protocol {
  primaryRequest: { sell(order: { loaves: number }): void; close(): void };
  storage: { sold: { bread: number; cake: number }; closed: string[] };
}

class Seller extends ClusterWorker<Shop> implements WorkerHandlers<Shop> {
  async _eventPrimaryRequest_sell({ data: { message } }: PrimaryRequestEvent<Shop, 'sell'>): Promise<void> {
    for (let loaf = 0; loaf < message.loaves; loaf++) await this.storage.increment('sold.bread');
  }

  async _eventPrimaryRequest_close(): Promise<void> {
    await this.storage.update('closed', names => [...(names ?? []), this.name].sort());
  }
}

new Seller();
