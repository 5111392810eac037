/** The worker of `RawStorage`, in the most direct way. */
import type { RawStorageMessage } from './raw-storage.js';
import { ChangeCounter, type Dish, doJob, makeDish, placeOf, type StorageJob } from './storage-tasks.js';
import { ownCpuTime } from './throughput.js';

/** What the primary tells it. */
export type RawStorageCommand =
  | { readonly type: 'run'; readonly job: StorageJob }
  | { readonly type: 'count'; readonly last: number }
  | { readonly type: 'changed'; readonly name: string; readonly value: Dish }
  | { readonly type: 'cpuTime' };

/** What it has asked for. */
interface RawStorageAnswer {
  readonly type?: undefined;
  readonly id: number;
  readonly value?: unknown;
}

const asked = new Map<number, (value: unknown) => void>();
const counter = new ChangeCounter();
const copies = new Map<string, Dish>();
let lastId = 0;
let lastChange = 0;

function say(message: RawStorageMessage): void {
  process.send?.(message);
}

function ask(make: (id: number) => RawStorageMessage): Promise<unknown> {
  return new Promise(resolve => {
    const id = ++lastId;
    asked.set(id, resolve);
    say(make(id));
  });
}

const get = (number: number) => ask(id => ({ type: 'get', id, name: placeOf(number) }));
const set = (number: number, value = makeDish(number)) =>
  ask(id => ({ type: 'set', id, name: placeOf(number), value }));

const actions = {
  ...{ get, set, entry: get },
  peek: () => {
    throw new Error('There is nothing to look into');
  },
  increment: () => ask(id => ({ type: 'increment', id })),
  update: async (number: number) => set(number, { ...((await get(number)) as Dish), number }),
};

process.on('message', (command: RawStorageCommand | RawStorageAnswer) => {
  switch (command.type) {
    case undefined:
      asked.get(command.id)?.(command.value);
      asked.delete(command.id);
      break;
    case 'run':
      void doJob(command.job, actions).then(() => say({ type: 'done', result: 0 }));
      break;
    case 'count':
      lastChange = command.last;
      break;
    case 'changed': {
      copies.set(command.name, command.value);
      const seen = counter.saw(command.value, lastChange);
      if (seen !== undefined) say({ type: 'done', result: seen });
      break;
    }
    case 'cpuTime':
      say({ type: 'done', result: ownCpuTime() });
      break;
    default:
      command satisfies never;
  }
});
say({ type: 'ready' });
