import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ModelCluster } from '../support/model-cluster.js';

const kinds = ['permanent', 'transient', 'temporary'] as const;

/** What may happen to a cluster; the number picks one of several slots, processes or timers. */
type Step = readonly [
  'add' | 'ready' | 'crash' | 'leave' | 'again' | 'due' | 'retire' | 'drop' | 'resume' | 'wait' | 'shutDown',
  number,
];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.oneof(
    { weight: 1, arbitrary: fc.constant('shutDown' as const) },
    {
      weight: 40,
      arbitrary: fc.constantFrom(
        'add',
        'ready',
        'crash',
        'crash',
        'leave',
        'again',
        'due',
        'retire',
        'drop',
        'resume',
        'wait',
      ),
    },
  ),
  fc.nat(999),
);

function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % items.length];
}

function add(cluster: ModelCluster, number: number): void {
  const group = number % 2 === 0 ? 'api' : 'jobs';
  if (cluster.reconciler.isShuttingDown || cluster.reconciler.hasFailed(group)) return;

  cluster.add({ group, count: number % 3, restart: { policy: pick(kinds, number) }, retryFirstBoot: number % 5 === 0 });
}

/** Calls `act` with one of the items, if there is any. */
function withOne<T>(items: readonly T[], number: number, act: (item: T) => void): void {
  const item = pick(items, number);
  if (item !== undefined) act(item);
}

function take(cluster: ModelCluster, [verb, number]: Step): void {
  const steps: Record<Step[0], () => void> = {
    add: () => add(cluster, number),
    ready: () => withOne(cluster.live, number, process => cluster.ready(process)),
    crash: () => withOne(cluster.live, number, process => cluster.exit(process)),
    leave: () => withOne(cluster.live, number, process => cluster.exit(process, { code: 0 })),
    again: () => withOne(cluster.dead, number, process => cluster.exit(process)),
    due: () => withOne(cluster.due, number, timer => cluster.fire(timer)),
    retire: () => withOne([...cluster.given], number, slot => cluster.retire(slot)),
    drop: () => withOne(cluster.reconciler.slots, number, slot => cluster.drop(slot)),
    resume: () => cluster.resume(number % 2 === 0 ? 'api' : 'jobs'),
    wait: () => {
      cluster.now += number;
    },
    shutDown: () => cluster.shutDown(),
  };
  steps[verb]();
}

describe('Reconciler, driven at random', () => {
  it('keeps its promises in any interleaving, and comes to rest', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat(4), (steps, intensity) => {
        const cluster = new ModelCluster({ intensity, period: 500 });
        for (const each of steps) {
          take(cluster, each);
          cluster.checkInvariants();
        }

        cluster.settle();

        cluster.checkInvariants();
        for (const { phase, group } of cluster.reconciler.slots) {
          expect(phase).to.equal(cluster.reconciler.hasFailed(group) && phase === 'down' ? 'down' : 'ready');
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves nothing behind after a shutdown at any moment', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 20 }), (before, after) => {
        const cluster = new ModelCluster({ intensity: 2 });
        for (const each of before) take(cluster, each);
        cluster.shutDown();
        const forks = cluster.count('fork');

        for (const each of after) take(cluster, each);
        cluster.settle();

        expect([cluster.count('fork') - forks, cluster.live, cluster.reconciler.slots]).to.deep.equal([0, [], []]);
        expect(cluster.reconciler.isIdle).to.equal(true);
      }),
    );
  });

  it('forks at most N + intensity times in a crash loop, fails the group once, and is idle afterwards', () => {
    const order = fc.infiniteStream(fc.nat(999));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(8), order, (count, intensity, numbers) => {
        const cluster = new ModelCluster({ intensity });
        cluster.add({ group: 'api', count, retryFirstBoot: true });

        for (const number of numbers) {
          withOne(cluster.live, number, process => cluster.exit(process));
          withOne(cluster.due.splice(0, 1), 0, timer => cluster.fire(timer));
          if (cluster.live.length === 0 && cluster.due.length === 0) break;
        }

        expect(cluster.count('fork')).to.be.at.most(count + intensity);
        expect([cluster.count('groupFailed'), cluster.reconciler.isIdle]).to.deep.equal([1, true]);
      }),
    );
  });
});
