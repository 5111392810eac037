import cluster from 'node:cluster';
import { systemClock } from '../../lib/util/clock.js';
import type { ClusterWorker } from '../../lib/worker/cluster-worker.js';
import { FakeClock } from './fake-clock.js';
import { FakePrimary } from './fake-primary.js';

let copies = 0;

/**
 * Until it is disposed, this process seems to be one that a primary has forked, with such an environment; its clock stands
 * still.
 */
export class InsideWorker implements Disposable {
  readonly primary = new FakePrimary();
  readonly clock = new FakeClock();
  readonly #after = systemClock.after;
  readonly #env = { ...process.env };

  constructor(env: Readonly<Record<string, string>>) {
    Object.assign(process.env, env);
    Object.assign(cluster, { isWorker: true });
    systemClock.after = (delay, callback) => this.clock.after(delay, callback);
  }

  [Symbol.dispose](): void {
    this.primary[Symbol.dispose]();
    systemClock.after = this.#after;
    Object.assign(cluster, { isWorker: false });
    for (const name of Object.keys(process.env)) if (!(name in this.#env)) delete process.env[name];
    Object.assign(process.env, this.#env);
  }

  /** The class, which lets a process have one worker: a copy of it that has none yet. */
  async workerClass(): Promise<typeof ClusterWorker> {
    const copy = `../../lib/worker/cluster-worker.js?copy=${copies++}`;
    const module = (await import(copy)) as { readonly ClusterWorker: typeof ClusterWorker };
    return module.ClusterWorker;
  }
}
