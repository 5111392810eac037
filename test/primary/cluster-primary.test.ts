import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  DestroyedError,
  InvalidOptionError,
  PreventedError,
  ShutDownError,
  WorkerScriptNotFoundError,
} from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { FakeCluster } from '../support/fake-cluster.js';
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
