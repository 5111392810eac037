import { expect } from 'chai';
import { ClusterError, ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { fixture } from './fixture.js';
import { isGone } from './processes.js';
import type { Seeded } from './seeded.js';
import { until, withDeadline } from './with-deadline.js';

const groups = ['default', 'chorus'] as const;
const settleTimeout = 90_000;

/** What may become of an operation in the turmoil of a schedule; a veto is not among it, and no mistake in an order. */
const foreseen = new Set([
  ...['CLUSTER_WORKER_BOOT', 'CLUSTER_WORKER_EXITED', 'CLUSTER_GROUP_FAILED', 'CLUSTER_GROUP_DRAINED'],
  ...['CLUSTER_RELOAD', 'CLUSTER_SHUT_DOWN', 'CLUSTER_REQUEST_TIMEOUT', 'CLUSTER_NO_WORKER'],
]);

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
  /** The reason of every abort. */
  readonly #aborted = new Error('changed my mind');
  /** What was done, for whoever looks into a failure. */
  readonly script: string[] = [];

  constructor(random: Seeded) {
    this.#random = random;
    this.#standby = random.integer(0, 1);
    const standby = this.#standby;
    const options: ClusterPrimaryOptions = {
      workerScript: fixture('actor'),
      workerSilent: true,
      workerCount: random.integer(0, 2),
      watchdog: false,
      heartbeat: { interval: 100, misses: 5 },
      readyTimeout: 10_000,
      drainTimeout: 500,
      killTimeout: 300,
      startConcurrency: random.pick([1, 2, Number.POSITIVE_INFINITY]),
      restart: { intensity: random.pick([2, 50]), backoff: { initial: 5, max: 50 } },
      groups: { chorus: { workerCount: random.integer(0, 2), dependsOn: ['default'], standby } },
    };
    this.#primary = new ClusterPrimary(options);
    this.#primary.on('groupFailed', event => void event.prevent());
    this.#primary.on('reloadError', () => {});
    this.#primary.on('error', event => void this.#surprises.push(event.data.error));
  }

  /** Resolves when everything is as it has to be, and over; rejects with what is not, and ends everything all the same. */
  async run(): Promise<void> {
    try {
      await this.#play();
    } catch (error) {
      this.script.push('', this.#primary.formatStatus());
      throw error;
    } finally {
      await withDeadline(this.#primary.destroy(), settleTimeout, 'destruction').catch(() => {});
    }
  }

  async #play(): Promise<void> {
    // A first boot may fail, when somebody kills the worker in the middle of it.
    const ready = withDeadline(this.#primary.ready, settleTimeout, 'start').then(
      () => true,
      () => false,
    );
    if (this.#random.chance(0.8)) await this.#primary.ready;
    for (let steps = this.#random.integer(3, 14); steps > 0; steps--) {
      this.#deed();
      await this.#pause();
    }
    if (this.#random.chance(0.75) && (await ready)) await this.#comeToRest();
    await this.#end();
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
      ['fork its own', () => primary.fork({ group, env: { OWN: 'yes' }, restart: { policy: this.#anyPolicy() } })],
      ['kill', () => void worker?.kill('SIGKILL')],
      ['kill', () => void worker?.kill('SIGKILL')],
      ['terminate', () => void worker?.kill('SIGTERM')],
      ['stop', () => this.#stop(worker)],
      ['exit', () => worker?.request({ message: { type: 'play', deed: 'exit' }, timeout: 5_000 })],
      ['block', () => worker?.request({ message: { type: 'play', deed: 'block' }, timeout: 5_000 })],
      [
        'ask',
        () => primary.request({ message: { type: 'play' }, to: { group, select: 'leastPending' }, timeout: 1_000 }),
      ],
      ['scale', () => primary.scale({ group, workerCount: this.#random.integer(0, 3) })],
      [
        'reload',
        () => primary.reload({ group, stride: this.#random.integer(1, 2), stability: 0, env: { ACTOR: 'new' } }),
      ],
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
    if (!done) return;

    const settled = withDeadline(done, settleTimeout, `end of: ${name} ${group}`);
    settled.catch(() => {});
    this.#promises.push(settled);
  }

  #anyPolicy(): 'permanent' | 'transient' | 'temporary' {
    return this.#random.pick(['permanent', 'transient', 'temporary']);
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
    setTimeout(() => controller.abort(this.#aborted), this.#random.integer(0, 150));
    const { signal } = controller;
    return this.#primary.reload({ group, signal, stability: 30, rollback: this.#random.chance(0.5) });
  }

  /** Everything that was asked for is settled; then the groups get a size, and have it. */
  async #comeToRest(): Promise<void> {
    await this.#settled();
    const sizes = groups.map(group => [group, this.#random.integer(0, 2)] as const);
    await withDeadline(this.#orderSizes(sizes), settleTimeout, 'order of sizes');
    await until(() => this.#isAtRest(sizes), settleTimeout, 'rest');
    for (const [group, size] of sizes) this.#checkStatus(group, size);
    await Promise.all(this.#primary.workers.map(worker => this.#checkEdition(worker)));
  }

  /** Groups that failed, or are drained, get another chance, and editions that cannot run are replaced. */
  async #orderSizes(sizes: readonly (readonly [string, number])[]): Promise<void> {
    for (const [group, workerCount] of sizes) {
      await this.#primary.scale({ group, workerCount: 0 });
      await this.#primary.resume({ group });
      await this.#primary.reload({ group, env: { ACTOR: 'last' }, stability: 0 });
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

  /** All views of a group at rest agree, and the system knows exactly these processes. */
  #checkStatus(group: string, size: number): void {
    const { groups: all, totals, state } = this.#primary.status();
    const status = all.find(({ name }) => name === group);
    expect(state).to.equal('running');
    expect(status).to.include({ state: 'running', workerCount: size, ready: size });
    const slots = status?.slots.filter(({ role }) => role === 'worker') ?? [];
    expect(slots.map(slot => slot.state)).to.deep.equal(Array(size).fill('ready'));
    expect(slots.filter(slot => slot.newcomer ?? slot.leaver ?? slot.next)).to.deep.equal([]);
    const { workers } = this.#primary;
    expect(totals).to.include({ workerCount: workers.length, ready: workers.length, pending: 0 });
    expect(workers.filter(worker => worker.group === group).map(({ name }) => name)).to.have.members(
      slots.map(({ name }) => name),
    );
    expect(workers.filter(({ pid }) => pid === undefined || isGone(pid))).to.deep.equal([]);
    expect(new Set(this.#rounds(group))).to.have.lengthOf(size);
  }

  /** As many turns as there are workers. */
  #rounds(group: string): (number | undefined)[] {
    const members = this.#primary.workers.filter(worker => worker.group === group);
    return members.map(() => this.#primary.roundRobin({ group })?.id);
  }

  async #checkEdition(worker: WorkerHandle): Promise<void> {
    const answer = await worker.request({ message: { type: 'play' }, timeout: 10_000 });
    expect(answer).to.deep.equal({ part: 'last', name: worker.name });
  }

  async #end(): Promise<void> {
    const pids = Object.values(this.#primary.workerById).flatMap(({ pid }) => pid ?? []);
    let forks = 0;
    const ended = this.#primary.destroy();
    this.#primary.on('workerFork', () => void forks++);
    await withDeadline(ended, settleTimeout, 'end of the cluster');
    await this.#settled();
    expect(pids.filter(pid => !isGone(pid))).to.deep.equal([]);
    expect(Object.values(this.#primary.workerById)).to.deep.equal([]);
    expect(this.#primary.status()).to.include({ state: 'stopped' });
    expect(forks, 'forks after the end began').to.equal(0);
  }

  async #settled(): Promise<void> {
    for (const outcome of await Promise.allSettled(this.#promises)) {
      if (outcome.status === 'rejected' && !this.#isForeseen(outcome.reason)) throw outcome.reason;
    }
  }

  #isForeseen(error: unknown): boolean {
    return error === this.#aborted || (error instanceof ClusterError && foreseen.has(error.code));
  }
}
