import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PreventedError, ShutDownError, WorkerBootError, WorkerExitedError } from '../../lib/errors/errors.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { FrameKind } from '../../lib/protocol/frame.js';
import type { ReloadOrder } from '../../lib/supervision/operation.js';
import { FakeCrew } from '../support/fake-supervisor.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';

/** The handle of the worker that was forked as the `index`th. */
function handleOf(crew: FakeCrew, index: number): WorkerHandle {
  const handle = crew.supervisor.roster.get(index + 1);
  if (handle) return handle;

  throw new Error(`Worker ${index} does not live`);
}

function reload(crew: FakeCrew, order: Partial<ReloadOrder> = {}) {
  return crew.supervisor.operations.run({ kind: 'reload', groups: ['default'], edition: 1, ...order });
}

/** A crew with one worker that is ready, and its newcomer, which is not. */
async function withNewcomer(order: Partial<ReloadOrder> = {}) {
  const crew = new FakeCrew();
  await crew.ready();
  return { crew, settlement: reload(crew, order), old: handleOf(crew, 0), newcomer: handleOf(crew, 1) };
}

/** A crew with one worker that is ready, and a spare one that waits. */
async function withSpare() {
  const crew = new FakeCrew({ standby: 1 });
  await crew.ready();
  crew.cluster.worker(1).standsBy();
  return { crew, spare: handleOf(crew, 1) };
}

/** The outcome of a promise, as soon as it has one. */
function outcomeOf(promise: Promise<WorkerHandle>): { value?: WorkerHandle; error?: unknown } {
  const outcome: { value?: WorkerHandle; error?: unknown } = {};
  promise.then(
    value => Object.assign(outcome, { value }),
    (error: unknown) => Object.assign(outcome, { error }),
  );
  return outcome;
}

