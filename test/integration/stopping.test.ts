import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { firstWorker, forkOne, next, nextOf, pidOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone, isGone } from '../support/processes.js';
import { failureOf, withDeadline } from '../support/with-deadline.js';

const workerScript = fixture('chef');
const make = (options: ClusterPrimaryOptions = {}) => {
  return new ClusterPrimary({ workerScript, workerSilent: true, ...options });
};
const open = (options: ClusterPrimaryOptions = {}) => make(options).ready;

describe('stopping', () => {
  leavesNothingBehind();

  describe('shutDown()', () => {
    it('lets handlers finish that have begun', async () => {
      await using primary = await open({ workerCount: 1 });
      let serve = (): void => {};
      const served = new Promise<void>(resolve => {
        serve = resolve;
      });
      Object.assign(primary, { _eventWorkerRequest_ingredients: () => served });
      const answer = primary.request({ message: { type: 'cook' } });
      await nextOf(primary, 'workerRequest');

      const down = primary.shutDown();
      serve();

      expect(await answer).to.equal('cooked');
      await down;
    });

    it('is complete only when every process is gone', async () => {
      await using primary = await open({ workerCount: 3 });
      const pids = primary.workers.map(pidOf);
      let alive: number[] = [];
      primary.on('shutDownComplete', () => {
        alive = pids.filter(pid => !isGone(pid));
      });

      await primary.shutDown();

      expect(alive).to.deep.equal([]);
      await gone(pids, 0);
    });

    it('publishes its events once, however often it is called', async () => {
      await using primary = await open({ workerCount: 1 });
      const seen = record(primary, ['shutDown', 'shutDownComplete', 'workerExit']);

      await Promise.all([primary.shutDown(), primary.shutDown(), primary.destroy(), primary.destroy()]);

      expect(seen).to.deep.equal(['shutDown', 'workerExit', 'shutDownComplete']);
    });

    it('takes each worker from those that can be selected at once', async () => {
      await using primary = await open({ workerCount: 2 });

      const down = primary.shutDown();

      expect(primary.workers).to.deep.equal([]);
      expect(primary.roundRobin()).to.equal(undefined);
      await down;
    });

    it('rejects requests that wait for a worker', async () => {
      await using primary = await open();
      const waiting = failureOf(primary.request({ message: { type: 'echo' } }));

      await primary.shutDown();

      expect(await waiting).to.include({ code: 'CLUSTER_SHUT_DOWN' });
    });

    it('before anything was set up ends with nothing forked', async () => {
      const primary = make({ workerCount: 1 });
      const forks = record(primary, ['workerFork']);
      const ready = failureOf(primary.ready);

      await primary.shutDown();

      expect(await ready).to.include({ code: 'CLUSTER_SHUT_DOWN' });
      expect(forks).to.deep.equal([]);
    });
  });

  describe('the ladder', () => {
    it('asks, and that is enough', async () => {
      await using primary = await open({ workerCount: 1 });

      expect(await firstWorker(primary).destroy()).to.include({ code: 0, rung: 'asked', cause: 'destroyed' });
    });

    it('sends SIGTERM to a worker that does not end in time', async () => {
      await using primary = await open({ workerScript: fixture('raw'), readyOn: 'message', drainTimeout: 100 });
      const worker = await forkOne(primary, { env: { RAW_STAY: 'yes' } });

      expect(await worker.destroy()).to.include({ signal: 'SIGTERM', rung: 'SIGTERM', cause: 'destroyed' });
    });

    it('sends SIGKILL to a worker that ignores SIGTERM', async () => {
      await using primary = await open({ drainTimeout: 50, killTimeout: 50, workerEnv: { CHEF_STOP: 'hang' } });
      const worker = await forkOne(primary);
      await worker.send({ message: { type: 'deafen' } });

      expect(await worker.destroy()).to.include({ signal: 'SIGKILL', rung: 'SIGKILL', cause: 'destroyed' });
    });

    it('sends SIGKILL to a worker that is stopped', async () => {
      await using primary = await open({ workerCount: 1, drainTimeout: 50, killTimeout: 50 });
      const worker = firstWorker(primary);
      worker.kill('SIGSTOP');

      await primary.shutDown();

      expect(await worker.exited).to.include({ signal: 'SIGKILL', rung: 'SIGKILL', cause: 'shutDown' });
    });

    it('sends SIGKILL to a worker whose thread is blocked', async () => {
      await using primary = await open({ workerCount: 1, drainTimeout: 50, killTimeout: 50 });
      const worker = firstWorker(primary);
      const blocked = failureOf(worker.request({ message: { type: 'block' } }));

      await primary.destroy();

      expect(await worker.exited).to.include({ signal: 'SIGKILL' });
      expect(await blocked).to.include({ code: 'CLUSTER_WORKER_EXITED' });
    });

    it('ends a worker whose handler never ends, at the deadline', async () => {
      await using primary = await open({ workerCount: 1, drainTimeout: 100, killTimeout: 2_000 });
      const worker = firstWorker(primary);
      const waiting = failureOf(worker.request({ message: { type: 'wait' } }));
      await nextOf(primary, 'workerMessage');

      const exit = await worker.destroy();

      expect(exit).to.include({ cause: 'destroyed', code: 0 });
      expect(await waiting).to.include({ code: 'CLUSTER_WORKER_EXITED' });
    });

    it('is not climbed by a SIGTERM to a worker that was asked already: handlers finish', async () => {
      await using primary = await open({ workerCount: 1 });
      const worker = firstWorker(primary);
      Object.assign(primary, {
        _eventWorkerRequest_ingredients: () => nextOf(primary, 'workerDisconnect', 300).catch(() => {}),
      });
      const answer = worker.request({ message: { type: 'cook' } });
      await nextOf(primary, 'workerRequest');

      const destroyed = worker.destroy();
      worker.kill('SIGTERM');

      expect(await answer).to.equal('cooked');
      expect(await destroyed).to.include({ code: 0, rung: 'asked' });
    });

    it('takes its deadline from destroy({ timeout })', async () => {
      await using primary = await open({ killTimeout: 50, workerEnv: { CHEF_STOP: 'hang' } });
      const worker = await forkOne(primary);

      const first = worker.destroy();
      const second = worker.destroy({ timeout: 50 });

      expect(await withDeadline(first, 5_000, 'end')).to.include({ rung: 'SIGKILL' });
      expect(await second).to.equal(await first);
    });

    it('is told of a _destroy that throws', async () => {
      await using primary = await open({ workerEnv: { CHEF_STOP: 'throw' } });
      const worker = await forkOne(primary);

      const exit = await worker.destroy();

      expect(exit).to.include({ code: 1, cause: 'destroyed' });
      expect(JSON.stringify(exit.error)).to.contain('the oven is stuck');
    });
  });

  describe('a single worker', () => {
    it('is stopped by disconnect(), and its slot given up', async () => {
      await using primary = await open({ workerCount: 2 });
      const worker = firstWorker(primary);

      const exit = await worker.disconnect();

      expect(exit).to.include({ cause: 'destroyed', expected: true });
      expect(worker).to.include({ state: 'exited', exitedAfterDisconnect: true });
      expect(worker.isDead()).to.equal(true);
      expect(worker.isConnected()).to.equal(false);
      expect(primary.workers).to.have.length(1);
    });

    it('can be destroyed when it is gone already', async () => {
      await using primary = await open({ workerCount: 1, restart: { policy: 'temporary' } });
      const worker = firstWorker(primary);
      worker.kill('SIGKILL');
      await worker.exited;

      expect(await worker.destroy()).to.include({ cause: 'signal' });
    });

    it('ends by itself when it disconnects while its listen() is pending, where Node lets it live on (fact 14)', async () => {
      const LISTEN = JSON.stringify({ kind: 'net', path: join(tmpdir(), `phased-cluster-${process.pid}`) });
      await using primary = make({ workerScript: fixture('waiter'), workerEnv: { LISTEN }, workerCount: 1 });
      primary.on('workerMessage', () => {});
      await primary.ready;
      const forked = nextOf(primary, 'workerFork');
      // Whether the port comes in time for it to be ready is up to Node.
      primary.fork({ env: { WAITER_PART: 'yes' }, restart: { policy: 'temporary' } }).catch(() => {});

      const exit = await withDeadline((await forked).worker.exited, 10_000, 'exit');

      expect(exit).to.include({ signal: null, rung: undefined });
    });

    it('can be destroyed while it waits for its replacement', async () => {
      await using primary = await open({ workerCount: 1, restart: { backoff: { initial: 60_000, max: 60_000 } } });
      primary.on('workerReady', ({ data: { worker } }) => void worker.kill('SIGKILL'));
      const waiting = next(primary, 'workerReplace', 2);
      firstWorker(primary).kill('SIGKILL');
      const worker = (await waiting)[1]?.worker;

      await worker?.destroy();

      expect(await forkOne(primary, { name: worker?.name })).to.include({ generation: 1 });
    });
  });

  describe('destroy()', () => {
    for (const name of ['workerFork', 'workerOnline'] as const) {
      it(`at ${name} leaves no process, at once`, async () => {
        const primary = make({ workerCount: 2 });
        const pids: number[] = [];
        primary.on('workerFork', ({ data: { worker } }) => void pids.push(pidOf(worker)));
        const ready = failureOf(primary.ready);
        await nextOf(primary, name);

        await withDeadline(primary.destroy(), 3_000, 'end');

        await gone(pids, 0);
        expect(await ready).to.include({ code: 'CLUSTER_DESTROYED' });
      });
    }

    it('while a worker initializes waits for that, and ends it', async () => {
      const primary = make({ workerCount: 1, workerEnv: { CHEF_START: 'ask' } });
      Object.assign(primary, { _eventWorkerRequest_mayStart: () => {} });
      const ready = failureOf(primary.ready);
      const { worker } = await nextOf(primary, 'workerRequest');

      await withDeadline(primary.destroy(), 3_000, 'end');

      await gone(pidOf(worker), 0);
      expect(await ready).to.include({ code: 'CLUSTER_DESTROYED' });
    });

    it('while a worker begins to listen lets it, and ends it', async () => {
      const LISTEN = JSON.stringify({ kind: 'net', port: 0, host: '127.0.0.1' });
      const primary = make({ workerScript: fixture('waiter'), workerCount: 1, workerEnv: { LISTEN } });
      primary.on('workerMessage', () => {});
      const ready = failureOf(primary.ready);
      const exit = nextOf(primary, 'workerExit');
      // At once: what the worker asks Node for comes right after its message.
      const opening = new Promise<void>(resolve => {
        primary.onceOn('workerMessage', () => resolve(primary.destroy()));
      });

      await withDeadline(opening, 5_000, 'end');

      expect((await exit).exit).to.include({ code: 0, rung: 'asked' });
      await ready;
    });

    it('ends a worker whose initialization hangs, by force', async () => {
      const primary = make({ workerCount: 1, workerEnv: { CHEF_START: 'hang' }, drainTimeout: 50, killTimeout: 50 });
      const ready = failureOf(primary.ready);
      const { worker } = await nextOf(primary, 'workerOnline');

      await withDeadline(primary.destroy(), 3_000, 'end');

      await gone(pidOf(worker), 0);
      await ready;
    });

    it('during a crash loop ends it', async () => {
      const primary = make({ workerCount: 2, restart: { intensity: 1_000, backoff: { initial: 1, max: 5 } } });
      await primary.ready;
      primary.on('workerReady', ({ data: { worker } }) => void worker.kill('SIGKILL'));
      for (const worker of primary.workers) worker.kill('SIGKILL');
      await next(primary, 'workerReplace', 4);
      const forks = record(primary, ['fork', 'workerFork', 'workerReplace']);

      await withDeadline(primary.destroy(), 3_000, 'end');

      expect(forks).to.deep.equal([]);
    });

    it('during a back-off does not wait for it', async () => {
      const primary = await open({ workerCount: 1, restart: { backoff: { initial: 60_000, max: 60_000 } } });
      primary.on('workerReady', ({ data: { worker } }) => void worker.kill('SIGKILL'));
      firstWorker(primary).kill('SIGKILL');
      await next(primary, 'workerReplace', 2);

      await withDeadline(primary.destroy(), 1_000, 'end');
    });

    it('joins when it is called twice', async () => {
      const primary = await open({ workerCount: 1 });

      expect(primary.destroy()).to.equal(primary.destroy());
      await primary.destroy();
    });
  });

  describe('the last words of a worker', () => {
    const ways: [string, object][] = [
      ['64 messages of 64 KiB arrive before worker.exit() ends it', { way: 'exit', count: 64, size: 65_536 }],
      ['1000 messages of 100 B arrive before process.exit() ends it', { way: 'process', count: 1_000, size: 100 }],
    ];
    for (const [title, how] of ways) {
      it(title, async () => {
        await using primary = await open({ workerCount: 1, restart: { policy: 'temporary' } });
        const numbers: number[] = [];
        primary.on(
          'workerMessage',
          ({ data: { message } }) => void numbers.push((message as { number: number }).number),
        );
        const worker = firstWorker(primary);

        void worker.send({ message: { type: 'lastWords', ...how } });
        await worker.exited;

        expect(numbers).to.have.length((how as { count: number }).count);
        expect(numbers.every((number, index) => number === index)).to.equal(true);
      });
    }
  });
});
