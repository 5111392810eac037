import { ClusterWorker, type PrimaryRequestEvent, type Protocol, type WorkerHandlers } from 'phased-cluster';

export interface Bank extends Protocol {
  primaryRequest: { pay(order: { from: string; to: string; amount: number }): void };
  storage: { accounts: { [owner: string]: number } };
}

class Teller extends ClusterWorker<Bank> implements WorkerHandlers<Bank> {
  async _eventPrimaryRequest_pay({ data: { message } }: PrimaryRequestEvent<Bank, 'pay'>): Promise<void> {
    const { from, to, amount } = message;
    // Both or none, and on the disk when this resolves: it would survive the end of every process, and of the power.
    await this.storage.transaction([
      { type: 'increment', path: `accounts.${from}`, by: -amount },
      { type: 'increment', path: `accounts.${to}`, by: amount },
    ]);
  }
}

new Teller();
