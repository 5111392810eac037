import { ClusterWorker, type PrimaryRequestEvent, type WorkerHandlers } from 'phased-cluster';
import type { StorageTraffic } from './our-storage.js';
import { ChangeCounter, type Dish, doJob, makeDish, placeOf } from './storage-tasks.js';
import { ownCpuTime } from './throughput.js';

/** The worker of `OurStorage`. */
class OurStorageWorker extends ClusterWorker<StorageTraffic> implements WorkerHandlers<StorageTraffic> {
  async _eventPrimaryRequest_run({ data }: PrimaryRequestEvent<StorageTraffic, 'run'>): Promise<void> {
    const { storage } = this;
    await storage.attach();
    await doJob(data.message, {
      peek: number => storage.peek(`dishes.${placeOf(number)}`),
      get: number => storage.get(`dishes.${placeOf(number)}`),
      entry: number => storage.entry(`dishes.${placeOf(number)}`),
      set: number => storage.set(`dishes.${placeOf(number)}`, makeDish(number)),
      increment: () => storage.increment('served'),
      update: number => storage.update(`dishes.${placeOf(number)}`, dish => ({ ...(dish as Dish), number })),
    });
  }

  async _eventPrimaryRequest_count({ data }: PrimaryRequestEvent<StorageTraffic, 'count'>): Promise<number> {
    const { last, since } = data.message;
    const counter = new ChangeCounter();
    for await (const { value } of this.storage.watch('news', { since })) {
      const seen = counter.saw(value as Dish, last);
      if (seen !== undefined) return seen;
    }
    return 0;
  }

  _eventPrimaryRequest_cpuTime(): number {
    return ownCpuTime();
  }
}

new OurStorageWorker();
