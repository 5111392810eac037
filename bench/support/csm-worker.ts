/** The worker of `CsmStorage`: `cluster-shared-memory` as its documentation says. */
import { createRequire } from 'node:module';
import type { SharedMemory } from './csm-storage.js';
import { counterPlace, type Dish, doJob, makeDish, placeOf, type StorageJob } from './storage-tasks.js';
import { ownCpuTime } from './throughput.js';

/** What the primary tells it. */
export type CsmCommand = { readonly type: 'run'; readonly job: StorageJob } | { readonly type: 'cpuTime' };

const memory: SharedMemory = createRequire(import.meta.url)('cluster-shared-memory');

/** It has no other way to change what is there without losing what others do. */
function change(key: string, next: (value: unknown) => unknown): Promise<unknown> {
  return memory.mutex(key, async () => memory.set(key, next(await memory.get(key))));
}

const actions = {
  peek: () => {
    throw new Error('There is nothing to look into');
  },
  get: (number: number) => memory.get(placeOf(number)),
  entry: (number: number) => memory.get(placeOf(number)),
  set: (number: number) => memory.set(placeOf(number), makeDish(number)),
  increment: () => change(counterPlace, served => Number(served) + 1),
  update: (number: number) => change(placeOf(number), dish => ({ ...(dish as Dish), number })),
};

process.on('message', (command: CsmCommand) => {
  if (command.type === 'run') void doJob(command.job, actions).then(() => process.send?.({ done: 0 }));
  else if (command.type === 'cpuTime') process.send?.({ done: ownCpuTime() });
});
process.send?.({ ready: true });
