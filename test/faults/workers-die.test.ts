import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { firstWorker, next, nextOf, pidOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { belongings, leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { failureOf, until, withDeadline } from '../support/with-deadline.js';

/** Rounds of what takes long. */
const rounds = Number(process.env.ROUNDS ?? 5);

const unlimited = { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } };
const options = { workerScript: fixture('chef'), workerCount: 2, workerSilent: true, restart: unlimited };
const make = (more: ClusterPrimaryOptions = {}) => new ClusterPrimary({ ...options, ...more });
const kill = (worker: WorkerHandle) => void worker.kill('SIGKILL');

/** Lets workers start that ask. */
class Kitchen extends ClusterPrimary {
  _eventWorkerRequest_mayStart(): void {}
}

/** The next worker that gets to a phase of its life. */
type Phase = (primary: ClusterPrimary) => Promise<WorkerHandle>;

const phases: [string, Phase][] = [
  ['before it is online', async primary => (await nextOf(primary, 'workerFork')).worker],
  ['before it is ready', async primary => (await nextOf(primary, 'workerOnline')).worker],
  ['while it initializes', async primary => (await nextOf(primary, 'workerRequest')).worker],
  ['when it is ready', async primary => (await nextOf(primary, 'workerReady')).worker],
  [
    'in a handler',
    async primary => {
      const { worker } = await nextOf(primary, 'workerReady');
      worker.request({ message: { type: 'wait' } }).catch(() => {});
      await nextOf(primary, 'workerMessage');
      return worker;
    },
  ],
];

describe('workers that die', () => {
  leavesNothingBehind();

  describe('by SIGKILL, are replaced once each within 2 s (fault 1)', () => {
    for (const [title, reach] of phases) {
      it(`${title}, 20 times`, async function () {
        this.timeout(120_000);
        await using primary = await new Kitchen({ ...options, workerEnv: { CHEF_START: 'ask' } }).ready;
        const seen = record(primary, ['workerExit', 'workerReplace']);

        for (let round = 0; round < 20; round++) await dieAndReturn(primary, reach);

        expect(seen).to.have.length(20 * 2 * 2);
        expect(seen.filter(name => name === 'workerReplace')).to.have.length(20 * 2);
        expect(Object.keys(primary.workerById)).to.have.length(2);
      });
    }
  });

  it('while draining are not replaced (fault 1)', async () => {
    await using primary = await make().ready;
    const worker = firstWorker(primary);
    worker.request({ message: { type: 'wait' } }).catch(() => {});
    await nextOf(primary, 'workerMessage');
    const seen = record(primary, ['workerExit', 'workerReplace', 'workerFork']);

    const destroyed = worker.destroy();
    kill(worker);
    await destroyed;

    expect(seen).to.deep.equal(['workerExit']);
  });

  it('on every replacement fail the group once, and it is idle then (fault 5)', async () => {
    const workers = 4;
    const primary = make({ workerCount: workers, restart: { intensity: 5, backoff: { initial: 1, max: 2 } } });
    await using _ = primary;
    await primary.ready;
    const seen = record(primary, ['workerFork', 'groupFailed']);
    primary.on('workerFork', ({ data: { worker } }) => kill(worker));
    primary.before('groupFailed', () => {});
    const failed = nextOf(primary, 'groupFailed');

    for (const worker of primary.workers) kill(worker);
    await failed;
    await Promise.all(Object.values(primary.workerById).map(({ exited }) => exited));

    expect(seen.filter(name => name === 'groupFailed')).to.have.length(1);
    expect(seen.length - 1).to.be.at.most(workers + 5);
    expect(primary.workerById).to.deep.equal({});
    const error = await failureOf(primary.request({ message: { type: 'echo' }, timeout: 200 }));
    expect(error.code).to.be.oneOf(['CLUSTER_GROUP_FAILED', 'CLUSTER_REQUEST_TIMEOUT']);
  });

  it('on every first boot reject ready, without a fork storm (fault 5)', async () => {
    const primary = make({ workerCount: 4, workerEnv: { CHEF_START: 'throw' } });
    const forks = record(primary, ['workerFork']);

    await failureOf(primary.ready);

    expect(forks).to.have.length(4);
  });

  it('by an unhandled rejection exit with 1 and are replaced once (fault 11)', async () => {
    await using primary = await make().ready;
    const worker = firstWorker(primary);
    const seen = record(primary, ['workerExit', 'workerReplace']);
    const replaced = nextOf(primary, 'workerReady');

    void worker.send({ message: { type: 'leave', way: 'reject' } });
    await replaced;

    expect(await worker.exited).to.include({ code: 1, cause: 'crash' });
    expect(seen).to.deep.equal(['workerExit', 'workerReplace']);
  });

  it('reject all 1000 requests that wait for them within 100 ms (fault 12)', async () => {
    await using primary = await make({ workerCount: 1 }).ready;
    const worker = firstWorker(primary);
    const waiting = Array.from({ length: 1_000 }, () => {
      return failureOf(worker.request({ message: { type: 'wait' }, timeout: Number.POSITIVE_INFINITY }));
    });
    await next(primary, 'workerMessage', 1_000);

    kill(worker);
    await worker.exited;
    const errors = await withDeadline(Promise.all(waiting), 100, 'rejection of all');

    expect(new Set(errors.map(({ code }) => code))).to.deep.equal(new Set(['CLUSTER_WORKER_EXITED']));
    expect(worker.pending).to.equal(0);
  });

  describe('and leave a process of their own that holds the channel open', () => {
    it('are gone all the same, and leave nothing open in the primary', async () => {
      await using primary = await make({ workerCount: 1 }).ready;
      const worker = firstWorker(primary);
      const grandchild: number = await worker.request({ message: { type: 'haveChild' } });
      const before = belongings();

      kill(worker);
      await nextOf(primary, 'workerReady');

      await until(() => counts(belongings()) === counts(before), 2_000, 'closing of the channel');
      process.kill(grandchild, 'SIGKILL');
    });

    it('can be destroyed between their exit and the end of their last words', async () => {
      await using primary = await make({ workerCount: 1 }).ready;
      const worker = firstWorker(primary);
      const grandchild: number = await worker.request({ message: { type: 'haveChild' } });
      let destroyed: Promise<unknown> = Promise.resolve();
      worker.process.once('exit', () => {
        destroyed = worker.destroy();
      });

      kill(worker);
      await worker.exited;

      await destroyed;
      process.kill(grandchild, 'SIGKILL');
    });
  });

  it('of heap exhaustion are told apart each time, and cost the primary nothing (fault 8)', async function () {
    this.timeout(rounds * 20_000);
    await using primary = await make({ workerCount: 1, workerExecArgv: ['--max-old-space-size=20'] }).ready;
    await dieOfHeap(primary);
    const before = usedMemory();

    for (let round = 1; round < rounds; round++) await dieOfHeap(primary);

    expect(usedMemory() - before).to.be.lessThan(20 * 2 ** 20);
  });
});

/** The only worker dies of heap exhaustion, and another one is there. */
async function dieOfHeap(primary: ClusterPrimary): Promise<void> {
  const worker = firstWorker(primary);
  const replaced = nextOf(primary, 'workerReady', 20_000);
  void worker.send({ message: { type: 'leave', way: 'memory' } });

  expect(await withDeadline(worker.exited, 15_000, 'exit')).to.include({ cause: 'oom', signal: 'SIGABRT' });
  await replaced;
}

/** What this process holds on to, in bytes. */
function usedMemory(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** One worker dies, then its replacement where `reach` finds it, and in the end both are back. */
async function dieAndReturn(primary: ClusterPrimary, reach: Phase): Promise<void> {
  const reached = reach(primary);
  kill(firstWorker(primary));
  const victim = await reached;
  const pid = pidOf(victim);
  const back = withDeadline(bothReady(primary, victim), 2_000, 'replacement');
  kill(victim);
  await back;
  await gone(pid, 0);
}

/** Resolves when two others than `victim` are ready. */
function bothReady(primary: ClusterPrimary, victim: WorkerHandle): Promise<void> {
  return new Promise(resolve => {
    const subscription = primary.after('workerReady', ({ data: { worker } }) => {
      if (worker === victim || primary.workers.filter(other => other !== victim).length < 2) return;

      subscription.unsubscribe();
      resolve();
    });
  });
}

/** Without what differs from process to process. */
function counts(all: string): string {
  return all.replace(/"(children|workers)":\[.*?\]/g, '');
}
