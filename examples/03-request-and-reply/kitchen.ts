import type { Protocol } from 'phased-cluster';

/** Requests are written as functions: what is asked with, and what is answered. */
export interface Kitchen extends Protocol {
  primaryRequest: { cook(order: { dish: string }): { salted: boolean } };
  workerRequest: { pantry(item: { name: string }): { left: number } };
}
