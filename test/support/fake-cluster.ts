import cluster from 'node:cluster';
import { FakeWorker } from './fake-worker.js';

/** What one fork was made with. */
export interface FakeFork {
  readonly settings: object | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly worker: FakeWorker;
}

/** Until it is disposed, `node:cluster` forks fake workers. */
export class FakeCluster implements Disposable {
  readonly forks: FakeFork[] = [];
  /** Thrown by the next fork, once. */
  failure: Error | undefined;
  /** Whether the workers become ready by themselves, and end when they are asked to. */
  obedient = false;
  readonly #original = { fork: cluster.fork, setupPrimary: cluster.setupPrimary };
  #settings: object | undefined;

  constructor() {
    cluster.setupPrimary = settings => {
      this.#settings = settings;
    };
    cluster.fork = env => this.#fork(env as Readonly<Record<string, string | undefined>>).node;
  }

  [Symbol.dispose](): void {
    Object.assign(cluster, this.#original);
  }

  /** The workers that were forked, in order. */
  get workers(): readonly FakeWorker[] {
    return this.forks.map(({ worker }) => worker);
  }

  /** The worker that was forked as the `index`th, from 0. */
  worker(index: number): FakeWorker {
    const fork = this.forks[index];
    if (!fork) throw new Error(`There were only ${this.forks.length} forks`);
    return fork.worker;
  }

  #fork(env: Readonly<Record<string, string | undefined>>): FakeWorker {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;

    const worker = new FakeWorker(this.forks.length + 1);
    if (this.obedient) worker.obeys();
    this.forks.push({ settings: this.#settings, env, worker });
    return worker;
  }
}
