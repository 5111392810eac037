import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { GroupSettings } from '../../lib/supervision/group-state.js';
import type { OperationOrder } from '../../lib/supervision/operation.js';
import { ModelCluster } from '../support/model-cluster.js';

const kinds = ['permanent', 'transient', 'temporary'] as const;
/** More runs by hand: `MODEL_RUNS=5000`. */
const { MODEL_RUNS } = process.env;
const numRuns = Number(MODEL_RUNS ?? 500);
/** Of properties that are about less. */
const fewerRuns = Number(MODEL_RUNS ?? 150);

/** What may happen to a cluster; the number picks one of several slots, processes or timers, or an amount. */
type Verb = keyof typeof steps;
type Step = readonly [Verb, number];

function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % items.length];
}

/** Calls `act` with one of the items, if there is any. */
function withOne<T>(items: readonly T[], number: number, act: (item: T) => void): void {
  const item = pick(items, number);
  if (item !== undefined) act(item);
}

function groupsOf(number: number): readonly string[] {
  return [['api'], ['jobs'], ['api', 'jobs']][number % 3] ?? [];
}

function add(cluster: ModelCluster, number: number): void {
  const group = number % 2 === 0 ? 'api' : 'jobs';
  if (cluster.reconciler.isClosed || cluster.reconciler.groupState(group) !== 'running') return;

  const ownSettings = number % 7 === 0;
  const restart = { policy: pick(kinds, Math.floor(number / 6)) };
  cluster.add({ group, count: number % 3, restart, ownSettings, retryFirstBoot: number % 5 === 0 });
}

function operate(cluster: ModelCluster, order: OperationOrder, number: number): void {
  if (!cluster.reconciler.isClosed) cluster.operate(order, number % 4 > 0);
}

function reload(cluster: ModelCluster, number: number): void {
  const stride = 1 + (number % 3);
  const stability = number % 2;
  const groups = groupsOf(number >> 2);
  const edition = cluster.nextEdition();
  operate(cluster, { kind: 'reload', groups, edition, stride, stability, rollback: number % 5 < 3 }, number);
}

/** What somebody does at the very moment when a fork is announced. */
function interrupt(cluster: ModelCluster, number: number): void {
  cluster.mischief.interrupt = slot => {
    if (number % 4 === 0) cluster.retire(slot);
    else if (number % 4 === 1) operate(cluster, { kind: 'drain', groups: groupsOf(number) }, number);
    else if (number % 4 === 2) withOne(cluster.unfinished, number, operation => cluster.abort(operation));
    else operate(cluster, { kind: 'scale', groups: [slot.group], workerCount: number % 3 }, number);
  };
}

const steps = {
  add,
  ready: (cluster: ModelCluster, number: number) =>
    withOne(
      cluster.live.filter(({ state }) => state === 'starting'),
      number,
      process => cluster.ready(process),
    ),
  readyAll: (cluster: ModelCluster) => {
    for (const process of cluster.live.filter(({ state }) => state === 'starting')) cluster.ready(process);
  },
  stopped: (cluster: ModelCluster, number: number) =>
    withOne(
      cluster.live.filter(({ state }) => state === 'stopping'),
      number,
      process => cluster.exit(process),
    ),
  crash: (cluster: ModelCluster, number: number) =>
    withOne(cluster.live, number, process => cluster.exit(process, { uptime: number * 20 })),
  hang: (cluster: ModelCluster, number: number) =>
    withOne(cluster.live, number, process => cluster.exit(process, { intent: 'hung' })),
  leave: (cluster: ModelCluster, number: number) =>
    withOne(cluster.live, number, process => cluster.exit(process, { code: 0 })),
  again: (cluster: ModelCluster, number: number) => withOne(cluster.dead, number, process => cluster.exit(process)),
  due: (cluster: ModelCluster, number: number) => withOne(cluster.timers, number, timer => cluster.fire(timer)),
  elapse: (cluster: ModelCluster, number: number) => withOne(cluster.tickets, number, each => cluster.elapse(each)),
  retire: (cluster: ModelCluster, number: number) =>
    withOne([...cluster.reconciler.slots, ...cluster.reconciler.standbys], number, slot => cluster.retire(slot)),
  retireFreed: (cluster: ModelCluster, number: number) =>
    withOne([...cluster.freed], number, slot => cluster.retire(slot)),
  vetoFork: (cluster: ModelCluster) => {
    cluster.mischief.fork = true;
  },
  vetoReplacement: (cluster: ModelCluster) => {
    cluster.mischief.replace = true;
  },
  interrupt,
  scale: (cluster: ModelCluster, number: number) => {
    const group = number % 2 === 0 ? 'api' : 'jobs';
    operate(cluster, { kind: 'scale', groups: [group], workerCount: (number >> 1) % 5 }, number);
  },
  drain: (cluster: ModelCluster, number: number) =>
    operate(cluster, { kind: 'drain', groups: groupsOf(number) }, number),
  resume: (cluster: ModelCluster, number: number) =>
    operate(cluster, { kind: 'resume', groups: groupsOf(number) }, number),
  recycle: (cluster: ModelCluster, number: number) =>
    operate(cluster, { kind: 'recycle', groups: groupsOf(number) }, number),
  recycleOne: (cluster: ModelCluster, number: number) =>
    withOne(cluster.reconciler.slots, number, slot =>
      operate(cluster, { kind: 'recycle', groups: [slot.group], slot }, number),
    ),
  reload,
  abort: (cluster: ModelCluster, number: number) => withOne(cluster.unfinished, number, each => cluster.abort(each)),
  wait: (cluster: ModelCluster, number: number) => {
    cluster.now += number;
  },
  close: (cluster: ModelCluster) => cluster.close(),
  shutDown: (cluster: ModelCluster) => cluster.shutDown(),
};

