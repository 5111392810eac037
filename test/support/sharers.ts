import { expect } from 'chai';
import { ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import type { Sharing } from '../fixtures/sharer.js';
import { fixture } from './fixture.js';
import type { Step } from './sharing.js';

/** A primary whose workers use the storage as they are told to. */
export class Owner extends ClusterPrimary<Sharing> {}

export type Sharer = WorkerHandle<Sharing>;

/** One whose workers are ready. */
export function openOwner(options: ClusterPrimaryOptions<Sharing> = {}): Promise<Owner> {
  return new Owner({ workerScript: fixture('sharer'), workerCount: 1, watchdog: false, ...options }).ready;
}

/** The first workers, as many as are taken apart. */
export function sharersOf(primary: Owner): readonly [Sharer, Sharer, Sharer, Sharer] {
  // Tests take no more than they have forked.
  return primary.workers as readonly WorkerHandle[] as readonly [Sharer, Sharer, Sharer, Sharer];
}

/** What each step comes to in a worker. */
export async function run(worker: Sharer, ...steps: readonly Step[]): Promise<readonly unknown[]> {
  return worker.request({ message: { type: 'run', steps } });
}

/** What a single step comes to in a worker. */
export async function one(worker: Sharer, ...step: Step): Promise<unknown> {
  const [outcome] = await run(worker, step);
  return outcome;
}

/** Begins a watch in a worker. */
export function watchIn(worker: Sharer, name: string, path: string, options?: object): Promise<void> {
  return worker.request({ message: { type: 'watch', name, path, ...(options && { options }) } });
}

/** Resolves when a worker's replica has all that has been written; then it is the same as what the primary has. */
export async function expectSame(primary: Owner, workers: readonly Sharer[]): Promise<void> {
  const whole = primary.storage.peek('');
  for (const worker of workers) {
    const [read, peeked] = await run(worker, ['get', ''], ['peek', '']);
    expect(read).to.deep.equal(whole);
    expect(peeked).to.deep.equal(whole);
  }
}
