import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterError } from '../../lib/errors/cluster-error.js';
import {
  DestroyedError,
  InvalidOptionError,
  PreventedError,
  ShutDownError,
  UnknownGroupError,
  WorkerBootError,
  WorkerScriptNotFoundError,
} from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { capturedWarnings } from '../support/warnings.js';

interface Given {
  readonly data: { readonly message: unknown; readonly worker: WorkerHandle };
}

class Chef extends ClusterPrimary {
  readonly plates: unknown[] = [];

  _eventWorkerMessage_plated({ data: { message, worker } }: Given): void {
    this.plates.push([worker.name, message]);
  }
  async _eventWorkerRequest_pantry(): Promise<unknown> {
    return { left: 3 };
  }
}

const quiet = { gracefulOnSignals: [] };

/** A chef on a cluster whose workers obey. */
function kitchen(options: object = {}) {
  const cluster = new FakeCluster();
  cluster.obedient = true;
  const chef = new Chef({ ...quiet, ...options });
  const close = async () => {
    await chef.destroy();
    cluster[Symbol.dispose]();
  };
  return { cluster, chef, [Symbol.asyncDispose]: close };
}

describe('ClusterPrimary', () => {
  describe('construction', () => {
    it('forks nothing and changes nothing', () => {
      using cluster = new FakeCluster();
      const chef = new Chef({ initialize: false, workerCount: 2 });

      expect(cluster.forks).to.deep.equal([]);
      expect(chef.workers).to.deep.equal([]);
      expect(chef.workerById).to.deep.equal({});
      expect([chef.worker('default-0'), chef.worker(1), chef.roundRobin()]).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ]);
    });

    it('has no level of its own that a subclass could reach with `super`', () => {
      for (const step of ['_initialize', '_destroy'])
        expect(Reflect.get(ClusterPrimary.prototype, step)).to.equal(undefined);
    });
  });

  describe('initialization', () => {
    it('is done when every worker is ready', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef } = house;
      await chef.ready;

      expect(chef.workers.map(({ name }) => name)).to.deep.equal(['default-0', 'default-1']);
      expect(Object.keys(chef.workerById)).to.deep.equal(['1', '2']);
      expect(chef.worker('default-1')).to.equal(chef.worker(2)).and.be.instanceOf(WorkerHandle);
    });

    it('comes after the `_initialize` of subclasses, which may fork', async () => {
      const log: string[] = [];
      class Early extends Chef {
        protected override async _initialize(): Promise<void> {
          await this.fork({ name: 'early' });
          log.push('initialized');
        }
      }
      using cluster = new FakeCluster();
      cluster.obedient = true;
      const early = new Early({ ...quiet, workerCount: 1 });
      early.on('workerFork', ({ data }) => log.push(data.worker.name));
      await early.ready;
      await early.destroy();

      expect(log).to.deep.equal(['early', 'initialized', 'default-1']);
    });

    it('tells the settings, and can be prevented there', async () => {
      await using house = kitchen({ workerCount: 1, workerArgs: ['--soup'] });
      house.chef.before('setup', event => {
        expect(event.data.settings).to.deep.include({ args: ['--soup'] });
        event.prevent();
      });

      expect(await rejection(house.chef.ready))
        .to.be.instanceOf(PreventedError)
        .with.property('message')
        .that.includes('set-up');
      expect(house.cluster.forks).to.deep.equal([]);
    });

    it('fails before any fork when the script is not there', async () => {
      await using house = kitchen({ workerCount: 1, workerScript: './nothing-here.js' });

      expect(await rejection(house.chef.ready)).to.be.instanceOf(WorkerScriptNotFoundError);
      expect(house.cluster.forks).to.deep.equal([]);
    });

    it('fails after a shutdown', async () => {
      const chef = new Chef({ ...quiet, initialize: false });
      await chef.shutDown();

      expect(await rejection(chef.initialize())).to.be.instanceOf(ShutDownError);
    });
  });

  describe('#fork', () => {
    it('resolves with the handles of workers that are ready', async () => {
      await using house = kitchen();

      const [cook] = await house.chef.fork({ name: 'cook', env: { DISH: 'soup' }, args: ['--own'] });

      expect(cook).to.include({ name: 'cook', state: 'ready' });
      expect(house.cluster.forks[0]?.env).to.include({ DISH: 'soup', CLUSTER_NAME: 'cook' });
      expect(house.cluster.forks[0]?.settings).to.deep.include({ args: ['--own'] });
    });

    it("adds to the primary's environment for its workers", async () => {
      await using house = kitchen({ workerEnv: { DISH: 'soup', SALT: 'yes' } });
      await house.chef.fork({ env: { DISH: 'salad' } });

      expect(house.cluster.forks[0]?.env).to.include({ DISH: 'salad', SALT: 'yes' });
    });

    it('rejects bad options', async () => {
      const chef = new Chef({ initialize: false });

      expect(await rejection(chef.fork({ workerCount: -1 }))).to.be.instanceOf(InvalidOptionError);
    });

    it('rejects when the shutdown comes before the start', async () => {
      await using test = kitchen({ initialize: false });
      const forked = test.chef.fork();

      await test.chef.shutDown();

      expect(await rejection(forked)).to.be.instanceOf(ShutDownError);
    });

    it('rejects after a shutdown, and when the start failed', async () => {
      await using house = kitchen();
      await house.chef.shutDown();
      const unready = new Chef({ ...quiet, workerScript: './nothing-here.js' });

      expect(await rejection(house.chef.fork()))
        .to.be.instanceOf(ShutDownError)
        .and.have.property('code', 'CLUSTER_SHUT_DOWN');
      expect(await rejection(unready.fork())).to.be.instanceOf(WorkerScriptNotFoundError);
    });
  });

  describe('groups', () => {
    const groups = {
      api: { workerCount: 2, args: ['--api'], env: { DISH: 'soup' } },
      jobs: { workerCount: 1, args: ['--jobs'] },
    };

    it('are all forked at the start, with one `fork` for each', async () => {
      await using house = kitchen({ workerCount: 1, groups });
      const told: unknown[] = [];
      house.chef.on('fork', ({ data }) => told.push(data));
      const { chef } = await house.chef.ready.then(() => house);

      expect(told).to.deep.equal([
        { workerCount: 1, group: 'default' },
        { workerCount: 2, group: 'api' },
        { workerCount: 1, group: 'jobs' },
      ]);
      expect(chef.workers.map(({ name, group }) => [name, group])).to.deep.equal([
        ['default-0', 'default'],
        ['api-0', 'api'],
        ['api-1', 'api'],
        ['jobs-0', 'jobs'],
      ]);
    });

    it('count `auto` each for themselves', async () => {
      await using house = kitchen({ workerCount: 'auto', groups: { api: {}, none: { workerCount: 0 } } });
      await house.chef.ready;

      const count = (group: string) => house.chef.workers.filter(worker => worker.group === group).length;

      expect(count('default')).to.be.at.least(1);
      expect([count('api'), count('none')]).to.deep.equal([count('default'), 0]);
    });

    it('are forked into by name, each with its own settings', async () => {
      await using house = kitchen({ workerEnv: { SALT: 'yes' }, groups });
      const { chef, cluster } = await house.chef.ready.then(() => house);

      const [worker] = await chef.fork({ group: 'api', env: { PAN: '3' } });

      expect(worker).to.include({ name: 'api-2', group: 'api', slot: 2 });
      const fork = cluster.forks.at(-1);
      expect(fork?.env).to.include({ CLUSTER_GROUP: 'api', DISH: 'soup', SALT: 'yes', PAN: '3' });
      expect(fork?.settings).to.deep.include({ args: ['--api'] });
    });

    it('that nobody configured are refused', async () => {
      await using house = kitchen({ groups });
      const { chef } = await house.chef.ready.then(() => house);

      const error = await rejection(chef.fork({ group: 'apo' }));

      expect(error).to.be.instanceOf(UnknownGroupError);
      expect(error.details).to.deep.equal({ group: 'apo', known: ['default', 'api', 'jobs'] });
      expect(() => chef.roundRobin({ group: 'apo' })).to.throw(UnknownGroupError);
      expect(house.cluster.forks).to.have.lengthOf(3);
    });

    it('are selected from each in turn', async () => {
      await using house = kitchen({ workerCount: 1, groups: { ...groups, jobs: { workerCount: 0 } } });
      const { chef } = await house.chef.ready.then(() => house);
      const select = (group?: string) => chef.roundRobin({ tag: 'soup', group })?.name;

      expect([select('api'), select('api'), select('api')]).to.deep.equal(['api-0', 'api-1', 'api-0']);
      expect([select(), select('default'), select('jobs')]).to.deep.equal(['default-0', 'default-0', undefined]);
    });

    it('tell their settings by `setup`', async () => {
      await using house = kitchen({ workerCount: 1, groups });
      const { settings, groups: told } = (await house.chef.once('setup')).data;
      expect(told).to.have.all.keys('default', 'api', 'jobs');
      expect([told.default, told.api?.args]).to.deep.equal([settings, ['--api']]);
    });

    it('are refused before any fork when the script of one is not there', async () => {
      await using lost = kitchen({ workerCount: 1, groups: { api: { script: './nothing-here.js' } } });

      expect(await rejection(lost.chef.ready)).to.be.instanceOf(WorkerScriptNotFoundError);
      expect(lost.cluster.forks).to.deep.equal([]);
    });

    it('need a `to` in requests', async () => {
      await using house = kitchen({ groups });
      await house.chef.ready;

      expect(await rejection(house.chef.request({ message: { type: 'status' } })))
        .to.be.instanceOf(InvalidOptionError)
        .with.nested.property('details.option', 'to');
    });
  });
  describe('a group whose first worker fails', () => {
    it('fails the start, and those that depend on it never begin', async () => {
      const groups = { web: { workerCount: 1, dependsOn: ['api'] }, api: { workerCount: 1 }, jobs: { workerCount: 1 } };
      await using house = kitchen({ groups });
      house.cluster.obedient = false;
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      try {
        const error = rejection(house.chef.ready);
        await settled();
        expect(house.cluster.forks.map(({ env }) => env.CLUSTER_NAME)).to.deep.equal(['api-0', 'jobs-0']);
        house.cluster.worker(0).exits(3);
        await settled();
        house.cluster.worker(1).exits(0);

        expect(await error)
          .to.be.instanceOf(WorkerBootError)
          .with.nested.property('details.name', 'api-0');
        await settled();
      } finally {
        process.off('unhandledRejection', note);
      }
      expect([unhandled, house.cluster.forks.length]).to.deep.equal([[], 2]);
    });
  });

  describe('spare workers', () => {
    it('that cannot go together leave nobody behind who starts, and fails unseen', async () => {
      const wrong = [{ standby: 1, readyOn: 'message' }, { storage: { access: { nobody: { a: 'read' } } } }] as const;
      const rejections: unknown[] = [];
      const note = (reason: unknown) => void rejections.push(reason);
      process.prependListener('unhandledRejection', note);
      try {
        for (const options of wrong) expect(() => new Chef({ ...quiet, ...options })).to.throw(ClusterError);
        await settled();
      } finally {
        process.off('unhandledRejection', note);
      }

      expect(rejections).to.deep.equal([]);
    });

    it('are refused at construction where workers do not know how to wait', () => {
      const construct = () => new Chef({ initialize: false, groups: { raw: { readyOn: 'online', standby: 1 } } });

      expect(construct).to.throw(
        InvalidOptionError,
        'Expected `groups.raw.standby` to be 0 where `readyOn` is `online`',
      );
    });

    it('are refused at the start when they are asked for only then', async () => {
      const chef = new Chef({ ...quiet, initialize: false, readyOn: 'online' });

      expect(await rejection(chef.initialize({ standby: 1 }))).to.be.instanceOf(InvalidOptionError);
    });
  });

  describe('a signal to reload', () => {
    const signal = 'SIGUSR2';
    const onSignal = { reloadOnSignals: [signal], workerCount: 1 };

    it('reloads all groups', async () => {
      await using house = kitchen(onSignal);
      await house.chef.ready;
      const reloaded = house.chef.once('reload');
      process.emit(signal, signal);

      expect((await reloaded).data).to.deep.equal({ group: undefined });
      await house.chef.shutDown();
    });

    it('that fails has a warning, since nobody waits for it', async () => {
      await using house = kitchen(onSignal);
      await house.chef.ready;
      house.cluster.failure = new Error('spawn EMFILE');

      const warnings = await capturedWarnings(async () => {
        process.emit(signal, signal);
        for (let turn = 0; turn < 5; turn++) await settled();
      });

      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]?.message).to.match(/^A reload failed: .*spawn EMFILE.*; not replaced: `default-0`/);
    });

    it('that fails has none when somebody listens', async () => {
      await using house = kitchen(onSignal);
      await house.chef.ready;
      house.cluster.failure = new Error('spawn EMFILE');
      const codes: unknown[] = [];
      house.chef.on('reloadError', ({ data: { error } }) => codes.push(Reflect.get(error as object, 'code')));

      const warnings = await capturedWarnings(async () => {
        process.emit(signal, signal);
        for (let turn = 0; turn < 5; turn++) await settled();
      });

      expect([codes, warnings]).to.deep.equal([['CLUSTER_RELOAD'], []]);
    });
  });

  describe('while the phase `unbind` runs', () => {
    /** Shuts down, and calls `act` when nothing but that phase has begun. */
    async function unbinding(chef: Chef, act: () => Promise<void>): Promise<void> {
      let outcome: Promise<void> | undefined;
      const unbind = () => {
        outcome = act();
        return outcome.catch(() => {});
      };
      chef.onShutDown('act', unbind, { phase: 'unbind' });
      await chef.shutDown();
      await outcome;
    }

    it('workers work, and nothing is forked', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef, cluster } = await house.chef.ready.then(() => house);
      const told: string[] = [];
      await unbinding(chef, async () => {
        chef.observe().subscribe(({ name }) => told.push(name));
        expect(await rejection(chef.fork())).to.be.instanceOf(ShutDownError);
        expect(await rejection(Promise.resolve(chef.workers[1]?.recycle()))).to.be.instanceOf(ShutDownError);
        cluster.worker(0).exits(1);
        expect(chef.workers.map(({ id }) => id)).to.deep.equal([2]);
        told.push('over');
      });

      expect(told.slice(0, told.indexOf('over'))).to.deep.equal(['removeWorker', 'workerDisconnect', 'workerExit']);
      expect(cluster.forks).to.have.lengthOf(2);
    });

    it('a reload that was running is over', async () => {
      await using house = kitchen({ workerCount: 1 });
      const { chef, cluster } = await house.chef.ready.then(() => house);
      cluster.obedient = false;
      const reloaded = rejection(chef.reload());
      await settled();
      cluster.worker(1).obeys();

      await unbinding(chef, async () => {
        expect(await reloaded).to.be.instanceOf(ShutDownError);
      });

      expect(cluster.forks).to.have.lengthOf(2);
    });
  });

  describe('a group that fails', () => {
    it('is told by a warning and by the event', async () => {
      await using house = kitchen({ workerCount: 1, restart: { intensity: 0 } });
      await house.chef.ready;
      const failed = house.chef.once('groupFailed');

      const warnings = await capturedWarnings(() => house.cluster.worker(0).exits(1));

      expect((await failed).data).to.include({ group: 'default' });
      expect(warnings.map(({ message }) => message)).to.deep.equal([
        'Group `default` has failed and is not restarted any more, after 1 exits: crash (1)',
      ]);
      expect(house.cluster.forks).to.have.lengthOf(1);
    });
  });

  describe('a worker that is stopped when it becomes ready', () => {
    it('is not added after it was removed', async () => {
      await using test = kitchen();
      const told: string[] = [];
      test.chef.observe().subscribe(({ name }) => told.push(name));
      test.chef.on('workerReady', ({ data: { worker } }) => void worker.destroy());

      const [worker] = await test.chef.fork();
      await worker?.exited;

      expect(told).to.include.members(['workerReady', 'removeWorker', 'workerExit']).and.not.include('addWorker');
    });
  });

  describe('#shutDown', () => {
    it('is over when every worker is gone; identical calls join; nothing is replaced', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef, cluster } = await house.chef.ready.then(() => house);
      const gone: string[] = [];
      chef.on('workerExit', ({ data }) => gone.push(`${data.worker.name} ${data.exit.cause}`));
      chef.on('shutDownComplete', () => gone.push('complete'));

      const first = chef.shutDown();
      expect(chef.shutDown()).to.equal(first);
      await first;

      expect(gone).to.deep.equal(['default-1 shutDown', 'default-0 shutDown', 'complete']);
      expect(cluster.forks).to.have.lengthOf(2);
      expect(chef.workers).to.deep.equal([]);
    });

    for (const stage of ['before', 'on', 'after'] as const) {
      it(`is joined by who asks for it ${stage} \`shutDown\``, async () => {
        await using test = kitchen({ workerCount: 1 });
        const chef = await test.chef.ready;
        const asked: Promise<void>[] = [];
        chef[stage]('shutDown', () => {
          asked.push(chef.shutDown());
        });

        await chef.shutDown();

        expect(await Promise.all(asked)).to.deep.equal([undefined]);
      });
    }

    it('can be prevented, and asked again', async () => {
      await using house = kitchen({ workerCount: 1 });
      const { chef } = house;
      await chef.ready;
      chef.onceBefore('shutDown', event => void event.prevent());

      expect(await rejection(chef.shutDown())).to.be.instanceOf(PreventedError);
      expect(chef.workers).to.have.lengthOf(1);
      await chef.shutDown();

      expect(chef.workers).to.have.lengthOf(0);
    });
  });

  describe('#destroy', () => {
    it('shuts down first, whoever prevents that', async () => {
      await using house = kitchen({ workerCount: 1 });
      const { chef, cluster } = await house.chef.ready.then(() => house);
      chef.before('shutDown', event => void event.prevent());

      await chef.destroy();

      expect(cluster.worker(0).process.connected).to.equal(false);
    });

    it('cancels a start: `ready` rejects and no worker is left', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef, cluster } = house;
      await chef.once('workerFork');
      await chef.destroy();

      expect(await rejection(chef.ready)).to.be.instanceOf(DestroyedError);
      expect(cluster.workers.every(({ process }) => !process.connected)).to.equal(true);
    });

    it('leaves no listener on the process', async () => {
      using cluster = new FakeCluster();
      const count = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
      const before = count();
      const chef = await new Chef({ gracefulOnSignals: ['SIGTERM', 'SIGHUP'] }).ready;
      expect(count()).to.equal(before + 2);

      await chef.destroy();

      expect(count()).to.equal(before);
      expect(cluster.forks).to.deep.equal([]);
    });
  });
});