const weights: { readonly [Key in Verb]?: number } = {
  close: 0.1,
  shutDown: 0.2,
  ready: 8,
  readyAll: 4,
  stopped: 6,
  crash: 3,
  due: 4,
  elapse: 3,
  add: 3,
  reload: 3,
  scale: 2,
  abort: 2,
  resume: 2,
};

const verbs = Object.keys(steps) as Verb[];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.oneof(...verbs.map(verb => ({ weight: (weights[verb] ?? 1) * 10, arbitrary: fc.constant(verb) }))),
  fc.nat(999),
);

const settings: fc.Arbitrary<GroupSettings> = fc.record({
  startConcurrency: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
  standby: fc.nat(2),
});

interface Plan {
  readonly steps: readonly Step[];
  readonly intensity: number;
  readonly api: GroupSettings;
  readonly jobs: GroupSettings;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(step, { maxLength: 80, size: 'max' }),
  intensity: fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY),
  api: settings,
  jobs: settings,
});

function clusterOf({ intensity, api, jobs }: Plan): ModelCluster {
  return new ModelCluster({ intensity, period: 500 }, { api, jobs: { ...jobs, dependsOn: ['api'] } });
}

function take(cluster: ModelCluster, [verb, number]: Step): void {
  steps[verb](cluster, number);
  cluster.checkInvariants();
}

function checkAtRest(cluster: ModelCluster, api: GroupSettings, jobs: GroupSettings): void {
  const { reconciler } = cluster;
  for (const slot of reconciler.slots) {
    const state = reconciler.groupState(slot.group);
    if (state === 'running') expect(slot.phase).to.equal('ready');
    else expect(slot.phase).to.be.oneOf(state === 'failed' ? ['ready', 'down'] : ['down']);
    expect([slot.newcomer, slot.leaver]).to.deep.equal([undefined, undefined]);
  }
  for (const [name, { standby = 0 }] of Object.entries({ api, jobs })) checkStandbys(cluster, name, standby);
}

function checkStandbys({ reconciler, processes }: ModelCluster, name: string, wanted: number): void {
  const spare = processes.filter(({ slot, role }) => slot.group === name && role === 'standby');
  const hasPlaces = reconciler.slots.some(({ group }) => group === name);
  if (reconciler.groupState(name) !== 'running' || !hasPlaces) return;

  // Fewer after a veto, until something else happens.
  expect(spare.length).to.be.at.most(wanted);
  for (const { edition } of spare) expect(edition).to.equal(reconciler.edition(name));
}

describe('Reconciler, driven at random', () => {
  it('keeps its promises in any interleaving, and comes to rest with exactly the desired workers', () => {
    fc.assert(
      fc.property(plan, each => {
        const cluster = clusterOf(each);
        for (const one of each.steps) take(cluster, one);

        cluster.settle();

        cluster.checkInvariants();
        expect(cluster.unfinished, 'operations that never end').to.deep.equal([]);
        const { isClosed, isShuttingDown } = cluster.reconciler;
        if (!isClosed || isShuttingDown) checkAtRest(cluster, each.api, each.jobs);
      }),
      { numRuns },
    );
  });

  it('leaves nothing behind after a shutdown at any moment', () => {
    fc.assert(
      fc.property(plan, fc.array(step, { maxLength: 20 }), (each, after) => {
        const cluster = clusterOf(each);
        for (const one of each.steps) take(cluster, one);
        cluster.shutDown();
        const starts = cluster.count('fork') + cluster.count('promote');

        expect(cluster.unfinished).to.deep.equal([]);
        for (const one of after) take(cluster, one);
        cluster.settle();

        expect(cluster.count('fork') + cluster.count('promote')).to.equal(starts);
        const { slots, standbys, isIdle } = cluster.reconciler;
        expect([cluster.live, slots, standbys, isIdle]).to.deep.equal([[], [], [], true]);
      }),
      { numRuns: fewerRuns },
    );
  });

  it('fills up its spare processes whenever nobody interferes', () => {
    fc.assert(
      fc.property(plan, each => {
        const cluster = clusterOf({ ...each, intensity: Number.POSITIVE_INFINITY });
        for (const one of each.steps) if (!/^(veto|close|shutDown)/.test(one[0])) take(cluster, one);

        cluster.settle();

        for (const group of ['api', 'jobs'] as const) {
          const { standby = 0 } = each[group];
          const isUp = cluster.reconciler.groupState(group) === 'running';
          const hasPlaces = cluster.reconciler.slots.some(slot => slot.group === group);
          const ready = cluster.reconciler.standbys.filter(slot => slot.group === group && slot.phase === 'ready');
          if (isUp && hasPlaces) expect(ready.length).to.equal(standby);
        }
      }),
      { numRuns: fewerRuns },
    );
  });

  it('forks at most N + intensity times in a crash loop, fails the group once, and is idle afterwards', () => {
    const order = fc.infiniteStream(fc.nat(999));
    const counts = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.nat(8), fc.nat(2));
    fc.assert(
      fc.property(counts, order, ([count, intensity, standby], numbers) => {
        const cluster = new ModelCluster({ intensity }, { api: { standby } });
        cluster.add({ group: 'api', count, retryFirstBoot: true });

        for (const number of numbers) {
          withOne(cluster.live, number, process => cluster.exit(process));
          withOne(cluster.timers.splice(0, 1), 0, timer => cluster.fire(timer));
          if (cluster.live.length === 0 && cluster.timers.length === 0) break;
        }

        expect(cluster.count('fork')).to.be.at.most(count + standby + intensity);
        expect([cluster.count('groupFailed'), cluster.reconciler.isIdle]).to.deep.equal([1, true]);
      }),
    );
  });
});
