import { askInLanes } from './pace.js';

/** What is asked of a shared storage. */
export const storageTasks = ['peek', 'get', 'entry', 'set', 'increment', 'update'] as const;

export type StorageTask = (typeof storageTasks)[number];

/** A worker is to do a thing so many times, so many of them at once. */
export interface StorageJob {
  readonly task: StorageTask;
  readonly times: number;
  readonly inFlight: number;
}

/** What is stored: about 60 bytes of JSON. */
export interface Dish {
  readonly number: number;
  readonly table: number;
  readonly dish: string;
  readonly note: string;
}

/** A new value each time, as a program would make it. */
export function makeDish(number: number): Dish {
  return { number, table: 12, dish: 'onion soup', note: 'no salt' };
}

const places = 1000;

/** Under which name a number is stored: there are a thousand. */
export function placeOf(number: number): string {
  return `dish${number % places}`;
}

/** All names. */
export const allPlaces: readonly string[] = Array.from({ length: places }, (_, number) => placeOf(number));

/** The one that all count at. */
export const counterPlace = 'served';

/** How a side does each thing, in whatever process it does it; `peek` at once. */
export type StorageActions = {
  readonly [T in Exclude<StorageTask, 'peek'>]: (number: number) => Promise<unknown>;
} & { readonly peek: (number: number) => unknown };

/** Does what was asked for. */
export async function doJob({ task, times, inFlight }: StorageJob, actions: StorageActions): Promise<void> {
  if (task !== 'peek') return askInLanes(times, inFlight, actions[task]);

  for (let number = 0; number < times; number++) {
    if (actions.peek(number) === undefined) throw new Error(`There is no ${placeOf(number)}`);
  }
}

/** One way to share data. */
export interface StorageSide {
  /** A worker does it, unless there is none. */
  run(job: StorageJob): Promise<void>;

  /** What all processes have computed so far, in microseconds. */
  cpuTime(): Promise<number>;

  destroy(): Promise<void>;
}

/** One way to tell all workers of every change. */
export interface FanOutSide {
  /** The primary changes something so many times; resolves with how many changes each worker has seen, once it has the last. */
  fanOut(changes: number): Promise<readonly number[]>;

  destroy(): Promise<void>;
}

/** Counts changes that come in order. */
export class ChangeCounter {
  #seen = 0;
  #last = -1;

  /** Takes the next one; returns the number of those seen if it is the last. One out of order, or a second time, counts not. */
  saw({ number }: Dish, last: number): number | undefined {
    if (number > this.#last) this.#seen++;
    this.#last = number;
    if (number < last) return undefined;

    const seen = this.#seen;
    this.#seen = 0;
    this.#last = -1;
    return seen;
  }
}
