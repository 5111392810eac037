import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { next, nextOf, pidOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { withDeadline } from '../support/with-deadline.js';

/** Rounds of what is a race. */
const rounds = Number(process.env.ROUNDS ?? 5);

const drainTimeout = 1_000;
const killTimeout = 500;

/** What is going on; resolves in the middle of it, and returns the promises that must settle. */
type Turmoil = (primary: ClusterPrimary) => Promise<Promise<unknown>[]>;

interface Scene {
  readonly options?: ClusterPrimaryOptions;
  readonly begin: Turmoil;
  /** The codes with which what was going on may end. */
  readonly codes: readonly string[];
}

const fast = { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } };

const crashAgainAndAgain: Turmoil = async primary => {
  await primary.ready;
  primary.on('workerReady', ({ data: { worker } }) => void worker.kill('SIGKILL'));
  for (const worker of primary.workers) worker.kill('SIGKILL');
  await next(primary, 'workerReplace', 3);
  return [];
};

const scenes: Readonly<Record<string, Scene>> = {
  'while its workers start': {
    begin: async primary => {
      const ready = primary.ready;
      ready.catch(() => {});
      await nextOf(primary, 'workerFork');
      return [ready];
    },
    codes: ['CLUSTER_SHUT_DOWN'],
  },
  'while its workers initialize, and will for ever': {
    options: { workerEnv: { ACTOR: 'hangs' } },
    begin: async primary => {
      const ready = primary.ready;
      ready.catch(() => {});
      await nextOf(primary, 'workerOnline');
      return [ready];
    },
    codes: ['CLUSTER_SHUT_DOWN'],
  },
  'while a reload starts a new worker': {
    begin: async primary => {
      await primary.ready;
      const reload = primary.reload({ stability: 0 });
      await nextOf(primary, 'workerFork');
      return [reload];
    },
    codes: ['CLUSTER_SHUT_DOWN'],
  },
  'while a reload waits for a new worker to be stable': {
    begin: async primary => {
      await primary.ready;
      const reload = primary.reload({ stability: 60_000 });
      await nextOf(primary, 'workerReady');
      return [reload];
    },
    codes: ['CLUSTER_SHUT_DOWN'],
  },
  'while a reload stops an old worker': {
    begin: async primary => {
      await primary.ready;
      const reload = primary.reload({ stability: 0 });
      await nextOf(primary, 'removeWorker');
      return [reload];
    },
    codes: ['CLUSTER_SHUT_DOWN'],
  },
  'while a reload rolls back': {
    options: { workerSilent: true },
    begin: async primary => {
      await primary.ready;
      const reload = primary.reload({ env: { ACTOR: 'throws second' }, stability: 0, rollback: true });
      await next(primary, 'workerFork', 3);
      return [reload];
    },
    codes: ['CLUSTER_SHUT_DOWN'],
  },
  'while operations wait for each other': {
    begin: async primary => {
      await primary.ready;
      const all = [primary.recycle(), primary.scale({ workerCount: 4 }), primary.drain(), primary.resume()];
      await nextOf(primary, 'workerFork');
      return all;
    },
    codes: ['CLUSTER_SHUT_DOWN'],
  },
  'while it drains': {
    begin: async primary => {
      await primary.ready;
      const drained = primary.drain();
      await nextOf(primary, 'removeWorker');
      return [drained];
    },
    codes: ['CLUSTER_SHUT_DOWN'],
  },
  'while replacements wait': {
    options: { restart: { intensity: 100, backoff: { initial: 60_000, max: 60_000, jitter: 0 } } },
    begin: crashAgainAndAgain,
    codes: [],
  },
  'in a crash loop': { options: { restart: fast }, begin: crashAgainAndAgain, codes: [] },
  'in a crash loop with spare workers': {
    options: { restart: fast, standby: 1 },
    begin: crashAgainAndAgain,
    codes: [],
  },
  'when its group has failed': {
    options: { restart: { intensity: 0 } },
    begin: async primary => {
      await primary.ready;
      primary.before('groupFailed', event => void event.prevent());
      primary.workers[0]?.kill('SIGKILL');
      await nextOf(primary, 'workerExit');
      return [];
    },
    codes: [],
  },
  'while a worker is stopped by a signal': {
    begin: async primary => {
      await primary.ready;
      primary.workers[0]?.kill('SIGSTOP');
      return [];
    },
    codes: [],
  },
};

describe('a cluster that is shut down (fault 23)', function () {
  this.timeout(30_000 * rounds);
  leavesNothingBehind();

  for (const [when, { options, begin, codes }] of Object.entries(scenes)) {
    for (const way of ['shutDown', 'destroy'] as const) {
      it(`${when} is down by its deadline, and nothing is forked any more (${way})`, async () => {
        for (let round = 0; round < rounds; round++) {
          const timeouts = { drainTimeout, killTimeout, watchdog: false, heartbeat: false } as const;
          const script = { workerScript: fixture('actor'), workerCount: 2 };
          const primary = new ClusterPrimary({ ...script, ...timeouts, ...options });
          await using _ = primary;
          primary.on('reloadError', () => {});
          const outcomes = Promise.allSettled(await begin(primary));
          const pids = Object.values(primary.workerById).map(pidOf);
          let forks = 0;
          primary.before('fork', () => void forks++);
          primary.on('workerFork', () => void forks++);

          const ended = primary[way]();
          await withDeadline(ended, drainTimeout + killTimeout + 1_500, 'end', () => `\n${primary.formatStatus()}`);

          await gone(pids, 0);
          expect(forks).to.equal(0);
          expect(primary.workerById).to.deep.equal({});
          for (const outcome of await withDeadline(outcomes, 1_000, 'settling of operations')) {
            if (outcome.status === 'rejected') expect(codes).to.include(codeOf(outcome.reason, way));
          }
        }
      });
    }
  }
});

/** A start that is destroyed says so; everything else is shut down, either way. */
function codeOf(error: { readonly code?: unknown }, way: 'shutDown' | 'destroy'): unknown {
  return way === 'destroy' && error.code === 'CLUSTER_DESTROYED' ? 'CLUSTER_SHUT_DOWN' : error.code;
}
