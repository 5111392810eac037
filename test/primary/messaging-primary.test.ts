import { expect } from 'chai';
import { describe, it } from 'mocha';
import { z } from 'zod';
import {
  GroupFailedError,
  HandlerMismatchError,
  InvalidOptionError,
  MessageValidationError,
  NoWorkerError,
  RequestTimeoutError,
  ShutDownError,
  UnknownGroupError,
  UnknownOptionError,
  WorkerExitedError,
  WorkerScriptNotFoundError,
} from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { beatFrame, messageFrame, replyFrame, requestFrame } from '../../lib/protocol/frame.js';
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

describe('MessagingPrimary', () => {
  describe('construction', () => {
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

  describe('#roundRobin', () => {
    it('selects each worker in turn, for each tag of its own', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef } = house;
      await chef.ready;

      const ids = ['', '', '', 'soup', 'soup', ''].map(tag => chef.roundRobin({ tag })?.id);

      expect(ids).to.deep.equal([1, 2, 1, 1, 2, 2]);
    });
  });

  describe('#select', () => {
    it('selects by its strategy', async () => {
      await using house = kitchen({ workerCount: 3 });
      const { chef, cluster } = await house.chef.ready.then(() => house);
      chef
        .worker(1)
        ?.request({ message: { type: 'cook' } })
        .catch(() => {});
      cluster.worker(1).says(beatFrame(0, { utilization: 0.9 }));

      expect([chef.select()?.id, chef.select()?.id, chef.select({ tag: 'soup' })?.id]).to.deep.equal([1, 2, 1]);
      expect(chef.select({ strategy: 'leastPending' })?.id).to.equal(2);
      expect([1, 2, 3].map(() => chef.select({ strategy: 'leastLoad' })?.id)).to.deep.equal([1, 3, 1]);
      expect(chef.select({ strategy: 'hash', key: 'soup' })).to.equal(chef.select({ strategy: 'hash', key: 'soup' }));
    });

    it('selects nobody before the start, but refuses bad options even then', () => {
      const chef = new Chef({ ...quiet, initialize: false });

      expect(chef.select({ strategy: 'hash', key: 'soup' })).to.equal(undefined);
      // @ts-expect-error there is no key
      expect(() => chef.select({ strategy: 'hash' })).to.throw(InvalidOptionError, '`key`');
    });

    it('refuses a group that there is not', async () => {
      await using house = kitchen({ workerCount: 1 });
      await house.chef.ready;

      expect(() => house.chef.select({ group: 'none' })).to.throw(UnknownGroupError);
    });
  });

  describe('#whenReady', () => {
    it('resolves with a ready worker at once, and takes nobody his turn', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef } = house;
      await chef.ready;

      expect([await chef.whenReady(), await chef.whenReady()].map(({ id }) => id)).to.deep.equal([1, 1]);
      expect(chef.roundRobin()?.id).to.equal(1);
    });

    it('waits for the start, and for the first worker', async () => {
      await using house = kitchen();
      const waiting = house.chef.whenReady({ group: 'default' });
      await house.chef.ready;
      const [cook] = await house.chef.fork();

      expect(await waiting).to.equal(cook);
    });

    it('rejects with the reason of its signal, before the start and after', async () => {
      const unborn = new Chef({ ...quiet, initialize: false });
      await using house = kitchen();
      const abort = new AbortController();
      const waits = [unborn, await house.chef.ready].map(chef => rejection(chef.whenReady({ signal: abort.signal })));
      abort.abort(new Error('not hungry'));

      expect((await Promise.all(waits)).map(({ message }) => message)).to.deep.equal(['not hungry', 'not hungry']);
    });

    it('rejects when none will come: after a shutdown, in a group that failed, after a start that failed', async () => {
      await using house = kitchen();
      const waiting = rejection(house.chef.whenReady());
      await house.chef.ready;
      await house.chef.shutDown();
      expect(await waiting).to.be.instanceOf(ShutDownError);
      expect(await rejection(house.chef.whenReady())).to.be.instanceOf(ShutDownError);

      await using other = kitchen({ workerCount: 1, restart: { intensity: 0 } });
      await other.chef.ready;
      await capturedWarnings(() => other.cluster.worker(0).exits(1));
      expect(await rejection(other.chef.whenReady())).to.be.instanceOf(GroupFailedError);

      const unready = new Chef({ ...quiet, workerScript: './nothing-here.js' });
      expect(await rejection(unready.whenReady())).to.be.instanceOf(WorkerScriptNotFoundError);
    });

    it('refuses bad options and unknown groups', async () => {
      await using house = kitchen();
      const { chef } = house;
      await chef.ready;

      expect(await rejection(chef.whenReady({ group: 'none' }))).to.be.instanceOf(UnknownGroupError);
      expect(await rejection(chef.whenReady({ group: '' }))).to.be.instanceOf(InvalidOptionError);
      expect(await rejection(chef.whenReady({ group: 'default', ...{ grup: 'api' } })))
        .to.be.instanceOf(UnknownOptionError)
        .with.property('message', 'whenReady() has no option `grup`; did you mean `group`?');
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

    it('is tried again on another worker, if that is wanted', async () => {
      await using house = kitchen({ workerCount: 2 });
      const { chef, cluster } = await house.chef.ready.then(() => house);
      const once = rejection(chef.request({ message: { type: 'status' } }));
      cluster.worker(0).exits(1);
      expect(await once).to.be.instanceOf(WorkerExitedError);

      const again = chef.request({ message: { type: 'status' }, to: { group: 'default' }, retry: { attempts: 1 } });
      cluster.worker(1).exits(1);
      await chef.whenReady();
      await new Promise(setImmediate);
      const asked = cluster.workers.find(({ bodies, process }) => process.connected && bodies.length > 0);
      asked?.says(replyFrame(asked.frames.at(-1)?.[1] ?? 0, 'done'));

      expect(await again).to.equal('done');
    });
  });

  describe('#status', () => {
    it('is there from the beginning to the end', async () => {
      await using place = kitchen({ workerCount: 2 });
      const { chef } = place;
      expect(chef.status()).to.deep.include({ state: 'starting', pid: process.pid, groups: [] });

      await chef.ready;
      expect(chef.status()).to.include({ state: 'running' });
      expect(chef.status().totals).to.include({ workerCount: 2, ready: 2 });
      expect(chef.status().groups[0]?.slots.map(({ name, state }) => [name, state])).to.deep.equal([
        ['default-0', 'ready'],
        ['default-1', 'ready'],
      ]);
      const ending = chef.destroy();
      expect(chef.status().state).to.equal('shuttingDown');
      await ending;

      expect(chef.status()).to.include({ state: 'stopped' });
      expect(chef.statistics).to.include({ forks: 2, exits: 2, failures: 0 });
    });

    it('is that of a cluster which never was, when its start failed', async () => {
      await using place = kitchen({ workerScript: '/nowhere.js', workerCount: 1 });
      await rejection(place.chef.ready);

      expect(place.chef.status()).to.deep.include({ state: 'stopped', groups: [] });
      expect(place.chef.statistics).to.include({ forks: 0 });
    });
  });

  describe('#formatStatus', () => {
    it('is the status as a table', async () => {
      await using place = kitchen({ workerCount: 1 });
      await place.chef.ready;

      const lines = place.chef.formatStatus().split('\n');

      expect(lines[0]).to.match(/^cluster \d+ running for \d+ m?s: 1 of 1 worker ready, 0 pending, 0 restarts$/);
      expect(lines[2]).to.match(/^name +group +# +pid +state +status +uptime /);
      expect(lines[3]).to.match(/^default-0 +default +0 +1001 +ready /);
    });
  });

  describe('#statistics', () => {
    it('counts what workers send', async () => {
      await using place = kitchen({ workerCount: 1 });
      await place.chef.ready;
      const worker = place.cluster.worker(0);

      worker.says(messageFrame({ type: 'plated', table: 1 }), messageFrame({ type: 'plated', table: 2 }));
      worker.says(requestFrame(1, { type: 'pantry' }));

      expect(place.chef.statistics).to.be.frozen.and.to.include({ messagesReceived: 2, requestsReceived: 1 });
      expect(place.chef.status().groups[0]?.slots[0]?.statistics).to.deep.equal(place.chef.statistics);
    });
  });
});
