import { ClusterWorker, type PrimaryRequestEvent, type WorkerHandlers } from 'phased-cluster';
import type { Kitchen } from './kitchen.js';

class Oven extends ClusterWorker<Kitchen> implements WorkerHandlers<Kitchen> {
  async *_eventPrimaryRequest_bake({ data }: PrimaryRequestEvent<Kitchen, 'bake'>) {
    try {
      for (let loaf = 1; loaf <= data.message.loaves; loaf++) yield { loaf, crust: loaf % 2 ? 'golden' : 'dark' };
    } finally {
      // Also runs when the reader has left: then the signal is aborted.
      if (data.signal.aborted) await this.send({ message: { type: 'ovenOff' } });
    }
  }
}

new Oven();
