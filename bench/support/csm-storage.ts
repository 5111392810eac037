import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { CsmCommand } from './csm-worker.js';
import { forkRaw } from './fork-raw.js';
import { allPlaces, counterPlace, makeDish, type StorageJob, type StorageSide } from './storage-tasks.js';
import { ownCpuTime } from './throughput.js';

/** What we use of `cluster-shared-memory`, which has no types. */
export interface SharedMemory {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
  /** Calls `change` while nobody else holds the lock of the key. */
  mutex(key: string, change: () => Promise<unknown>): Promise<unknown>;
}

/** The side of the package `cluster-shared-memory`. */
export class CsmStorage implements StorageSide {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** It is loaded only now, since it listens to all workers that come online afterwards. */
  static async open(): Promise<CsmStorage> {
    const memory: SharedMemory = createRequire(import.meta.url)('cluster-shared-memory');
    await Promise.all(allPlaces.map((place, number) => memory.set(place, makeDish(number))));
    await memory.set(counterPlace, 1);
    const worker = forkRaw(new URL('./csm-worker.js', import.meta.url));
    await once(worker, 'message');
    cluster.removeAllListeners('online');
    return new CsmStorage(worker);
  }

  async run(job: StorageJob): Promise<void> {
    await this.#tell({ type: 'run', job });
  }

  async cpuTime(): Promise<number> {
    return ownCpuTime() + (await this.#tell({ type: 'cpuTime' }));
  }

  async destroy(): Promise<void> {
    const gone = once(this.#worker, 'exit');
    this.#worker.disconnect();
    await gone;
  }

  #tell(command: CsmCommand): Promise<number> {
    return new Promise(resolve => {
      const take = ({ done }: { readonly done?: number }) => {
        if (done === undefined) return;

        this.#worker.off('message', take);
        resolve(done);
      };
      this.#worker.on('message', take);
      this.#worker.send(command);
    });
  }
}
