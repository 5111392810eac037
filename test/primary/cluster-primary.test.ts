import { expect } from 'chai';
import { describe, it } from 'mocha';
import { z } from 'zod';
import {
  DestroyedError,
  HandlerMismatchError,
  InvalidOptionError,
  MessageValidationError,
  NoWorkerError,
  PreventedError,
  RequestTimeoutError,
  ShutDownError,
  UnknownGroupError,
  UnknownOptionError,
  WorkerScriptNotFoundError,
} from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { messageFrame, replyFrame, requestFrame } from '../../lib/protocol/frame.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { runProgram } from '../support/run-program.js';
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

    it('refuses handlers that belong in a worker, and suggests where', () => {
      class Confused extends ClusterPrimary {
        _eventPrimaryMessage_cook(): void {}
      }

      expect(() => new Confused({ initialize: false }))
        .to.throw(HandlerMismatchError, '`_eventPrimaryMessage_cook` would never be called')
        .with.property('message')
        .that.includes('_eventWorkerMessage_cook');
    });

    it('refuses a misspelt section', () => {
      class Misspelt extends ClusterPrimary {
        _eventWorkerMesage_plated(): void {}
      }

      expect(() => new Misspelt({ initialize: false })).to.throw(
        HandlerMismatchError,
        'did you mean `_eventWorkerMessage_plated`?',
      );
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

  describe('what workers say', () => {
    it('calls the handler of the type, with the worker', async () => {
      await using house = kitchen({ workerCount: 1 });
      await house.chef.ready;
      house.cluster.worker(0).says(messageFrame({ type: 'plated', table: 4 }));

      expect(house.chef.plates).to.deep.equal([['default-0', { type: 'plated', table: 4 }]]);
    });

    it('can be seen before, and prevented', async () => {
      await using house = kitchen({ workerCount: 1 });
      await house.chef.ready;
      const seen: unknown[] = [];
      house.chef.before('workerMessage', event => {
        seen.push(event.data.message);
        event.prevent();
      });
      house.cluster.worker(0).says(messageFrame({ type: 'plated', table: 4 }));

      expect(seen).to.deep.equal([{ type: 'plated', table: 4 }]);
      expect(house.chef.plates).to.deep.equal([]);
    });

    it('is told as unhandled without a handler, with a warning unless somebody listens to messages', async () => {
      await using house = kitchen({ workerCount: 1 });
      await house.chef.ready;
      const unhandled: unknown[] = [];
      house.chef.on('workerMessageUnhandled', ({ data }) => unhandled.push(data.message));
      const say = (type: string) => () => house.cluster.worker(0).says(messageFrame({ type }));

      const warnings = await capturedWarnings(say('burnt'));
      house.chef.on('workerMessage', () => {});
      const none = await capturedWarnings(say('cold'));

      expect(unhandled).to.deep.equal([{ type: 'burnt' }, { type: 'cold' }]);
      expect(warnings.map(({ message }) => message).join()).to.include('write `_eventWorkerMessage_burnt`');
      expect(none).to.deep.equal([]);
    });

    it('is a warning when its handler throws, and the primary lives on', async () => {
      await using house = kitchen({ workerCount: 1 });
      await house.chef.ready;
      Object.assign(house.chef, { _eventWorkerMessage_bad: () => expect.fail('burnt') });

      const warnings = await capturedWarnings(() => house.cluster.worker(0).says(messageFrame({ type: 'bad' })));

      expect(warnings[0]?.message).to.match(/^A subscriber of `workerMessage` failed at `complete`: .*burnt/);
    });

    it('warns of what was dropped, unless somebody subscribed', async () => {
      await using house = kitchen({ workerCount: 1 });
      await house.chef.ready;
      const garbage = () => house.cluster.worker(0).saysBare('garbage');

      const [warning] = await capturedWarnings(garbage);
      const reasons: string[] = [];
      house.chef.on('channelViolation', ({ data }) => reasons.push(data.reason));
      const none = await capturedWarnings(garbage);

      expect(warning?.message).to.include('Dropped what worker `default-0` sent: a payload that is no batch of frames');
      expect(none).to.deep.equal([]);
      expect(reasons).to.deep.equal(['a payload that is no batch of frames']);
    });

    it('answers requests', async () => {
      await using house = kitchen({ workerCount: 1 });
      await house.chef.ready;
      const worker = house.cluster.worker(0);
      worker.says(requestFrame(5, { type: 'pantry' }), requestFrame(6, { type: 'fridge' }));
      await new Promise(setImmediate);

      expect(worker.frames).to.deep.include(replyFrame(5, { left: 3 }));
      expect(worker.frames.find(([, id]) => id === 6)?.[2]).to.include({ code: 'CLUSTER_UNKNOWN_MESSAGE_TYPE' });
    });

    it('is checked against the schemas', async () => {
      const schemas = { workerMessage: { plated: z.object({ type: z.string(), table: z.number() }) } };
      await using house = kitchen({ workerCount: 1, schemas });
      await house.chef.ready;

      const [warning] = await capturedWarnings(() => house.cluster.worker(0).says(messageFrame({ type: 'plated' })));

      expect(warning?.message).to.match(
        /^Dropped what worker `default-0` sent: a message that does not fit its schema/,
      );
      expect(house.chef.plates).to.deep.equal([]);
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

  describe('#send', () => {
    it('reaches the workers and resolves with their handles', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef, cluster } = await house.chef.ready.then(() => house);

      expect(await chef.send({ message: { type: 'cook' } })).to.deep.equal(chef.workers);
      expect(await chef.send({ message: { type: 'cook' }, to: 2 })).to.deep.equal([chef.worker(2)]);

      expect(cluster.workers.map(({ bodies }) => bodies.length)).to.deep.equal([1, 2]);
    });

    it('waits for the cluster to stand', async () => {
      await using house = kitchen({ workerCount: 2 });

      expect(await house.chef.send({ message: { type: 'cook' } })).to.have.lengthOf(2);
    });

    it('rejects without a worker and with a bad order, which is no crash when nobody awaits it', async () => {
      await using house = kitchen();
      const { chef } = house;
      void chef.send({ message: { type: 'cook' }, to: chef.roundRobin() });

      expect(await rejection(chef.send({ message: { type: 'cook' }, to: undefined }))).to.be.instanceOf(NoWorkerError);
      // @ts-expect-error there is no message
      expect(await rejection(chef.send({}))).to.be.instanceOf(InvalidOptionError);
      expect(await rejection(chef.send({ message: { type: 'cook' }, ...{ too: 1 } }))).to.be.instanceOf(
        UnknownOptionError,
      );
    });

    it('tells of a bad order by the event, whether or not somebody awaits it', async () => {
      await using house = kitchen();
      const told: unknown[] = [];
      house.chef.on('sendError', ({ data }) => void told.push(data.error));

      // @ts-expect-error there is no message
      const error = await rejection(house.chef.send({}));

      expect(error).to.be.instanceOf(InvalidOptionError);
      expect(told).to.deep.equal([error]);
    });

    it('rejects with the failure of the start, which `ready` tells all the same', async () => {
      const program = `
        import { ClusterPrimary } from ${JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)};
        const primary = new ClusterPrimary({ workerCount: 1, workerScript: './nowhere.js' });
        primary.send({ message: { type: 'cook' } });
      `;

      const { code, stderr } = await runProgram('--input-type=module', '--eval', program);

      expect(stderr).to.include('WorkerScriptNotFoundError');
      expect(code).to.equal(1);
    });

    it('waits no longer than its signal for a start', async () => {
      const chef = new Chef({ ...quiet, initialize: false });
      const signal = AbortSignal.abort(new Error('not hungry'));

      expect(await rejection(chef.send({ message: { type: 'cook' }, signal }))).to.have.property(
        'message',
        'not hungry',
      );
    });

    it('warns of a failure, unless somebody subscribed', async () => {
      await using house = kitchen();
      const { chef } = house;
      await chef.ready;
      const fail = () => rejection(chef.send({ message: { type: 'cook' }, to: 99 }));

      const [warning] = await capturedWarnings(fail);
      const failures: unknown[] = [];
      chef.on('sendError', ({ data }) => failures.push(data.message));
      const none = await capturedWarnings(fail);

      expect(warning?.message).to.include('A message could not be sent: There is no worker `99` (number)');
      expect(none).to.deep.equal([]);
      expect(failures).to.deep.equal([{ type: 'cook' }]);
    });
  });

  describe('#request', () => {
    it('waits no longer than its timeout for a start', async () => {
      const chef = new Chef({ ...quiet, initialize: false });

      expect(await rejection(chef.request({ message: { type: 'status' }, timeout: 5 }))).to.be.instanceOf(
        RequestTimeoutError,
      );
    });

    it('resolves with the answer, checked against its schema', async () => {
      const schemas = { primaryRequest: { status: { reply: z.object({ busy: z.boolean() }) } } };
      await using house = kitchen({ workerCount: 1, schemas });
      const { chef, cluster } = await house.chef.ready.then(() => house);
      const ask = async (reply: unknown) => {
        const asked = chef.request({ message: { type: 'status' } });
        await new Promise(setImmediate);
        cluster.worker(0).says(replyFrame(cluster.worker(0).frames.at(-1)?.[1] ?? 0, reply));
        return asked;
      };

      expect(await ask({ busy: true })).to.deep.equal({ busy: true });
      expect(await rejection(ask({ busy: 'yes' }))).to.be.instanceOf(MessageValidationError);
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

  describe('#roundRobin', () => {
    it('selects each worker in turn, for each tag of its own', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef } = house;
      await chef.ready;

      const ids = ['', '', '', 'soup', 'soup', ''].map(tag => chef.roundRobin({ tag })?.id);

      expect(ids).to.deep.equal([1, 2, 1, 1, 2, 2]);
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
