import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PreventedError, ShutDownError, WorkerBootError } from '../../lib/errors/errors.js';
import { Executor, type ExecutorListener } from '../../lib/primary/executor.js';
import { Operations } from '../../lib/primary/operations.js';
import { ProcessTable } from '../../lib/primary/process-table.js';
import type { Recruiter } from '../../lib/primary/recruiter.js';
import { Ledger } from '../../lib/primary/statistics.js';
import { FrameKind, readyFrame } from '../../lib/protocol/frame.js';
import type { ExitRecord } from '../../lib/supervision/exit-record.js';
import type { ReloadOrder } from '../../lib/supervision/operation.js';
import { Reconciler } from '../../lib/supervision/reconciler.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeCrew } from '../support/fake-supervisor.js';
import type { FakeWorker } from '../support/fake-worker.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { fakeProcess, slotOf } from '../support/worker-process.js';

const groups = ['default'] as const;

/** How often a worker was asked to stop. */
function asked(worker: FakeWorker): number {
  return worker.frames.filter(([kind]) => kind === FrameKind.stop).length;
}

function scale(crew: FakeCrew, workerCount: number) {
  return crew.supervisor.operations.run({ kind: 'scale', groups, workerCount });
}

function reload(crew: FakeCrew, order: Partial<ReloadOrder> = {}, signal?: AbortSignal) {
  return crew.supervisor.operations.run({ kind: 'reload', groups, edition: 1, ...order }, signal);
}

/** Calls `act` when the event is told for the first time from now on. */
function atFirst(crew: FakeCrew, name: string, act: () => void): void {
  let isOver = false;
  crew.whenTold(name, () => {
    if (isOver) return;

    isOver = true;
    act();
  });
}

/** An executor whose reconciler is not asked, and whose processes are given. */
function alone() {
  const processes = new ProcessTable();
  const reconciler = new Reconciler({ now: () => 0 });
  const ended: ExitRecord[] = [];
  const ignore = () => {};
  const listener: ExecutorListener = {
    ...{ started: ignore, moved: ignore, tookOver: ignore, groupFailed: ignore, freed: ignore },
    ended: (_, exit) => void ended.push(exit),
  };
  const desk = {
    ...{ isClosed: false, abort: ignore, succeeded: ignore },
    begin: () => ({ operation: 1, run: ignore }),
    errorOf: () => new Error('burnt'),
  };
  // Nothing is forked here.
  const recruiter = {} as Recruiter;
  const executor = new Executor({
    ...{ processes, reconciler, recruiter, listener, operations: new Operations(desk), ledger: new Ledger() },
    ...{ clock: new FakeClock(), announce: () => true, spareDelay: 0 },
  });
  return { executor, processes, ended };
}

