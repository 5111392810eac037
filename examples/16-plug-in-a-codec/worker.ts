import { ClusterWorker, type PrimaryRequestEvent, type WorkerHandlers } from 'phased-cluster';
import { codec } from './codec.js';
import type { Dish, Kitchen } from './kitchen.js';

class Cook extends ClusterWorker<Kitchen> implements WorkerHandlers<Kitchen> {
  _eventPrimaryRequest_double({ data: { message } }: PrimaryRequestEvent<Kitchen, 'double'>): Dish {
    const { grams, ...dish } = message.dish;
    return { ...dish, grams: new Map([...grams].map(([name, weight]) => [name, 2 * weight])) };
  }
}

// `CODEC=none` forgets it.
new Cook({ codec: process.env.CODEC === 'none' ? undefined : codec });
