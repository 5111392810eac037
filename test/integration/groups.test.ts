import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { forkOne, next, nextOf, pidOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { failureOf } from '../support/with-deadline.js';

const groups: ClusterPrimaryOptions['groups'] = {
  api: { workerCount: 2, script: fixture('chef'), args: ['--api'], env: { SIDE: 'api' } },
  jobs: {
    ...{ workerCount: 1, script: fixture('sous-chef'), args: ['--jobs'], env: { SIDE: 'jobs', COMMON: undefined } },
    ...{ cwd: '/', execArgv: ['--title=jobs'], serialization: 'advanced' },
  },
};
const open = (options: ClusterPrimaryOptions = {}) => {
  return new ClusterPrimary({ workerEnv: { COMMON: 'yes' }, groups, ...options }).ready;
};

/** What a worker says of the process it is. */
async function inside(worker: WorkerHandle) {
  const { argv, execArgv, cwd, env } = await worker.request({ message: { type: 'process' } });
  return { script: argv[1], args: argv.slice(2), execArgv, cwd, side: env.SIDE, common: env.COMMON };
}

const insideApi = {
  ...{ script: fileURLToPath(fixture('chef')), args: ['--api'], execArgv: process.execArgv, cwd: process.cwd() },
  ...{ side: 'api', common: 'yes' },
};
const insideJobs = {
  ...{ script: fileURLToPath(fixture('sous-chef')), args: ['--jobs'], execArgv: ['--title=jobs'], cwd: '/' },
  ...{ side: 'jobs', common: undefined },
};

function named(primary: ClusterPrimary, name: string): WorkerHandle {
  const worker = primary.worker(name);
  if (worker) return worker;

  throw new Error(`There is no worker ${name}`);
}

describe('groups', () => {
  leavesNothingBehind();

  it('are ready together, each worker in a process as its group says', async () => {
    await using primary = await open();

    expect(primary.workers.map(({ name }) => name)).to.have.members(['api-0', 'api-1', 'jobs-0']);
    expect(await inside(named(primary, 'api-0'))).to.deep.equal(insideApi);
    expect(await inside(named(primary, 'api-1'))).to.deep.equal(insideApi);
    expect(await inside(named(primary, 'jobs-0'))).to.deep.equal(insideJobs);
  });

  it('are known to their workers', async () => {
    await using primary = await open();
    const worker = await forkOne(primary, { group: 'jobs', name: 'night-shift' });

    expect(await worker.request({ message: { type: 'whoAreYou' } })).to.include({
      ...{ name: 'night-shift', group: 'jobs', slot: 1, label: `night-shift (${worker.id})` },
    });
  });

  it('encode each in their own way, in both directions', async () => {
    await using primary = await open();
    primary.on('sendError', () => {});
    const value = new Map([['salt', 1n]]);
    const echo = { message: { type: 'echo', value } };

    expect(await named(primary, 'jobs-0').request(echo)).to.deep.equal(value);
    expect(await failureOf(named(primary, 'api-0').request(echo)))
      .to.include({ code: 'CLUSTER_UNSERIALIZABLE_MESSAGE' })
      .and.have.nested.property('details.path')
      .that.includes('value');
  });

  it('are sent to together: what only some can carry is refused for the others alone', async () => {
    await using primary = await open();
    primary.on('sendError', () => {});

    const failure = await failureOf(primary.send({ message: { type: 'note', value: 1n } }));

    expect(failure).to.be.instanceOf(AggregateError).and.have.property('message').that.includes('2 of 3');
    expect(await named(primary, 'jobs-0').request({ message: { type: 'seen' } })).to.deep.equal([
      { type: 'note', value: 1n },
    ]);
    expect(await named(primary, 'api-0').request({ message: { type: 'seen' } })).to.deep.equal([]);
  });

  it('may mix workers with this library and without it', async () => {
    const raw = { workerCount: 1, script: fixture('raw'), readyOn: 'message' } as const;
    await using primary = await open({ groups: { ...groups, raw } });
    const answer = nextOf(primary, 'workerMessage');

    const reached = await primary.send({ message: { type: 'note', dish: 'soup' } });

    expect(reached).to.have.length(4);
    expect(await answer).to.deep.include({
      worker: named(primary, 'raw-0'),
      message: { got: { type: 'note', dish: 'soup' } },
    });
    expect(await named(primary, 'api-0').request({ message: { type: 'seen' } })).to.have.length(1);
  });

  it('replace a worker by their own script, also when several crash at once, again and again', async () => {
    await using primary = await open({ restart: { intensity: Number.POSITIVE_INFINITY, backoff: { max: 0 } } });

    for (let round = 2; round <= 6; round++) {
      const replaced = next(primary, 'workerReady', 3);
      for (const { process } of primary.workers) process.kill('SIGKILL');
      await replaced;

      const workers = ['api-0', 'api-1', 'jobs-0'].map(name => named(primary, name));
      expect(workers.map(({ generation }) => generation)).to.deep.equal([round, round, round]);
      expect(await Promise.all(workers.map(inside))).to.deep.equal([insideApi, insideApi, insideJobs]);
    }
  });

  it('fail each for itself: the other goes on and is replaced', async () => {
    const restart = { intensity: 0 };
    await using primary = await open({ groups: { ...groups, jobs: { ...groups?.jobs, restart } } });
    const failed = nextOf(primary, 'groupFailed');
    named(primary, 'jobs-0').kill('SIGKILL');
    expect((await failed).group).to.equal('jobs');

    const replaced = nextOf(primary, 'workerReady');
    named(primary, 'api-0').kill('SIGKILL');

    expect((await replaced).worker).to.include({ name: 'api-0', generation: 2 });
    expect(await failureOf(primary.fork({ group: 'jobs' }))).to.include({ code: 'CLUSTER_GROUP_FAILED' });
    expect(primary.workers.map(({ group }) => group)).to.deep.equal(['api', 'api']);
  });

  it('are selected from each in turn, replacements included', async () => {
    await using primary = await open();
    const select = (group: string, times: number) =>
      Array.from({ length: times }, () => primary.roundRobin({ tag: 'soup', group })?.name);

    const [first, second] = select('api', 2);
    expect(new Set([first, second])).to.deep.equal(new Set(['api-0', 'api-1']));
    expect(select('api', 3)).to.deep.equal([first, second, first]);
    expect(select('jobs', 2)).to.deep.equal(['jobs-0', 'jobs-0']);
    const replaced = nextOf(primary, 'workerReady');
    named(primary, second ?? '').kill('SIGKILL');
    await replaced;

    expect(select('api', 3)).to.deep.equal([second, first, second]);
  });

  it('reject `ready` when a worker of any does not start, and leave no process behind', async () => {
    const pids: number[] = [];
    const jobs = { workerCount: 1, script: fixture('chef'), env: { CHEF_START: 'throw' } };
    const primary = new ClusterPrimary({ groups: { ...groups, jobs } });
    primary.on('workerFork', ({ data: { worker } }) => void pids.push(pidOf(worker)));

    const failure = await failureOf(primary.ready);

    expect(failure).to.include({ code: 'CLUSTER_WORKER_BOOT' });
    expect(failure.message).to.include('Worker `jobs-0`').and.include('no gas');
    expect(pids).to.have.length(3);
    await gone(pids);
  });

  it('need a `to` in requests, but for a single one', async () => {
    await using several = await open();
    await using single = await open({ groups: { api: groups?.api } });
    const message = { type: 'whoAreYou' };

    expect(await failureOf(several.request({ message }))).to.include({ code: 'CLUSTER_INVALID_OPTION' });
    expect(await several.request({ message, to: 'jobs-0' })).to.include({ group: 'jobs' });
    expect(await single.request({ message })).to.include({ group: 'api' });
  });
});
