import type { Protocol } from 'phased-cluster';

/** A worker takes tasks of its kind from the queue until nothing is left. */
export interface Tasks extends Protocol {
  primaryRequest: { work(): { done: string[] } };
  workerRequest: { take(queue: { kind: string }): { task: string | null } };
}
