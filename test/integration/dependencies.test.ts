import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { prevented, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Program } from '../support/program.js';
import { failureOf } from '../support/with-deadline.js';

const groups: ClusterPrimaryOptions['groups'] = {
  api: { workerCount: 2, dependsOn: ['jobs', 'cache'] },
  jobs: { workerCount: 1, dependsOn: ['store'] },
  cache: { workerCount: 1, dependsOn: ['store'] },
  store: { workerCount: 1 },
};
const make = (options: ClusterPrimaryOptions = {}) => {
  return new ClusterPrimary({ workerScript: fixture('actor'), watchdog: false, groups, ...options });
};

/** What happens to whom from now on: `fork store`, `ready store`, `leave store`, `exit store`. */
function story(primary: ClusterPrimary): string[] {
  const seen: string[] = [];
  primary.on('workerFork', ({ data: { worker } }) => void seen.push(`fork ${worker.group}`));
  primary.on('workerReady', ({ data: { worker } }) => void seen.push(`ready ${worker.group}`));
  primary.on('removeWorker', ({ data: { worker } }) => void seen.push(`leave ${worker.group}`));
  primary.on('workerExit', ({ data: { worker } }) => void seen.push(`exit ${worker.group}`));
  return seen;
}

/** All of `first` come before all of `then`. */
function expectOrder(seen: readonly string[], first: string, then: string): void {
  expect(seen, `${first} and ${then}`).to.include.members([first, then]);
  expect(seen.lastIndexOf(first), `${first} before ${then} in ${seen}`).to.be.lessThan(seen.indexOf(then));
}

function expectStart(seen: readonly string[]): void {
  for (const group of ['jobs', 'cache']) {
    expectOrder(seen, 'ready store', `fork ${group}`);
    expectOrder(seen, `ready ${group}`, 'fork api');
  }
}

function expectStop(seen: readonly string[]): void {
  for (const group of ['jobs', 'cache']) {
    expectOrder(seen, 'exit api', `leave ${group}`);
    expectOrder(seen, `exit ${group}`, 'leave store');
  }
}

describe('groups that depend on others', () => {
  leavesNothingBehind();

  it('start when those are ready, and stop before they do', async () => {
    await using primary = make();
    const seen = story(primary);
    await primary.ready;
    expectStart(seen);
    seen.length = 0;

    await primary.shutDown();

    expectStop(seen);
  });

  it('are drained and resumed in that order', async () => {
    await using primary = await make().ready;
    const seen = story(primary);

    await primary.drain();
    expectStop(seen);
    seen.length = 0;
    await primary.resume();

    expectStart(seen);
    expect(primary.workers).to.have.lengthOf(5);
  });

  it('are left alone when one is drained or reloaded by name', async () => {
    await using primary = await make().ready;
    const seen = story(primary);

    await primary.drain({ group: 'store' });
    await primary.resume({ group: 'store' });
    await primary.reload({ group: 'cache', stability: 0 });

    expect(new Set(seen.map(each => each.split(' ')[1]))).to.deep.equal(new Set(['store', 'cache']));
  });

  it('do not start when those cannot', async () => {
    const primary = make({
      groups: { api: { workerCount: 1, dependsOn: ['store'] }, store: { workerCount: 1, env: { ACTOR: 'throws' } } },
      workerSilent: true,
    });
    const seen = story(primary);

    expect(await failureOf(primary.ready)).to.include({ code: 'CLUSTER_WORKER_BOOT' });

    expect(seen).not.to.include('fork api');
  });

  it('stop at once when they have not started: nobody of those to come is forked', async () => {
    const primary = make();
    const seen = story(primary);
    const ready = failureOf(primary.ready);
    await primary.once('workerFork');

    await primary.destroy();

    expect(await ready).to.include({ code: 'CLUSTER_DESTROYED' });
    expect(seen.filter(each => each.startsWith('fork'))).to.deep.equal(['fork store']);
  });
});

describe('a group that fails', () => {
  leavesNothingBehind();

  it('ends the primary with code 1, where that is wanted', async () => {
    await using program = new Program('looping', ['exit']);

    expect(await program.ended(20_000)).to.deep.equal({ code: 1, signal: null });
    expect(program.printed.filter(line => line.startsWith('groupFailed'))).to.deep.equal(['groupFailed default']);
    expect(program.printed).to.include('shutDownComplete');
  });

  it('does not end the primary when its event is prevented', async () => {
    await using primary = await make({
      ...{ groups: {}, workerCount: 1, restart: { intensity: 0 }, whenGroupFails: 'exit' },
    }).ready;
    const seen = record(primary, ['shutDown']);
    const failed = prevented(primary, 'groupFailed');

    primary.workers[0]?.kill('SIGKILL');
    await failed;

    expect(seen).to.deep.equal([]);
    await primary.resume();
    expect(primary.workers).to.have.lengthOf(1);
  });
});
