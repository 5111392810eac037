import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type ExitRecord } from '../../lib/index.js';
import { firstWorker, forkOne, next, nextOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { belongings, leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { failureOf, until } from '../support/with-deadline.js';

const workerScript = fixture('chef');
const unlimited = { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } };
const open = (options: ClusterPrimaryOptions = {}) => {
  return new ClusterPrimary({ workerScript, workerSilent: true, ...options }).ready;
};

describe('replacement', () => {
  leavesNothingBehind();

  const deaths: [string, object, Partial<ExitRecord>][] = [
    ['throws in a message handler', { way: 'throw' }, { cause: 'crash', code: 1 }],
    ['rejects in a message handler', { way: 'reject' }, { cause: 'crash', code: 1 }],
    ['calls process.exit(0)', { way: 'exit', code: 0 }, { cause: 'clean', code: 0 }],
    ['calls process.exit(7)', { way: 'exit', code: 7 }, { cause: 'crash', code: 7 }],
    ['calls its own exit(5)', { way: 'worker.exit', code: 5 }, { cause: 'crash', code: 5 }],
    ['calls its own destroy()', { way: 'destroy' }, { cause: 'clean', code: 0 }],
  ];
  for (const [title, how, record_] of deaths) {
    it(`happens once when a worker ${title}`, async () => {
      await using primary = await open({ workerCount: 2 });
      const worker = firstWorker(primary);
      const seen = record(primary, ['workerExit', 'workerReplace', 'workerFork']);
      const replaced = nextOf(primary, 'workerReady');

      void worker.send({ message: { type: 'leave', ...how } });
      const exit = await worker.exited;
      await replaced;

      expect(exit).to.include({ ...record_, expected: false });
      expect(seen).to.deep.equal(['workerExit', 'workerReplace', 'workerFork']);
      expect(primary.workers).to.have.length(2);
    });
  }

  it('does not happen when a worker catches what it threw: it goes on working', async () => {
    await using primary = await open({ workerScript: fixture('catcher'), workerCount: 1 });
    const worker = firstWorker(primary);

    expect(await worker.request({ message: { type: 'throw' } })).to.equal('burnt');

    expect(await worker.request({ message: { type: 'throw' } })).to.equal('burnt');
    expect(worker.state).to.equal('ready');
    expect(primary.workers).to.deep.equal([worker]);
  });

  it('happens once when a worker is killed', async () => {
    await using primary = await open({ workerCount: 2 });
    const worker = firstWorker(primary);
    const seen = record(primary, ['workerExit', 'workerReplace', 'workerFork']);

    worker.kill('SIGKILL');
    await nextOf(primary, 'workerReady');

    expect(await worker.exited).to.include({ cause: 'signal', signal: 'SIGKILL', expected: false });
    expect(seen).to.deep.equal(['workerExit', 'workerReplace', 'workerFork']);
  });

  it('happens when a worker that leaves by itself hangs, once the time is over that it gave itself', async () => {
    await using primary = await open({ drainTimeout: 50, killTimeout: 50 });
    const worker = await forkOne(primary, { env: { CHEF_STOP: 'hang' } });
    const replaced = nextOf(primary, 'workerReplace');

    void worker.send({ message: { type: 'leave', way: 'destroy', timeout: 50 } });

    expect((await replaced).exit).to.include({ cause: 'signal', signal: 'SIGKILL', expected: false });
  });

  it('tells what a worker threw', async () => {
    await using primary = await open({ workerCount: 1 });
    const worker = firstWorker(primary);

    void worker.send({ message: { type: 'leave', way: 'throw' } });

    expect(await worker.exited).to.have.nested.property('error.message', 'burnt');
  });

  it('does not happen when the primary destroys the worker', async () => {
    await using primary = await open({ workerCount: 1 });
    const seen = record(primary, ['workerReplace', 'workerFork']);

    const exit = await firstWorker(primary).destroy();

    expect(exit).to.include({ cause: 'destroyed', expected: true, code: 0 });
    expect(seen).to.deep.equal([]);
  });

  it('does not happen once shutDown() was called', async () => {
    await using primary = await open({ workerCount: 2 });
    const seen = record(primary, ['workerReplace', 'fork', 'workerFork']);
    const [first, second] = primary.workers;

    const down = primary.shutDown();
    first?.kill('SIGKILL');
    second?.kill('SIGKILL');
    await down;

    expect(seen).to.deep.equal([]);
  });

  it('by the policy `transient` happens after a crash, and not after a clean exit', async () => {
    await using primary = await open({ workerCount: 2, restart: { policy: 'transient' } });
    const [clean, crashing] = primary.workers;
    const seen = record(primary, ['workerReplace']);

    void clean?.send({ message: { type: 'leave', way: 'exit', code: 0 } });
    await clean?.exited;
    expect(seen).to.deep.equal([]);
    void crashing?.send({ message: { type: 'leave', way: 'exit', code: 1 } });
    await nextOf(primary, 'workerReady');

    expect(seen).to.deep.equal(['workerReplace']);
  });

  it('by the policy `temporary` never happens', async () => {
    await using primary = await open({ workerCount: 1, restart: { policy: 'temporary' } });
    const seen = record(primary, ['workerReplace']);
    const worker = firstWorker(primary);

    worker.kill('SIGKILL');
    await worker.exited;

    expect(seen).to.deep.equal([]);
  });

  it('is immediate at first, then slower and slower', async () => {
    await using primary = await open({ workerCount: 1, restart: { backoff: { initial: 10, factor: 3, jitter: 0 } } });
    primary.on('workerReady', ({ data: { worker } }) => void worker.kill('SIGKILL'));
    const replaced = next(primary, 'workerReplace', 4);

    firstWorker(primary).kill('SIGKILL');

    expect((await replaced).map(({ delay }) => delay)).to.deep.equal([0, 10, 30, 90]);
  });

  it('ends when too many workers failed: the group has failed, and nothing can be forked in it', async () => {
    await using primary = await open({ workerCount: 1, restart: { intensity: 2, backoff: { initial: 1 } } });
    primary.on('workerReady', ({ data: { worker } }) => void worker.kill('SIGKILL'));
    const failed = nextOf(primary, 'groupFailed');
    const forks = record(primary, ['workerFork']);

    firstWorker(primary).kill('SIGKILL');
    const { group, exits } = await failed;

    expect(group).to.equal('default');
    expect(exits).to.have.length(3);
    expect(forks).to.have.length(2);
    expect(await failureOf(primary.fork())).to.include({ code: 'CLUSTER_GROUP_FAILED' });
  });

  it('is tried again when the replacement cannot start', async () => {
    await using primary = await open({ workerCount: 1, restart: unlimited });
    let attempts = 0;
    primary.on('workerOnline', ({ data: { worker } }) => void (++attempts < 3 && worker.kill('SIGKILL')));

    firstWorker(primary).kill('SIGKILL');
    const { worker } = await nextOf(primary, 'workerReady');

    expect(worker.generation).to.equal(4);
  });

  it('leaves no trace of workers that were forked and destroyed', async () => {
    await using primary = await open();
    const before = belongings();

    const workers = await primary.fork({ workerCount: 10 });
    await Promise.all(workers.map(worker => worker.destroy()));

    await until(() => belongings() === before, 2_000, 'closing of the last pipes');
  });
});