describe('HandleDesk', () => {
  describe('#recycle', () => {
    it('brings a new worker of the same slot, which is there before the old one goes', async () => {
      using crew = new FakeCrew();
      const [old] = await crew.ready(2);
      const recycled = outcomeOf(handleOf(crew, 0).recycle());
      expect(crew.announced.at(-3)).to.deep.equal(['recycle', { group: 'default', worker: old, reason: 'asked' }]);
      crew.cluster.worker(2).becomesReady();
      await settled();
      expect([old?.state, recycled.value]).to.deep.equal(['draining', undefined]);

      crew.cluster.worker(0).exits(0);
      await settled();

      expect(recycled.value).to.include({ id: 3, name: 'default-0', slot: 0, generation: 2 });
      expect(await old?.exited).to.include({ cause: 'recycled', expected: true, workerId: 1, pid: 1_001 });
    });

    it('fails with the new one, and the old one stays', async () => {
      using crew = new FakeCrew();
      const [old] = await crew.ready();
      const recycled = rejection(handleOf(crew, 0).recycle());
      crew.cluster.worker(1).exits(3);

      const error = await recycled;

      expect(error).to.be.instanceOf(WorkerBootError);
      expect(error.details).to.deep.equal({ workerId: 2, name: 'default-0', exitCode: 3, signal: null });
      expect([old?.state, crew.supervisor.roster.named('default-0')]).to.deep.equal(['ready', old]);
    });

    it('can be prevented, and fails once nothing is forked any more', async () => {
      using crew = new FakeCrew();
      const [old] = await crew.ready();
      crew.prevented.add('recycle');
      expect(await rejection(handleOf(crew, 0).recycle())).to.be.instanceOf(PreventedError);
      crew.prevented.clear();
      crew.announced.length = 0;

      crew.supervisor.close();

      expect(await rejection(handleOf(crew, 0).recycle())).to.be.instanceOf(ShutDownError);
      expect([old?.state, crew.names, crew.cluster.forks.length]).to.deep.equal(['ready', [], 1]);
    });

    it('fails for a worker that is gone, and says how it went', async () => {
      using crew = new FakeCrew();
      const [old] = await crew.ready();
      crew.cluster.worker(0).exits(3);
      crew.announced.length = 0;

      const error = await rejection(Promise.resolve(old?.recycle()));

      expect(error).to.be.instanceOf(WorkerExitedError);
      expect(error.details).to.deep.equal({ workerId: 1, name: 'default-0', exitCode: 3, signal: null });
      expect(crew.names).to.deep.equal([]);
    });

    it('fails when the worker leaves for good: there is nobody to replace', async () => {
      using crew = new FakeCrew();
      const [old] = await crew.ready();
      void old?.destroy();
      const recycled = outcomeOf(handleOf(crew, 0).recycle());
      await settled();
      expect(recycled).to.deep.equal({});

      crew.cluster.worker(0).exits(0);
      await settled();

      expect(recycled.error).to.be.instanceOf(WorkerExitedError).with.nested.property('details.exitCode', 0);
      expect(crew.cluster.forks).to.have.lengthOf(1);
    });

    it('leaves the replacement alone of a worker that dies while others have their turn', async () => {
      using crew = new FakeCrew();
      const [, second] = await crew.ready(2);
      void reload(crew, { stability: 50 });
      const recycled = outcomeOf(handleOf(crew, 1).recycle());
      crew.cluster.worker(1).exits(1);
      const replacement = handleOf(crew, 3);
      crew.cluster.worker(2).exits(1);
      crew.cluster.worker(3).becomesReady();
      await settled();

      expect(recycled.value).to.equal(replacement).and.not.equal(second);
      expect(crew.cluster.forks).to.have.lengthOf(4);
      expect(replacement.state).to.equal('ready');
    });

    it('is enough when a reload that came first has replaced the worker', async () => {
      const { crew, old, newcomer, settlement } = await withNewcomer();
      using _ = crew;
      const recycled = outcomeOf(old.recycle());
      crew.cluster.worker(1).becomesReady();
      crew.cluster.worker(0).exits(0);
      await settlement;
      await settled();

      expect(recycled.value).to.equal(newcomer);
      expect(crew.cluster.forks).to.have.lengthOf(2);
    });

    describe('of a newcomer', () => {
      it('replaces it when it has taken over', async () => {
        const { crew, newcomer, settlement } = await withNewcomer({ stability: 50 });
        using _ = crew;
        crew.cluster.worker(1).becomesReady();
        const recycled = outcomeOf(newcomer.recycle());
        expect(crew.cluster.forks).to.have.lengthOf(2);
        crew.clock.advance(50);
        crew.cluster.worker(0).exits(0);
        await settlement;
        crew.cluster.worker(2).becomesReady();
        crew.cluster.worker(1).exits(0);
        await settled();

        expect(recycled.value).to.include({ id: 3, name: 'default-0' });
      });

      it('brings whom it was to replace when it fails', async () => {
        const { crew, old, newcomer } = await withNewcomer({ stability: 50 });
        using _ = crew;
        const recycled = outcomeOf(newcomer.recycle());
        crew.cluster.worker(1).exits(1);
        await settled();

        expect(recycled.value).to.equal(old);
        expect(crew.cluster.forks).to.have.lengthOf(2);
      });
    });

    it('brings the successor of one that another replaces already, when it is gone', async () => {
      const { crew, old, newcomer } = await withNewcomer();
      using _ = crew;
      crew.cluster.worker(1).becomesReady();
      crew.announced.length = 0;
      const recycled = outcomeOf(old.recycle());
      await settled();
      expect(recycled).to.deep.equal({});

      crew.cluster.worker(0).exits(0);
      await settled();

      expect(recycled.value).to.equal(newcomer);
      expect(crew.names).not.to.include('recycle');
    });

    it('stops a spare worker, and brings the next one', async () => {
      const { crew, spare } = await withSpare();
      using _ = crew;
      const recycled = outcomeOf(spare.recycle());
      await settled();
      expect(crew.cluster.forks).to.have.lengthOf(2);
      crew.cluster.worker(1).exits(0);
      await settled();

      expect(recycled.value).to.equal(handleOf(crew, 2)).and.include({ name: 'default-standby-0' });
      expect(await spare.exited).to.include({ cause: 'recycled', expected: true });
      expect(crew.announced).to.deep.include(['recycle', { group: 'default', worker: spare, reason: 'asked' }]);
    });

    it('fails for a spare worker when no other follows', async () => {
      const { crew, spare } = await withSpare();
      using _ = crew;
      const recycled = rejection(spare.recycle());
      crew.prevented.add('fork');
      crew.cluster.worker(1).exits(0);

      expect(await recycled).to.be.instanceOf(WorkerExitedError);
    });
  });

  describe('#retire', () => {
    it('stops a newcomer only: what brought it fails, and the old one stays', async () => {
      const { crew, old, newcomer, settlement } = await withNewcomer();
      using _ = crew;
      const gone = newcomer.destroy();
      crew.cluster.worker(1).exits(0);

      expect(await gone).to.include({ cause: 'destroyed', expected: true });
      const { failed, report } = await settlement;
      expect(failed?.reason).to.have.property('message', 'Worker `default-0` was stopped: destroyed');
      expect(report?.notReplaced).to.deep.equal(['default-0']);
      expect([old.state, crew.supervisor.slots.length]).to.deep.equal(['ready', 1]);
    });

    it('shortens the time of one that another replaces already, and keeps the other', async () => {
      const { crew, old, newcomer } = await withNewcomer();
      using _ = crew;
      crew.cluster.worker(1).becomesReady();
      const gone = old.destroy({ timeout: 1 });
      crew.clock.advance(1);
      expect(crew.cluster.worker(0).process.signals).to.deep.equal(['SIGTERM']);
      crew.cluster.worker(0).exits(0);

      expect(await gone).to.include({ cause: 'reloaded' });
      expect(newcomer.state).to.equal('ready');
      expect(crew.supervisor.slots).to.have.lengthOf(1);
    });

    it('stops old and new of a slot that is given up', async () => {
      const { crew, old } = await withNewcomer();
      using _ = crew;
      void old.destroy();
      await settled();
      const asked = crew.cluster.workers.map(({ frames }) => frames.filter(([kind]) => kind === FrameKind.stop).length);
      expect(asked).to.deep.equal([1, 0], 'the new one has not said hello');
      for (const worker of crew.cluster.workers) worker.exits(0);

      expect(crew.supervisor.slots).to.deep.equal([]);
    });

    it('stops a spare worker, and another one takes its place', async () => {
      const { crew, spare } = await withSpare();
      using _ = crew;
      const gone = spare.destroy();
      crew.cluster.worker(1).exits(0);

      expect(await gone).to.include({ cause: 'destroyed', expected: true });
      expect(crew.cluster.forks.map(({ env }) => env.CLUSTER_NAME)).to.deep.equal([
        ...['default-0', 'default-standby-0', 'default-standby-0'],
      ]);
    });
  });
});
