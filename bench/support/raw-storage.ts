import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { forkRaw } from './fork-raw.js';
import { sendInBursts } from './pace.js';
import type { RawStorageCommand } from './raw-storage-worker.js';
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

/** What a worker says: it asks for something, by id, or has done what it was told. */
export type RawStorageMessage =
  | { readonly type: 'get'; readonly id: number; readonly name: string }
  | { readonly type: 'set'; readonly id: number; readonly name: string; readonly value: Dish }
  | { readonly type: 'increment'; readonly id: number }
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly result: number };

/** The side of plain `node:cluster`, in the most direct way: a Map in the primary, and a message each way for each request. */
export class RawStorage implements StorageSide, FanOutSide {
  readonly #workers: readonly Worker[];
  readonly #dishes = new Map<string, Dish>(allPlaces.map((place, number) => [place, makeDish(number)]));
  #served = 0;

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    for (const worker of workers) worker.on('message', (message: RawStorageMessage) => this.#take(message, worker));
  }

  /** Forks the workers; resolves once they are ready. */
  static async open(workerCount = 1): Promise<RawStorage> {
    const script = new URL('./raw-storage-worker.js', import.meta.url);
    const workers = Array.from({ length: workerCount }, () => forkRaw(script));
    await Promise.all(workers.map(worker => once(worker, 'message')));
    return new RawStorage(workers);
  }

  async run(job: StorageJob): Promise<void> {
    await this.#tell({ type: 'run', job });
  }

  async fanOut(changes: number): Promise<readonly number[]> {
    const counted = Promise.all(this.#workers.map(worker => tell(worker, { type: 'count', last: changes - 1 })));
    const change = (number: number): RawStorageCommand => {
      const value = makeDish(number);
      this.#dishes.set(placeOf(number), value);
      return { type: 'changed', name: placeOf(number), value };
    };
    await sendInBursts(changes, {
      send: number => {
        const command = change(number);
        for (const worker of this.#workers) worker.send(command);
      },
      sendAndWait: number => {
        const command = change(number);
        const taken = (worker: Worker) => new Promise<void>(resolve => worker.send(command, () => resolve()));
        return Promise.all(this.#workers.map(taken));
      },
    });
    return counted;
  }

  async cpuTime(): Promise<number> {
    return (await this.#tell({ type: 'cpuTime' })).reduce((sum, time) => sum + time, ownCpuTime());
  }

  async destroy(): Promise<void> {
    const gone = this.#workers.map(worker => once(worker, 'exit'));
    for (const worker of this.#workers) worker.disconnect();
    await Promise.all(gone);
  }

  #tell(command: RawStorageCommand): Promise<number[]> {
    return Promise.all(this.#workers.map(worker => tell(worker, command)));
  }

  #take(message: RawStorageMessage, worker: Worker): void {
    switch (message.type) {
      case 'get':
        worker.send({ id: message.id, value: this.#dishes.get(message.name) });
        break;
      case 'set':
        this.#dishes.set(message.name, message.value);
        worker.send({ id: message.id });
        break;
      case 'increment':
        this.#served++;
        worker.send({ id: message.id, value: this.#served });
        break;
    }
  }
}

/** Resolves when the worker has done it, with what came of it. */
function tell(worker: Worker, command: RawStorageCommand): Promise<number> {
  return new Promise(resolve => {
    const take = (message: RawStorageMessage) => {
      if (message.type !== 'done') return;

      worker.off('message', take);
      resolve(message.result);
    };
    worker.on('message', take);
    worker.send(command);
  });
}
