import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, ClusterWorker, type WorkerHandle } from '../../lib/index.js';
import { firstWorker, next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Program } from '../support/program.js';
import { failureOf } from '../support/with-deadline.js';

const processOf = (worker: WorkerHandle) => worker.request({ message: { type: 'process' } });

describe('primaries', () => {
  leavesNothingBehind();

  describe('two in one process', () => {
    const left: ClusterPrimaryOptions = {
      ...{ workerScript: fixture('chef'), workerArgs: ['left'], workerEnv: { SIDE: 'left' }, workerCwd: '/' },
      ...{ workerExecArgv: ['--title=left'], serialization: 'json', workerSilent: true, workerCount: 1 },
    };
    const right: ClusterPrimaryOptions = {
      ...{ workerScript: fixture('chef'), workerEnv: { SIDE: 'right' }, serialization: 'advanced', workerCount: 1 },
    };

    it('have settings of their own, of which none leaks into the other', async () => {
      await using a = new ClusterPrimary(left);
      await using b = new ClusterPrimary(right);
      await Promise.all([a.ready, b.ready]);

      const [inA, inB] = await Promise.all([processOf(firstWorker(a)), processOf(firstWorker(b))]);

      expect(inA.argv.slice(2)).to.deep.equal(['left']);
      expect(inA).to.deep.include({ cwd: '/', execArgv: ['--title=left'] });
      expect(inA.env.SIDE).to.equal('left');
      expect(firstWorker(a).process.stdout).not.to.equal(null);
      expect(inB.argv.slice(2)).to.deep.equal(process.argv.slice(2));
      expect(inB).to.deep.include({ cwd: process.cwd(), execArgv: process.execArgv });
      expect(inB.env.SIDE).to.equal('right');
      expect(firstWorker(b).process.stdout).to.equal(null);
      expect(await b.request({ message: { type: 'echo', value: 1n } })).to.equal(1n);
    });

    it('replace crashed workers each with their own script, arguments and serialization', async () => {
      await using a = new ClusterPrimary(left);
      await using b = new ClusterPrimary({ workerScript: fixture('raw'), readyOn: 'message', workerCount: 1 });
      await Promise.all([a.ready, b.ready]);

      for (let round = 0; round < 5; round++) {
        const ready = Promise.all([next(a, 'workerReady'), next(b, 'workerReady')]);
        firstWorker(a).kill('SIGKILL');
        firstWorker(b).kill('SIGKILL');
        await ready;

        expect((await processOf(firstWorker(a))).argv.slice(2)).to.deep.equal(['left']);
        const answer = nextOf(b, 'workerMessage');
        await b.send({ message: { type: 'order' } });
        expect((await answer).message).to.deep.equal({ got: { type: 'order' } });
      }
    });

    it('end one without the other', async () => {
      await using a = await new ClusterPrimary(right).ready;
      const b = await new ClusterPrimary(right).ready;

      await b.destroy();

      expect(await a.request({ message: { type: 'echo', value: 1 } })).to.equal(1);
    });

    it('have ids that differ, so that neither finds the workers of the other', async () => {
      await using a = await new ClusterPrimary(right).ready;
      await using b = await new ClusterPrimary(right).ready;
      a.on('sendError', () => {});

      const failure = failureOf(a.send({ message: { type: 'note' }, to: firstWorker(b).id }));

      expect(await failure).to.include({ code: 'CLUSTER_UNKNOWN_WORKER' });
    });
  });

  it('with a scheduling policy that differs from the one in force are refused', async () => {
    await using program = new Program('policies');

    await program.ended();

    expect(program.printed).to.deep.equal(['none: ready', 'rr: CLUSTER_SCHEDULING_POLICY', 'none: ready']);
  });

  it('in a worker process are refused, with a hint', async () => {
    const primary = new ClusterPrimary({ workerScript: fixture('misplaced'), workerCount: 1, workerSilent: true });

    const error = await failureOf(primary.ready);

    expect(error.cause).to.have.nested.property('details.remoteCode', 'CLUSTER_NOT_A_PRIMARY');
    expect(String(error.cause)).to.contain('workerScript');
  });

  it('and workers outside of a worker process are refused', async () => {
    const worker = new ClusterWorker();

    expect(await failureOf(worker.ready)).to.include({ code: 'CLUSTER_NOT_A_WORKER' });
    expect(ClusterWorker.isWorker).to.equal(false);
    expect(ClusterWorker.workerId).to.equal(undefined);
    expect(ClusterWorker.current).to.equal(undefined);
  });

  it('a second worker in one process is refused', async () => {
    const primary = new ClusterPrimary({
      ...{ workerScript: fixture('misplaced'), workerArgs: ['worker'], workerCount: 1, workerSilent: true },
    });

    const error = await failureOf(primary.ready);

    expect(error.cause).to.have.nested.property('details.remoteCode', 'CLUSTER_WORKER_EXISTS');
  });

  it('and their workers can be one file', async () => {
    await using program = new Program('both', ['with', 'arguments']);

    expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
    expect(program.printed).to.deep.equal(['worker 1 of with arguments', 'done']);
  });
});
