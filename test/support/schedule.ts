import { expect } from 'chai';
import { ClusterError, ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { fixture } from './fixture.js';
import { isGone } from './processes.js';
import type { Seeded } from './seeded.js';
import { until, withDeadline } from './with-deadline.js';

const groups = ['default', 'chorus'] as const;
const settleTimeout = 30_000;

/** What the tests of an operation may reject with, in the turmoil of a schedule: our own errors, and the abort. */
function isForeseen(error: unknown): boolean {
  return error instanceof ClusterError || (error instanceof Error && error.name === 'AbortError');
}

/**
 * One cluster of real processes that goes through random deeds at random moments, then comes to rest.
 *
 * Whatever happened, in the end there are exactly the workers that are wanted, or none, and every promise is settled.
 */
export class Schedule {
  readonly #random: Seeded;
  readonly #primary: ClusterPrimary;
  readonly #promises: Promise<unknown>[] = [];
  readonly #surprises: unknown[] = [];
  readonly #standby: number;
  /** What was done, for whoever looks into a failure. */
  readonly script: string[] = [];
  #isOver = false;

  constructor(random: Seeded) {
    this.#random = random;
    this.#standby = random.integer(0, 1);
    const standby = this.#standby;
    const options: ClusterPrimaryOptions = {
      workerScript: fixture('actor'),
      workerSilent: true,
      workerCount: random.integer(0, 2),
      watchdog: false,
      heartbeat: { interval: 60, misses: 4 },
      readyTimeout: 2_000,
      drainTimeout: 500,
      killTimeout: 300,
      startConcurrency: random.pick([1, 2, Number.POSITIVE_INFINITY]),
      restart: { intensity: random.pick([2, 50]), backoff: { initial: 5, max: 50 } },
      groups: { chorus: { workerCount: random.integer(0, 2), dependsOn: ['default'], standby } },
    };
    this.#primary = new ClusterPrimary(options);
    this.#primary.on('groupFailed', event => void event.prevent());
    this.#primary.on('error', event => void this.#surprises.push(event.data.error));
  }

  /** Resolves when everything is as it has to be; rejects with what is not. */
  async run(): Promise<void> {
    // A first boot may fail, when somebody kills the worker in the middle of it.
    this.#promises.push(this.#primary.ready);
    if (this.#random.chance(0.8)) await this.#primary.ready;
    for (let steps = this.#random.integer(3, 14); steps > 0; steps--) {
      this.#deed();
      await this.#pause();
    }
    if (this.#random.chance(0.25)) await this.#end();
    else await this.#comeToRest();
    expect(this.#surprises).to.deep.equal([]);
  }

  /** Part of what is injected: things happen at any moment of others. */
  #pause(): Promise<void> {
    const delay = this.#random.pick([0, 0, 5, 20, 60, 150]);
    return new Promise(resolve => setTimeout(resolve, this.#random.integer(0, delay)));
  }

  #deed(): void {
    const group = this.#random.pick(groups);
    const primary = this.#primary;
    const worker = this.#anyone();
    const deeds: [string, () => Promise<unknown> | undefined][] = [
      ['fork', () => primary.fork({ group })],
      ['kill', () => void worker?.kill('SIGKILL')],
      ['kill', () => void worker?.kill('SIGKILL')],
      ['terminate', () => void worker?.kill('SIGTERM')],
      ['stop', () => this.#stop(worker)],
      ['exit', () => worker?.request({ message: { type: 'play', deed: 'exit' }, timeout: 5_000 })],
      ['block', () => worker?.request({ message: { type: 'play', deed: 'block' }, timeout: 5_000 })],
      [
        'ask',
        () => primary.request({ message: { type: 'play' }, to: { group, select: 'leastPending' }, timeout: 5_000 }),
      ],
      ['scale', () => primary.scale({ group, workerCount: this.#random.integer(0, 3) })],
      ['reload', () => primary.reload({ group, stride: this.#random.integer(1, 2), stability: 0 })],
      ['reload all', () => primary.reload({ stability: this.#random.integer(0, 30) })],
      ['reload badly', () => this.#reloadBadly(group)],
      ['reload and abort', () => this.#reloadAndAbort(group)],
      ['recycle', () => primary.recycle({ group })],
      ['recycle one', () => worker?.recycle()],
      ['drain', () => primary.drain({ group })],
      ['resume', () => primary.resume({ group })],
      ['drain and resume', () => Promise.all([primary.drain({ group }), primary.resume({ group })])],
      ['destroy one', () => worker?.destroy()],
    ];
    const [name, act] = this.#random.pick(deeds as [(typeof deeds)[number], ...typeof deeds]);
    this.script.push(`${name} ${group} ${worker ?? ''}`);
    const done = act();
    if (done) this.#promises.push(done);
    done?.catch(() => {});
  }

  #anyone(): WorkerHandle | undefined {
    const all = Object.values(this.#primary.workerById);
    return all[this.#random.integer(0, Math.max(0, all.length - 1))];
  }

  #stop(worker: WorkerHandle | undefined): undefined {
    if (!worker?.pid || worker.state !== 'ready') return;

    worker.kill('SIGSTOP');
  }

  #reloadBadly(group: string): Promise<unknown> {
    const ACTOR = this.#random.pick(['throws', 'leaves']);
    return this.#primary.reload({ group, env: { ACTOR }, stability: 60, rollback: this.#random.chance(0.5) });
  }

  #reloadAndAbort(group: string): Promise<unknown> {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), this.#random.integer(0, 150));
    const { signal } = controller;
    return this.#primary.reload({ group, signal, stability: 30, rollback: this.#random.chance(0.5) });
  }

  /** Everything that was asked for is settled; then the groups get a size, and have it. */
  async #comeToRest(): Promise<void> {
    await this.#settled();
    const primary = this.#primary;
    const sizes = groups.map(group => [group, this.#random.integer(0, 2)] as const);
    await withDeadline(this.#orderSizes(sizes), settleTimeout, 'rest');
    await until(() => this.#isAtRest(sizes), settleTimeout, `rest; live: ${Object.values(primary.workerById)}`);
    const wanted = sizes.reduce((sum, [, size]) => sum + size, 0);
    expect(primary.workers).to.have.lengthOf(wanted);
    expect(new Set(primary.workers.map(({ name }) => name))).to.have.lengthOf(wanted);
    await this.#end();
  }

  /** Groups that failed, or are drained, get another chance, and editions that cannot run are replaced. */
  async #orderSizes(sizes: readonly (readonly [string, number])[]): Promise<void> {
    for (const [group, workerCount] of sizes) {
      await this.#primary.scale({ group, workerCount: 0 });
      await this.#primary.resume({ group });
      await this.#primary.reload({ group, env: { ACTOR: undefined }, stability: 0 });
      await this.#primary.scale({ group, workerCount });
    }
  }

  /** Every group has the workers that it should have, and spare ones; where there are no workers spare ones may remain. */
  #isAtRest(sizes: readonly (readonly [string, number])[]): boolean {
    const live = Object.values(this.#primary.workerById);
    return sizes.every(([group, size]) => {
      const states = live.filter(worker => worker.group === group).map(({ state }) => state);
      const spare = states.filter(state => state === 'standby').length;
      const wanted = group === 'chorus' ? this.#standby : 0;
      const isReady = states.filter(state => state === 'ready').length === size && states.length === size + spare;
      return isReady && (spare === wanted || (size === 0 && spare < wanted));
    });
  }

  async #end(): Promise<void> {
    if (this.#isOver) return;

    this.#isOver = true;
    const pids = Object.values(this.#primary.workerById).flatMap(({ pid }) => pid ?? []);
    await withDeadline(this.#primary.destroy(), settleTimeout, 'end of the cluster');
    await this.#settled();
    for (const pid of pids) expect(isGone(pid), `process ${pid}`).to.equal(true);
    expect(Object.values(this.#primary.workerById)).to.deep.equal([]);
  }

  async #settled(): Promise<void> {
    const outcomes = await withDeadline(
      Promise.allSettled(this.#promises),
      settleTimeout,
      'settling of all operations',
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected' && !isForeseen(outcome.reason)) throw outcome.reason;
    }
  }
}
