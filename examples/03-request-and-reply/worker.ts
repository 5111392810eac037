import { ClusterWorker, type PrimaryRequestEvent, type WorkerHandlers } from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class Cook extends ClusterWorker<Kitchen> implements WorkerHandlers<Kitchen> {
  async _eventPrimaryRequest_cook({ data }: PrimaryRequestEvent<Kitchen, 'cook'>): Promise<{ salted: boolean }> {
    if (data.message.dish === 'fugu') throw new RangeError('nobody here may prepare it');

    const { left } = await this.request({ message: { type: 'pantry', name: 'salt' } });
    return { salted: left > 0 };
  }
}

new Cook();
