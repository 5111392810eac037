import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import type { Announce } from '../../lib/primary/events.js';
import { Groups } from '../../lib/primary/groups.js';
import {
  type ClusterPrimaryOptions,
  primaryDeclarations,
  type ResolvedPrimaryOptions,
} from '../../lib/primary/options.js';
import { Supervisor } from '../../lib/primary/supervisor.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { FakeClock } from './fake-clock.js';
import { FakeCluster } from './fake-cluster.js';
import { asItIs, type Told, talkInto } from './worker-process.js';

const fastRestarts = { backoff: { initial: 100, factor: 2, jitter: 0 } };

/** A supervisor of fake workers, on a clock that stands still. */
export class FakeCrew implements Disposable {
  readonly cluster = new FakeCluster();
  readonly clock = new FakeClock();
  /** What was announced, in order. */
  readonly announced: Told = [];
  /** What the workers' processes told beside their turns. */
  readonly talk: Told = [];
  /** Names of events that a subscriber prevents. */
  readonly prevented = new Set<string>();
  /** The groups with which everything ends. */
  readonly gaveUp: string[] = [];
  readonly #listeners = new Map<string, () => void>();
  readonly announce: Announce = (name, data) => {
    this.announced.push([name, data]);
    this.#listeners.get(name)?.();
    return !this.prevented.has(name);
  };
  readonly supervisor: Supervisor;

  constructor(given: ClusterPrimaryOptions = {}, spareDelay = 0) {
    const options = resolveOptions(
      {
        restart: fastRestarts,
        drainTimeout: 100,
        killTimeout: 10,
        workerArgs: ['--group'],
        heartbeat: false,
        ...given,
      },
      primaryDeclarations,
      'ClusterPrimary',
    ) as ResolvedPrimaryOptions;
    const { announce, clock } = this;
    this.supervisor = new Supervisor({
      groups: new Groups(options),
      clock,
      announce,
      spareDelay,
      gaveUp: group => void this.gaveUp.push(group),
      talk: talkInto(this.talk),
      checkedReply: asItIs,
      itemCheck: () => undefined,
    });
  }

  [Symbol.dispose](): void {
    this.cluster[Symbol.dispose]();
  }

  /** The names of what was announced. */
  get names(): readonly string[] {
    return this.announced.map(([name]) => name);
  }

  /** Calls `listener` whenever the event is announced. */
  whenTold(name: string, listener: () => void): void {
    this.#listeners.set(name, listener);
  }

  /** Forks; the workers are not ready yet. */
  fork(count = 1, name?: string, group = 'default'): Promise<WorkerHandle[]> {
    const forked = this.supervisor.fork({ group, count, name }, { env: { DISH: 'soup' }, args: ['--own'] });
    forked.catch(() => {});
    return forked;
  }

  /** Forks workers that become ready at once. */
  ready(count = 1, name?: string, group?: string): Promise<WorkerHandle[]> {
    const before = this.cluster.forks.length;
    const forked = this.fork(count, name, group);
    for (const worker of this.cluster.workers.slice(before)) worker.becomesReady();
    return forked;
  }
}

/** A crew that has, beside the group `default`, one called `api`. */
export function crewOfGroups(options: ClusterPrimaryOptions = {}): FakeCrew {
  return new FakeCrew({ groups: { api: {} }, ...options });
}