describe('Executor', () => {
  describe('of actions that a listener overtakes', () => {
    it('starts nobody whose slot was given up since', async () => {
      using crew = new FakeCrew();
      atFirst(crew, 'workerFork', () => void scale(crew, 1));

      const forked = crew.fork(3);

      expect(crew.cluster.forks).to.have.lengthOf(1);
      expect(crew.supervisor.slots.map(({ name }) => name)).to.deep.equal(['default-0']);
      expect(await rejection(forked))
        .to.be.instanceOf(WorkerBootError)
        .with.property('message', 'Worker `default-1` was stopped: scaled');
    });

    it('starts nobody any more once everything is closed, and lets those be that live', async () => {
      using crew = new FakeCrew();
      atFirst(crew, 'workerFork', () => crew.supervisor.close());

      const forked = crew.fork(2);
      crew.cluster.worker(0).becomesReady();

      expect(await rejection(forked)).to.be.instanceOf(ShutDownError);
      expect(crew.cluster.forks).to.have.lengthOf(1);
      expect(asked(crew.cluster.worker(0))).to.equal(0);
      expect(crew.supervisor.roster.ready).to.have.lengthOf(1);
    });

    it('waits for no replacement that a listener of `workerReplace` did not want', async () => {
      using crew = new FakeCrew();
      const [handle] = await crew.ready();
      atFirst(crew, 'workerReplace', () => void handle?.destroy());
      crew.cluster.worker(0).exits(1);
      crew.clock.advance(100_000);

      expect([crew.cluster.forks.length, crew.supervisor.slots]).to.deep.equal([1, []]);
    });

    for (const name of ['removeWorker', 'workerExit'] as const) {
      it(`gives up the slot of a worker that is destroyed at its own \`${name}\``, async () => {
        using crew = new FakeCrew();
        const [handle] = await crew.ready();
        let exit: Promise<ExitRecord> | undefined;
        atFirst(crew, name, () => {
          exit = handle?.destroy();
        });
        crew.cluster.worker(0).exits(1);

        expect((await exit)?.code).to.equal(1);
        expect([crew.cluster.forks.length, crew.supervisor.slots]).to.deep.equal([1, []]);
      });
    }

    it('keeps nothing from later slots of the same name', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.prevented.add('fork');
      atFirst(crew, 'fork', () => void scale(crew, 0));
      crew.cluster.worker(0).exits(1);
      crew.prevented.clear();
      expect(crew.supervisor.slots).to.deep.equal([]);

      await crew.ready();
      crew.cluster.worker(1).exits(1);

      expect(crew.supervisor.slots.map(({ name, generation }) => [name, generation])).to.deep.equal([['default-0', 2]]);
      expect(crew.cluster.forks).to.have.lengthOf(3);
    });

    it('asks nobody twice when a listener of `workerReady` destroys whom the newcomer is to replace', async () => {
      using crew = new FakeCrew();
      const [old] = await crew.ready();
      const settlement = reload(crew);
      atFirst(crew, 'workerReady', () => void old?.destroy());
      crew.cluster.worker(1).becomesReady();
      await settled();

      expect(crew.cluster.workers.map(asked)).to.deep.equal([1, 1]);
      for (const worker of crew.cluster.workers) worker.exits(0);
      expect((await settlement).failed).to.equal(undefined);
      expect([crew.supervisor.slots, crew.supervisor.roster.size]).to.deep.equal([[], 0]);
    });

    it('starts a new edition once when a listener of `workerFork` asks for the same recycling again', async () => {
      using crew = new FakeCrew();
      crew.cluster.obedient = true;
      const [old] = await crew.fork();
      let again: Promise<unknown> | undefined;
      atFirst(crew, 'workerFork', () => {
        again = old?.recycle();
      });

      const successor = await old?.recycle();

      expect(await again).to.equal(successor);
      expect(crew.cluster.forks).to.have.lengthOf(2);
    });
  });

  describe('of forks that somebody prevents', () => {
    it('tells once of all that are forked at once, though some have to wait for their turn', async () => {
      using crew = new FakeCrew({ startConcurrency: 1 });
      const forked = crew.fork(3);
      expect(crew.cluster.forks).to.have.lengthOf(1);
      for (const index of [0, 1, 2]) crew.cluster.worker(index).becomesReady();
      await forked;

      expect(crew.announced.filter(([name]) => name === 'fork')).to.deep.equal([
        ['fork', { workerCount: 3, group: 'default' }],
      ]);
    });

    it('forks none of them, not even those whose turn would come later', async () => {
      using crew = new FakeCrew({ startConcurrency: 1 });
      crew.prevented.add('fork');

      expect(await rejection(() => crew.fork(3))).to.be.instanceOf(PreventedError);

      expect([crew.cluster.forks.length, crew.supervisor.slots]).to.deep.equal([0, []]);
    });

    it('leaves the old ones of a reload alone, and what comes next is told anew', async () => {
      using crew = new FakeCrew();
      await crew.ready(2);
      crew.prevented.add('fork');
      const { report, failed } = await reload(crew);
      expect(failed?.reason).to.be.instanceOf(PreventedError);
      expect(report).to.deep.include({ replaced: [], notReplaced: ['default-0', 'default-1'] });
      expect(crew.cluster.workers.map(asked)).to.deep.equal([0, 0]);

      crew.prevented.clear();
      crew.cluster.obedient = true;
      void reload(crew, { edition: 2 });

      expect(crew.cluster.forks).to.have.lengthOf(3);
    });

    it('does without spare ones until something else happens', async () => {
      using crew = new FakeCrew({ standby: 1 });
      const forked = crew.fork();
      crew.prevented.add('fork');
      crew.cluster.worker(0).becomesReady();
      await forked;
      crew.clock.advance(100_000);
      expect([crew.cluster.forks.length, crew.names.filter(name => name === 'fork').length]).to.deep.equal([1, 2]);

      crew.prevented.clear();
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).becomesReady();

      expect(crew.cluster.forks.map(({ env }) => env.CLUSTER_STANDBY !== undefined)).to.deep.equal([
        ...[false, false, true],
      ]);
    });
  });

  describe('of spare workers', () => {
    const withSpare = async () => {
      const crew = new FakeCrew({ standby: 1 });
      // Without settings of its own, so that a spare worker fits.
      const forked = crew.supervisor.fork({ group: 'default' });
      crew.cluster.worker(0).becomesReady();
      crew.cluster.worker(1).standsBy();
      await forked;
      return crew;
    };

    it('lets one move in, without a `fork` before it is ready', async () => {
      using crew = await withSpare();
      crew.announced.length = 0;
      crew.cluster.worker(0).exits(1);
      expect(crew.names).to.deep.equal(['removeWorker', 'workerExit', 'workerReplace']);
      crew.cluster.worker(1).says(readyFrame());

      expect(crew.names).to.deep.equal([
        ...['removeWorker', 'workerExit', 'workerReplace', 'workerReady', 'fork', 'workerFork'],
      ]);
      expect(crew.supervisor.roster.named('default-0')?.id).to.equal(2);
      expect(crew.supervisor.roster.named('default-standby-0')?.id).to.equal(3);
    });

    it('forks the next a moment later, since to fork takes time in which nobody hears anything', async () => {
      using crew = new FakeCrew({ standby: 1 }, 20);
      await crew.ready();
      expect(crew.cluster.forks).to.have.lengthOf(1);

      crew.clock.advance(20);

      expect(crew.cluster.forks.map(({ env }) => env.CLUSTER_NAME)).to.deep.equal(['default-0', 'default-standby-0']);
    });

    it('does not fork it any more when the end has come meanwhile', async () => {
      using crew = new FakeCrew({ standby: 1 }, 20);
      await crew.ready();
      const ended = crew.supervisor.shutDown();
      crew.cluster.worker(0).exits(0);
      crew.clock.advance(20);

      await ended;
      expect(crew.cluster.forks).to.have.lengthOf(1);
    });

    it('tells that one stands by, when it is initialized', async () => {
      using crew = await withSpare();

      const told = crew.announced.filter(([name]) => name === 'workerStandby');

      expect(told).to.deep.equal([['workerStandby', { worker: crew.supervisor.roster.named('default-standby-0') }]]);
    });

    it('forks one when the spare one dies at the same time', async () => {
      using crew = await withSpare();
      atFirst(crew, 'workerExit', () => crew.cluster.worker(0).exits(1));
      crew.cluster.worker(1).exits(null, 'SIGKILL');
      crew.clock.advance(100);

      expect(crew.cluster.forks.map(({ env }) => env.CLUSTER_NAME)).to.deep.equal([
        ...['default-0', 'default-standby-0', 'default-0', 'default-standby-0'],
      ]);
      crew.cluster.worker(2).becomesReady();
      expect(crew.supervisor.roster.ready.map(({ id, name }) => [id, name])).to.deep.equal([[3, 'default-0']]);
      expect(crew.supervisor.slots.map(({ failures, bootFailures }) => [failures, bootFailures])).to.deep.equal([
        [1, 0],
      ]);
    });

    it('knows how one ended that was killed while it waited: it had not failed to boot', async () => {
      using crew = await withSpare();
      const [slot] = crew.supervisor.reconciler.standbys;
      crew.cluster.worker(1).exits(null, 'SIGKILL');

      expect(slot?.history.map(({ cause, workerId, pid }) => [cause, workerId, pid])).to.deep.equal([
        ['signal', 2, 1_002],
      ]);
      expect(slot).to.include({ bootFailures: 0, failures: 1 });
    });
  });

  describe('of delays', () => {
    it('leaves none when the slot is given up', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).exits(1);
      expect(crew.clock.pending).to.equal(1);

      await scale(crew, 0);

      expect(crew.clock.pending).to.equal(0);
    });

    it('does nothing at the end of one that nobody waits for any more', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      const abort = new AbortController();
      const settlement = reload(crew, { stability: 1_000 }, abort.signal);
      crew.cluster.worker(1).becomesReady();
      abort.abort(new Error('enough'));
      crew.cluster.worker(1).exits(0);
      await settlement;
      const told = crew.names.length;

      crew.clock.advance(1_000);

      expect(crew.names).to.have.lengthOf(told);
      expect(crew.supervisor.roster.ready.map(({ id }) => id)).to.deep.equal([1]);
    });

    it('keeps no process alive for the sake of a reload', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      const { clock } = crew;
      const after = clock.after.bind(clock);
      const set: unknown[] = [];
      Object.assign(clock, {
        after: (...[delay, callback, options]: Parameters<FakeCrew['supervisor']['parts']['clock']['after']>) => {
          if (delay === 5_000) set.push(options);
          return after(delay, callback);
        },
      });
      void reload(crew, { stability: 5_000 });
      crew.cluster.worker(1).becomesReady();

      expect(set).to.deep.equal([{ keepAlive: false }]);
    });
  });

  describe('by itself', () => {
    it('gives only the slot that is meant another time to stop', async () => {
      const { executor, processes } = alone();
      const both = [slotOf('cook', 0), slotOf('chef', 1)].map(slot => fakeProcess({ slot }));
      for (const { fake, worker } of both) {
        fake.becomesReady();
        processes.add(worker);
        processes.settle(worker);
      }
      const stops = both.map(({ worker: { slot } }) => ({
        ...({ type: 'stop', cause: 'destroyed' } as const),
        ...{ slot, generation: 1 },
      }));

      executor.execute(stops, { slot: slotOf('nobody'), timeout: 3 });
      executor.execute(stops, { slot: both[1]?.worker.slot ?? slotOf(), timeout: 5 });
      await settled();

      const timeouts = both.map(({ fake }) =>
        fake.frames.flatMap(frame => (frame[0] === FrameKind.stop ? [frame[2]?.timeout] : [])),
      );
      expect(timeouts).to.deep.equal([
        [100, 100],
        [100, 5],
      ]);
    });

    it('makes the record of a process that there never was', () => {
      const { executor, ended } = alone();
      const which = { slot: slotOf(), generation: 1 };

      executor.execute([
        { type: 'stop', ...which, cause: 'scaled' },
        { type: 'fork', ...which, edition: 0, role: 'worker' },
      ]);

      expect(ended).to.deep.equal([{ cause: 'scaled', expected: true, code: null, signal: null, uptime: 0 }]);
    });
  });
});
