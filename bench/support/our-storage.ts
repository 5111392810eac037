import { setImmediate } from 'node:timers/promises';
import { ClusterPrimary, type Protocol } from 'phased-cluster';
import { sendInBursts } from './pace.js';
import {
  allPlaces,
  type Dish,
  type FanOutSide,
  makeDish,
  placeOf,
  type StorageJob,
  type StorageSide,
} from './storage-tasks.js';
import { ownCpuTime } from './throughput.js';

/** What the processes of this library's side of `bench/storage.ts` say, and share. */
export interface StorageTraffic extends Protocol {
  primaryRequest: {
    run(job: StorageJob): void;
    /** Resolves with the number of changes seen, once the last has come; sees `watching` first. */
    count(task: { readonly last: number; readonly since: number }): number;
    cpuTime(): number;
  };
  storage: { dishes: { [name: string]: Dish }; news: { [name: string]: Dish }; served: number };
}

/** This library's side: the public API, in full. */
export class OurStorage extends ClusterPrimary<StorageTraffic> implements StorageSide, FanOutSide {
  constructor(workerCount = 1) {
    const dishes = Object.fromEntries(allPlaces.map((place, number) => [place, makeDish(number)]));
    super({
      ...{ workerCount, workerArgs: [], workerScript: new URL('./our-storage-worker.js', import.meta.url) },
      storage: { initial: { dishes, news: {}, served: 0 } },
    });
  }

  async run(job: StorageJob): Promise<void> {
    await this.request({ message: { type: 'run', ...job }, timeout: 60_000 });
  }

  async fanOut(changes: number): Promise<readonly number[]> {
    const since = (await this.storage.entry(''))?.version ?? 0;
    const counted = this.workers.map(to => {
      return this.request({ message: { type: 'count', last: changes - 1, since }, to, timeout: 60_000 });
    });
    const send = (number: number) => this.storage.set(`news.${placeOf(number)}`, makeDish(number));
    const sendAndWait = async (number: number) => {
      await send(number);
      // Where the data is, nothing has to be waited for, but others are to have their turn.
      await setImmediate();
    };
    await sendInBursts(changes, { send, sendAndWait });
    return Promise.all(counted);
  }

  async cpuTime(): Promise<number> {
    const times = await Promise.all(this.workers.map(worker => worker.request({ message: { type: 'cpuTime' } })));
    return times.reduce((sum, time) => sum + time, ownCpuTime());
  }
}
