import type { Protocol } from 'phased-cluster';

/** A request that returns an AsyncIterable is a stream: its handler is an async generator. */
export interface Kitchen extends Protocol {
  primaryRequest: { bake(order: { loaves: number }): AsyncIterable<{ loaf: number; crust: string }> };
  workerMessage: { ovenOff: object };
}
