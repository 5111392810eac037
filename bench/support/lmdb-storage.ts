import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import {
  allPlaces,
  counterPlace,
  type Dish,
  doJob,
  makeDish,
  placeOf,
  type StorageJob,
  type StorageSide,
} from './storage-tasks.js';
import { ownCpuTime } from './throughput.js';

/** The side of LMDB, called directly, in this process: nobody has to be asked, but what is written is on the disk. */
export class LmdbStorage implements StorageSide {
  readonly #folder: string;
  readonly #database: RootDatabase<unknown, string>;

  private constructor(folder: string) {
    this.#folder = folder;
    // A promise then resolves when it is on the disk.
    this.#database = open({ path: path.join(folder, 'data'), overlappingSync: false });
  }

  static async open(): Promise<LmdbStorage> {
    const side = new LmdbStorage(await mkdtemp(path.join(tmpdir(), 'bench-storage-')));
    await Promise.all(allPlaces.map((place, number) => side.#database.put(place, makeDish(number))));
    return side;
  }

  run(job: StorageJob): Promise<void> {
    const database = this.#database;
    const change = (name: string, next: (value: unknown) => unknown) => {
      return database.transaction(() => database.put(name, next(database.get(name))));
    };
    return doJob(job, {
      peek: number => database.get(placeOf(number)),
      get: async number => database.get(placeOf(number)),
      entry: async number => database.getEntry(placeOf(number)),
      set: number => database.put(placeOf(number), makeDish(number)),
      increment: () => change(counterPlace, served => Number(served ?? 0) + 1),
      update: number => change(placeOf(number), dish => ({ ...(dish as Dish), number })),
    });
  }

  async cpuTime(): Promise<number> {
    return ownCpuTime();
  }

  async destroy(): Promise<void> {
    await this.#database.close();
    await rm(this.#folder, { recursive: true });
  }
}
