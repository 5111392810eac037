import { ClusterWorker, type PrimaryMessageEvent, type WorkerHandlers } from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class Cook extends ClusterWorker<Kitchen> implements WorkerHandlers<Kitchen> {
  async _eventPrimaryMessage_cook({ data: { message } }: PrimaryMessageEvent<Kitchen, 'cook'>): Promise<void> {
    await this.send({ message: { type: 'plated', dish: message.dish, table: message.table } });
  }
}

new Cook();
