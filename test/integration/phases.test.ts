import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type ForkOptions, type WorkerHandle } from '../../lib/index.js';
import type { CloserHook } from '../fixtures/closer.js';
import { firstWorker, forkOne, nextOf, pidOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { isGone } from '../support/processes.js';
import { failureOf, withDeadline } from '../support/with-deadline.js';

/** A primary that writes down what its workers say of their end, and answers them when the test says so. */
class House extends ClusterPrimary {
  readonly said: string[] = [];
  readonly #waiting: (() => void)[] = [];

  _eventWorkerMessage_said({ data: { message } }: { readonly data: { readonly message: unknown } }): void {
    this.said.push((message as { what: string }).what);
  }
  _eventWorkerRequest_wait(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve));
  }
  /** Answers who has asked so far, at least one. */
  async serve(): Promise<void> {
    if (this.#waiting.length === 0) await nextOf(this, 'workerRequest');
    for (const answer of this.#waiting.splice(0)) answer();
  }
}

const open = (options: ClusterPrimaryOptions = {}) => {
  const always = { workerScript: fixture('closer'), workerSilent: true, restart: { policy: 'temporary' } } as const;
  return new House({ ...always, ...options }).ready;
};

/** One worker with these hooks. */
function closer(house: House, hooks: readonly CloserHook[], env: ForkOptions['env'] = {}): Promise<WorkerHandle> {
  return forkOne(house, { env: { HOOKS: JSON.stringify(hooks), ...env } });
}

/** Resolves when a worker has said this. */
async function heard(house: House, what: string): Promise<void> {
  while (!house.said.includes(what)) await nextOf(house, 'workerMessage');
}

const everyPhase: readonly CloserHook[] = [
  { name: 'db', phase: 'release' },
  { name: 'cache', phase: 'release' },
  { name: 'jobs' },
  { name: 'door', phase: 'unbind' },
];

describe('shutdown phases', () => {
  leavesNothingBehind();

  describe('of a worker', () => {
    it('run in order, the latest hook first, while open handlers finish, and the process ends with 0', async () => {
      await using house = await open();
      const worker = await closer(house, everyPhase);
      const answer = worker.request({ message: { type: 'cook' } });
      await nextOf(house, 'workerRequest');

      const end = worker.destroy();
      await heard(house, 'drain jobs destroyed');
      await house.serve();

      expect(await answer).to.equal('cooked');
      expect(await end).to.include({ code: 0, rung: 'asked', cause: 'destroyed' });
      expect(house.said).to.deep.equal([
        ...['shutDown destroyed false', 'stopping', 'unbind door destroyed', 'drain jobs destroyed'],
        ...['release cache destroyed', 'release db destroyed', 'destroy'],
      ]);
    });

    it('have the reason of whoever stops it', async () => {
      await using house = await open();
      await closer(house, everyPhase.slice(-1));
      await house.shutDown();

      expect(house.said).to.include('unbind door shutDown');
    });

    it('are run by its own destroy(), too, which can shorten them', async () => {
      await using house = await open();
      const worker = await closer(house, [{ name: 'jobs', time: 'ever' }]);
      await worker.send({ message: { type: 'leave' } });
      await heard(house, 'drain jobs destroyed');
      await worker.send({ message: { type: 'leave', timeout: 10 } });

      expect(await worker.exited).to.include({ code: 1 });
      expect(house.said.slice(-2)).to.deep.equal(['jobs aborted', 'destroy']);
    });

    it('hold up nobody who has nothing to do', async () => {
      await using house = await open();
      const worker = await closer(house, []);
      await worker.send({ message: { type: 'ask' } });
      await nextOf(house, 'workerRequest');

      expect(await withDeadline(worker.destroy(), 5_000, 'end')).to.include({ code: 0, rung: 'asked' });
    });

    it('let a stream finish that it serves', async () => {
      await using house = await open();
      const worker = await closer(house, everyPhase);
      const items: unknown[] = [];
      for await (const item of worker.stream({ message: { type: 'menu' } })) {
        items.push(item);
        if (items.length === 1) void worker.destroy();
        if (items.length === 1) await heard(house, 'drain jobs destroyed');
        expect(house.said).to.not.include('release db destroyed');
        await house.serve();
      }

      expect(items).to.deep.equal([1, 2, 3]);
      expect(await worker.exited).to.include({ code: 0 });
    });

    it('wait for a worker that says it is PROCESSING', async () => {
      await using house = await open();
      const worker = await closer(house, everyPhase);
      await worker.send({ message: { type: 'setStatus', status: 'PROCESSING' } });
      const end = worker.destroy();
      await heard(house, 'drain jobs destroyed');
      // Requests are answered in order, and by now it would be gone.
      await worker.request({ message: { type: 'status' } });
      expect(house.said).to.not.include('release db destroyed');
      await worker.send({ message: { type: 'setStatus', status: 'IDLE' } });

      expect(await end).to.include({ code: 0, rung: 'asked' });
    });

    it('release at the drain deadline a worker that says so for ever', async () => {
      await using house = await open({ drainTimeout: 100, killTimeout: 5_000 });
      const worker = await closer(house, everyPhase);
      await worker.send({ message: { type: 'setStatus', status: 'PROCESSING' } });

      expect(await worker.destroy()).to.include({ code: 0 });
      expect(house.said.slice(-2)).to.deep.equal(['release db destroyed', 'destroy']);
    });

    it('are shortened by destroy({ timeout }) while they run', async () => {
      await using house = await open();
      const worker = await closer(house, [
        { name: 'db', phase: 'release' },
        { name: 'jobs', time: 'ever' },
      ]);
      const down = house.shutDown();
      await heard(house, 'drain jobs shutDown');
      const end = worker.destroy({ timeout: 50 });

      expect(await withDeadline(end, 5_000, 'end')).to.include({ code: 1, cause: 'shutDown' });
      await down;
      expect(house.said.slice(-3)).to.deep.equal(['jobs aborted', 'release db shutDown', 'destroy']);
    });

    it('can lose a hook until its turn comes', async () => {
      await using house = await open();
      const worker = await closer(house, everyPhase);
      await worker.send({ message: { type: 'removeHook', name: 'db' } });
      await worker.destroy();

      expect(house.said).to.include('release cache destroyed');
      expect(house.said).to.not.include('release db destroyed');
    });

    it('are run by a worker that could not start, as far as it had come', async () => {
      await using house = await open();
      const exit = nextOf(house, 'workerExit');

      await failureOf(closer(house, everyPhase, { START: 'throw' }));

      expect((await exit).exit).to.include({ code: 1, cause: 'boot' });
      expect(house.said).to.deep.equal([
        ...['unbind door initializeError', 'drain jobs initializeError'],
        ...['release cache initializeError', 'release db initializeError', 'destroy'],
      ]);
    });
  });

  describe('of a worker with a hook that fails', () => {
    const hooks: readonly CloserHook[] = [
      { name: 'db', phase: 'release' },
      { name: 'jobs', fails: true },
    ];

    it('go on, and the process ends with 1 and says why', async () => {
      await using house = await open();
      const exit = await (await closer(house, hooks)).destroy();

      expect(exit).to.include({ code: 1, cause: 'destroyed', expected: true });
      expect(exit.error).to.include({ message: 'jobs is stuck' });
      expect(house.said.slice(-2)).to.deep.equal(['release db destroyed', 'destroy']);
    });

    it('end with 0 when that is prevented', async () => {
      await using house = await open();
      const exit = await (await closer(house, hooks, { FORGIVE: 'yes' })).destroy();

      expect(exit).to.include({ code: 0, error: undefined });
    });

    it('go on at its timeout', async () => {
      await using house = await open();
      const stuck: CloserHook = { name: 'jobs', time: 'ever', timeout: 20 };
      const exit = await (await closer(house, [{ name: 'db', phase: 'release' }, stuck])).destroy();

      expect(exit.error).to.include({ code: 'CLUSTER_SHUT_DOWN_TIMEOUT' });
      expect(house.said.slice(-3)).to.deep.equal(['jobs aborted', 'release db destroyed', 'destroy']);
    });
  });

  describe('and SIGTERM', () => {
    const hooks: readonly CloserHook[] = [
      { name: 'db', phase: 'release' },
      { name: 'jobs', time: 'ever' },
    ];

    it('begin by it, and the primary is told; a second one skips to `release`', async () => {
      await using house = await open();
      const worker = await closer(house, hooks);
      const removed = nextOf(house, 'removeWorker');
      worker.kill('SIGTERM');
      await removed;
      await heard(house, 'drain jobs SIGTERM');
      worker.kill('SIGTERM');

      expect(await worker.exited).to.include({ code: 0, cause: 'clean', expected: false });
      expect(house.said.slice(-3)).to.deep.equal(['jobs aborted', 'release db SIGTERM', 'destroy']);
    });

    it('skip to `release` by it when they run for a while', async () => {
      await using house = await open();
      const slow: CloserHook = { name: 'door', phase: 'unbind', time: 1_100 };
      const worker = await closer(house, [...hooks, slow]);
      const end = worker.destroy();
      await heard(house, 'drain jobs destroyed');
      worker.kill('SIGTERM');

      expect(await end).to.include({ code: 0, rung: 'asked', cause: 'destroyed' });
      expect(house.said.slice(-3)).to.deep.equal(['jobs aborted', 'release db destroyed', 'destroy']);
    });

    it('are not begun by SIGINT or SIGHUP, which are for the primary', async () => {
      await using house = await open();
      const worker = await closer(house, hooks);
      worker.kill('SIGINT');
      worker.kill('SIGHUP');

      expect(await worker.request({ message: { type: 'status' } })).to.equal('IDLE');
      expect(house.said).to.deep.equal([]);
      await worker.destroy({ timeout: 0 });
    });
  });

  describe('of a primary', () => {
    it('unbind while the workers work, and release when all of them are gone', async () => {
      await using house = await open({ workerCount: 2 });
      const pids = house.workers.map(pidOf);
      const seen: unknown[] = [];
      house.onShutDown('db', () => seen.push(pids.map(isGone)));
      const ask = async () => seen.push(await house.request({ message: { type: 'status' } }));
      house.onShutDown('door', ask, { phase: 'unbind' });
      await house.shutDown();

      expect(seen).to.deep.equal(['IDLE', [true, true]]);
    });

    it('replace nobody who dies while they unbind', async () => {
      await using house = await open({ workerCount: 2, restart: { policy: 'permanent' } });
      const events = record(house, ['fork', 'workerFork', 'workerReplace']);
      const worker = firstWorker(house);
      house.onShutDown('door', () => worker.kill('SIGKILL') && worker.exited, { phase: 'unbind' });
      await house.shutDown();

      expect(events).to.deep.equal([]);
    });

    it('refuse to fork while they unbind', async () => {
      await using house = await open({ workerCount: 1 });
      let failure: Error | undefined;
      const fork = async () => {
        failure = await failureOf(house.fork());
      };
      house.onShutDown('door', fork, { phase: 'unbind' });
      await house.shutDown();

      expect(failure).to.include({ code: 'CLUSTER_SHUT_DOWN' });
    });
  });

  describe('the status of a worker', () => {
    it('follows from open requests on both sides, without events', async () => {
      await using house = await open({ workerCount: 1 });
      const worker = firstWorker(house);
      const events = record(house, ['workerStatus']);
      const shown = [worker.status];
      const answer = worker.request({ message: { type: 'cook' } });
      shown.push(worker.status);
      await nextOf(house, 'workerRequest');
      shown.push(await worker.request({ message: { type: 'status' } }));
      await house.serve();
      await answer;
      shown.push(worker.status);

      expect(shown).to.deep.equal(['IDLE', 'PROCESSING', 'PROCESSING', 'IDLE']);
      expect(events).to.deep.equal([]);
    });

    it('is told from the constructor on', async () => {
      await using house = await open();
      const change = nextOf(house, 'workerStatus');
      const worker = await closer(house, [], { STATUS: 'LOADING' });

      expect(await change).to.include({ from: 'INITIALIZING', to: 'LOADING' });
      expect(worker.status).to.equal('LOADING');
    });
  });
});
