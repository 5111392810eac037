import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { firstWorker, forkOne, next, nextOf, pidOf, prevented, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { failureOf, until } from '../support/with-deadline.js';

const make = (options: ClusterPrimaryOptions = {}) => {
  return new ClusterPrimary({
    workerScript: fixture('actor'),
    workerCount: 1,
    standby: 1,
    watchdog: false,
    ...options,
  });
};

const sparesOf = (primary: ClusterPrimary) => {
  return Object.values(primary.workerById).filter(({ state }) => state === 'standby');
};

/** Resolves when so many spare workers wait, and nobody else is on the way. */
function waiting(primary: ClusterPrimary, count = 1): Promise<void> {
  const isSo = () => {
    const live = Object.values(primary.workerById);
    return sparesOf(primary).length === count && live.every(({ state }) => state === 'standby' || state === 'ready');
  };
  return until(isSo, 15_000, `${count} spare workers; there are ${Object.values(primary.workerById)}`);
}

/** A cluster whose spare workers wait. */
async function open(options: ClusterPrimaryOptions = {}): Promise<ClusterPrimary> {
  const primary = await make(options).ready;
  await waiting(primary, options.standby ?? 1);
  return primary;
}

function spareOf(primary: ClusterPrimary): WorkerHandle {
  const [spare] = sparesOf(primary);
  if (spare) return spare;

  throw new Error('There is no spare worker');
}

describe('spare workers', () => {
  leavesNothingBehind();

  it('are no workers: nothing selects them, and no message to all reaches them', async () => {
    await using primary = await open({ standby: 2 });

    expect(primary.workers).to.have.lengthOf(1);
    const selected = Array.from({ length: 4 }, () => primary.roundRobin());
    expect(new Set(selected)).to.deep.equal(new Set(primary.workers));
    expect(await primary.send({ message: { type: 'line', number: 1 } })).to.deep.equal(primary.workers);
    expect(primary.status().groups[0]).to.include({ workerCount: 1, ready: 1, standbys: 2 });
  });

  it('start when the workers do not need the processor, and `ready` does not wait for them', async () => {
    await using primary = await make({ workerEnv: { ACTOR: 'slow' } }).ready;

    expect(sparesOf(primary)).to.deep.equal([]);
    await waiting(primary);
  });

  it('take the place of one that died, with no fork before', async () => {
    await using primary = await open();
    const [worker, spare] = [firstWorker(primary), spareOf(primary)];
    const seen = record(primary, ['workerExit', 'workerReplace', 'fork', 'workerFork', 'addWorker', 'workerReady']);
    const ready = nextOf(primary, 'workerReady');

    worker.kill('SIGKILL');
    const { worker: promoted } = await ready;

    expect(promoted).to.equal(spare);
    expect(promoted).to.include({ name: worker.name, slot: worker.slot, state: 'ready' });
    expect(seen.slice(0, seen.indexOf('workerReady'))).to.deep.equal(['workerExit', 'workerReplace']);
    expect(await primary.request({ message: { type: 'play' }, to: worker.name })).to.deep.equal({ name: worker.name });
  });

  it('do so far faster than a worker could boot', async () => {
    await using primary = await open({ workerEnv: { ACTOR: 'slow' } });
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const exited = nextOf(primary, 'workerExit').then(() => performance.now());
      const ready = nextOf(primary, 'workerReady').then(() => performance.now());
      firstWorker(primary).kill('SIGKILL');
      times.push((await ready) - (await exited));
      await waiting(primary);
    }

    // Such a worker needs half a second to boot, whatever the machine.
    expect(times.sort((one, other) => one - other)[2]).to.be.lessThan(400);
  });

  it('are replaced when they have taken a place, and when they died', async () => {
    await using primary = await open();
    const first = spareOf(primary);

    first.kill('SIGKILL');
    await first.exited;
    await waiting(primary);
    const second = spareOf(primary);
    firstWorker(primary).kill('SIGKILL');
    await nextOf(primary, 'workerReady');
    await waiting(primary);

    expect(primary.workers).to.deep.equal([second]);
    expect(spareOf(primary)).not.to.equal(second);
  });

  it('are not enough for all who died at once: the others boot', async () => {
    await using primary = await open({ workerCount: 3, restart: { intensity: 100 } });
    const names = primary.workers.map(({ name }) => name).sort();
    const ready = next(primary, 'workerReady', 3);

    for (const worker of primary.workers) worker.kill('SIGKILL');
    const [{ worker: first } = { worker: undefined }] = await ready;

    expect(first?.generation).to.equal(2);
    expect(primary.workers.map(({ name }) => name).sort()).to.deep.equal(names);
    await waiting(primary);
  });

  it('do not step in for a worker with settings of its own, which boots', async () => {
    await using primary = await open();
    const own = await forkOne(primary, { name: 'lear', env: { ACTOR: 'king' } });
    await waiting(primary);
    const spare = spareOf(primary);
    const ready = nextOf(primary, 'workerReady');

    own.kill('SIGKILL');
    const { worker } = await ready;

    expect(worker).not.to.equal(spare);
    expect(worker).to.include({ name: 'lear' });
    expect(await worker.request({ message: { type: 'play' } })).to.deep.equal({ part: 'king', name: 'lear' });
    expect(spare.state).to.equal('standby');
  });

  it('of an old edition are replaced by a reload, and the new ones step in', async () => {
    await using primary = await open();
    const old = spareOf(primary);

    await primary.reload({ env: { ACTOR: 'new' }, stability: 0 });
    await old.exited;
    await waiting(primary);
    const ready = nextOf(primary, 'workerReady');
    firstWorker(primary).kill('SIGKILL');
    const { worker } = await ready;

    expect(worker.name).to.equal('default-0');
    expect(await worker.request({ message: { type: 'play' } })).to.deep.equal({ part: 'new', name: 'default-0' });
  });

  it('stay when a reload fails', async () => {
    await using primary = await open({ workerSilent: true });
    primary.on('reloadError', () => {});
    const spare = spareOf(primary);

    const reload = primary.reload({ env: { ACTOR: 'throws' } });

    expect(await failureOf(reload)).to.include({ code: 'CLUSTER_RELOAD' });
    expect(spareOf(primary)).to.equal(spare);
  });

  it('leave when their group is drained, and come back when it is resumed', async () => {
    await using primary = await open();
    const pids = Object.values(primary.workerById).map(pidOf);

    await primary.drain();
    await gone(pids, 0);
    expect(primary.workerById).to.deep.equal({});
    await primary.resume();

    await waiting(primary);
    expect(primary.workers).to.have.lengthOf(1);
  });

  it('leave with the cluster, those that boot included', async () => {
    const primary = await make({ standby: 2 }).ready;
    await until(() => Object.keys(primary.workerById).length === 3, 5_000, 'fork of two');
    const pids = Object.values(primary.workerById).map(pidOf);

    await primary.destroy();

    await gone(pids, 0);
  });

  it('that cannot start fail the group, and the workers go on', async () => {
    const primary = make({ workerEnv: { ACTOR: 'throws spare' }, workerSilent: true, restart: { intensity: 2 } });
    await using _ = primary;
    const failed = prevented(primary, 'groupFailed');
    await primary.ready;

    expect((await failed).exits).to.have.lengthOf(3);

    expect(primary.workers).to.have.lengthOf(1);
    expect(Object.keys(primary.workerById)).to.have.lengthOf(1);
    expect(await primary.request({ message: { type: 'play' } })).to.include({ name: 'default-0' });
  });
});
