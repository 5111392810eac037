import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  GroupDrainedError,
  GroupFailedError,
  PreventedError,
  ShutDownError,
  WorkerBootError,
  WorkerNameError,
} from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { FrameKind, failureFrame, helloFrame, standbyFrame, stopFrame } from '../../lib/protocol/frame.js';
import type { Slot } from '../../lib/supervision/slot.js';
import { textCodec } from '../support/codecs.js';
import { FakeCrew } from '../support/fake-supervisor.js';
import { rejection } from '../support/thrown.js';

describe('Supervisor', () => {
  describe('#fork', () => {
    it('resolves with the handles once all are ready', async () => {
      using crew = new FakeCrew();

      const handles = await crew.ready(2);

      expect(handles.map(({ id, name, slot }) => ({ id, name, slot }))).to.deep.equal([
        { id: 1, name: 'default-0', slot: 0 },
        { id: 2, name: 'default-1', slot: 1 },
      ]);
      expect(crew.supervisor.roster.ready).to.deep.equal(handles);
    });

    it('tells each step in order', async () => {
      using crew = new FakeCrew();
      await crew.ready();

      expect(crew.names).to.deep.equal(['fork', 'workerFork', 'workerReady']);
      expect(crew.announced[0]?.[1]).to.deep.equal({ workerCount: 1, group: 'default' });
    });

    it('lets a worker be selected before `workerReady` is told', async () => {
      using crew = new FakeCrew();
      const selected: unknown[] = [];
      const { announce } = crew;
      Object.assign(crew.supervisor.parts, {
        announce: (...[name, data]: Parameters<typeof announce>) => {
          if (name === 'workerReady') selected.push(crew.supervisor.balancer.roundRobin());
          return announce(name, data);
        },
      });

      const handles = await crew.ready();

      expect(selected).to.deep.equal(handles);
    });

    it('gives each process its settings and its identity', async () => {
      using crew = new FakeCrew({ serialization: 'advanced' });
      await crew.ready(1, 'cook');

      expect(crew.cluster.forks[0]?.env).to.deep.equal({
        ...{ DISH: 'soup', CLUSTER_GROUP: 'default', CLUSTER_SLOT: '0', CLUSTER_NAME: 'cook' },
        CLUSTER_SERIALIZATION: 'advanced',
        CLUSTER_CODEC: undefined,
        CLUSTER_STANDBY: undefined,
        CLUSTER_WATCHDOG_FD: '4',
      });
      expect(crew.cluster.forks[0]?.settings).to.deep.include({ args: ['--own'], serialization: 'advanced' });
    });

    it('tells each process the name of the codec, unless it is a raw worker', async () => {
      for (const [readyOn, told] of [
        ['hello', 'text'],
        ['online', undefined],
      ] as const) {
        using crew = new FakeCrew({ codec: textCodec, readyOn });
        await crew.ready();

        expect(crew.cluster.forks[0]?.env).to.have.property('CLUSTER_CODEC', told);
      }
    });

    it('gives the same to a replacement', async () => {
      using crew = new FakeCrew();
      await crew.ready(1, 'cook');
      crew.cluster.worker(0).exits(1);

      const [first, second] = crew.cluster.forks;

      expect(second?.env).to.deep.equal(first?.env);
      expect(second?.settings).to.deep.equal(first?.settings);
    });

    it('forks nothing, and is ready, for a count of 0', async () => {
      using crew = new FakeCrew();

      expect(await crew.fork(0)).to.deep.equal([]);

      expect(crew.names).to.deep.equal([]);
    });

    it('rejects when it is prevented, and leaves no slot', async () => {
      using crew = new FakeCrew();
      crew.prevented.add('fork');

      expect(await rejection(() => crew.fork(2))).to.be.instanceOf(PreventedError);

      expect(crew.cluster.forks).to.deep.equal([]);
      expect(crew.supervisor.slots).to.deep.equal([]);
    });

    it('refuses a name that is taken', async () => {
      using crew = new FakeCrew();
      await crew.ready(1, 'cook');

      expect(await rejection(() => crew.fork(1, 'cook'))).to.be.instanceOf(WorkerNameError);
    });

    it('rejects at the first boot failure and says why; the slot is given up', async () => {
      using crew = new FakeCrew();
      const forked = crew.fork(2);
      const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
      crew.cluster.worker(1).says(helloFrame(), failureFrame(toWireError(error)));
      crew.cluster.worker(1).exits(1);

      const rejected = await rejection(forked);

      expect(rejected)
        .to.be.instanceOf(WorkerBootError)
        .with.property('message', 'Worker `default-1` exited with code 1 before it was ready: listen EADDRINUSE');
      expect(rejected.details).to.deep.equal({ workerId: 2, name: 'default-1', exitCode: 1, signal: null });
      expect(rejected.cause).to.have.nested.property('details.remoteCode', 'EADDRINUSE');
      expect(crew.supervisor.slots.map(({ name }) => name)).to.deep.equal(['default-0']);
      expect(crew.cluster.forks).to.have.lengthOf(2);
    });

    it('rejects when a worker is not ready in time', async () => {
      using crew = new FakeCrew({ readyTimeout: 50 });
      const forked = crew.fork();
      crew.clock.advance(50);
      crew.cluster.worker(0).exits(null, 'SIGKILL');

      expect(await rejection(forked)).to.have.property('message', 'Worker `default-0` was not ready in time');
    });

    it('rejects when the group fails before it was the turn of a slot', async () => {
      using crew = new FakeCrew({ startConcurrency: 1, restart: { intensity: 0 } });
      const forked = crew.fork(3);
      crew.cluster.worker(0).becomesReady();
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).becomesReady();

      expect(await rejection(forked)).to.be.instanceOf(GroupFailedError);
    });

    it('rejects when the group is drained before it was the turn of a slot', async () => {
      using crew = new FakeCrew({ startConcurrency: 1 });
      const first = crew.fork();
      const second = crew.fork();
      void crew.supervisor.operations.run({ kind: 'drain', groups: ['default'] });
      crew.cluster.worker(0).exits(0);

      expect(await rejection(first)).to.be.instanceOf(WorkerBootError);
      expect(await rejection(second)).to.be.instanceOf(GroupDrainedError);
    });

    it('rejects when a listener of `fork` shuts down before it was the turn of a slot', async () => {
      using crew = new FakeCrew({ startConcurrency: 1 });
      crew.fork();
      crew.whenTold('fork', () => void crew.supervisor.shutDown());

      expect(await rejection(crew.fork())).to.be.instanceOf(ShutDownError);
    });

    it('rejects when Node throws instead of forking', async () => {
      using crew = new FakeCrew();
      crew.cluster.failure = new Error('spawn EMFILE');

      const error = await rejection(crew.fork());

      expect(error).to.be.instanceOf(WorkerBootError).and.have.property('message').that.includes('spawn EMFILE');
      expect(crew.names).to.deep.equal(['fork', 'workerError']);
      expect(crew.announced[1]?.[1]).to.deep.equal(
        { error: new Error('spawn EMFILE'), worker: undefined },
        'no worker',
      );
    });
  });

  describe('a worker that leaves unasked', () => {
    it('is replaced once, at once, in the same slot', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.announced.length = 0;
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).becomesReady();

      expect(crew.names).to.deep.equal([
        ...['removeWorker', 'workerExit', 'workerReplace', 'fork', 'workerFork', 'workerReady'],
      ]);
      expect(crew.supervisor.roster.ready.map(({ id, slot, generation }) => [id, slot, generation])).to.deep.equal([
        [2, 0, 2],
      ]);
      const talk = crew.talk.map(([name]) => name);
      expect(talk).to.deep.equal(['online', 'status', 'left', 'disconnected', 'gone', 'online', 'status']);
    });

    it('is selected no more from the moment its channel closes', async () => {
      using crew = new FakeCrew();
      const [, second] = await crew.ready(2);
      crew.cluster.worker(0).process.disconnect();

      expect([crew.supervisor.balancer.roundRobin(), crew.supervisor.balancer.roundRobin()]).to.deep.equal([
        second,
        second,
      ]);
      expect(crew.supervisor.roster.size).to.equal(2);
    });

    it('is replaced after a delay when its slot failed before', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).exits(1);
      expect(crew.cluster.forks).to.have.lengthOf(2);

      crew.clock.advance(99);
      expect(crew.cluster.forks).to.have.lengthOf(2);
      crew.clock.advance(1);

      expect(crew.cluster.forks).to.have.lengthOf(3);
      expect(crew.announced.filter(([name]) => name === 'workerReplace')[1]?.[1]).to.include({ delay: 100 });
    });

    it('stays out when the replacement is prevented', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.prevented.add('workerReplace');
      crew.cluster.worker(0).exits(1);
      crew.clock.advance(100_000);

      expect(crew.cluster.forks).to.have.lengthOf(1);
    });

    it('stays out when the fork of the replacement is prevented', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.prevented.add('fork');
      crew.cluster.worker(0).exits(1);
      crew.clock.advance(100_000);

      expect(crew.cluster.forks).to.have.lengthOf(1);
    });

    it('fails its group once, loudly, when there are too many', async () => {
      using crew = new FakeCrew({ restart: { intensity: 2, backoff: { initial: 0, max: 0 } } });
      await crew.ready();
      for (let index = 0; index < 3; index++) crew.cluster.worker(index).exits(1);
      crew.clock.advance(100_000);

      expect(crew.cluster.forks).to.have.lengthOf(3);
      expect(crew.names.filter(name => name === 'groupFailed')).to.have.lengthOf(1);
      expect(await rejection(() => crew.fork())).to.be.instanceOf(GroupFailedError);
    });

    it('is replaced when Node throws for the replacement, as after any failed boot', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.cluster.failure = new Error('spawn EMFILE');
      crew.cluster.worker(0).exits(1);
      await Promise.resolve();
      expect(crew.cluster.forks).to.have.lengthOf(1);
      crew.clock.advance(100);

      expect(crew.cluster.forks).to.have.lengthOf(2);
    });
  });

  describe('several groups', () => {
    const several = (options: ClusterPrimaryOptions = {}) => {
      const api = { args: ['--api'], serialization: 'advanced', restart: { intensity: 0 } } as const;
      return new FakeCrew({ groups: { api }, ...options });
    };
    const into = (crew: FakeCrew, group: string, count = 1, name?: string) => {
      const before = crew.cluster.forks.length;
      const { settings } = crew.supervisor.parts.groups.get(group);
      const forked = crew.supervisor.fork({ group, count, name }, { env: {}, args: settings.args });
      for (const worker of crew.cluster.workers.slice(before)) worker.becomesReady();
      return forked;
    };

    it('count and name their slots each for themselves', async () => {
      using crew = several();
      const handles = [...(await into(crew, 'api', 2)), ...(await into(crew, 'default', 1))];

      expect(handles.map(({ group, name, slot }) => [group, name, slot])).to.deep.equal([
        ['api', 'api-0', 0],
        ['api', 'api-1', 1],
        ['default', 'default-0', 0],
      ]);
    });

    it('share no name: the default name of a slot is passed over when another group has it', async () => {
      using crew = several();
      await into(crew, 'default', 1, 'api-0');

      const [handle] = await into(crew, 'api');

      expect([handle?.name, crew.supervisor.roster.named('api-0')?.group]).to.deep.equal(['api-1', 'default']);
      expect(await rejection(() => into(crew, 'default', 1, 'api-1'))).to.be.instanceOf(WorkerNameError);
    });

    it('give each process, and its replacement, what its own group says', async () => {
      using crew = several();
      await into(crew, 'default');
      await into(crew, 'api');
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).exits(1);

      const forked = crew.cluster.forks.map(({ env, settings }) => [
        env.CLUSTER_NAME,
        env.CLUSTER_SERIALIZATION,
        Reflect.get(settings ?? {}, 'serialization'),
        Reflect.get(settings ?? {}, 'args'),
      ]);
      expect(forked).to.deep.equal([
        ['default-0', 'json', 'json', ['--group']],
        ['api-0', 'advanced', 'advanced', ['--api']],
        ['default-0', 'json', 'json', ['--group']],
      ]);
    });

    it('fail each for itself, by their own restart policy', async () => {
      using crew = several();
      await into(crew, 'default');
      await into(crew, 'api');
      crew.cluster.worker(1).exits(1);

      expect(crew.announced.at(-1)).to.have.nested.property('[1].group', 'api');
      expect(await rejection(() => into(crew, 'api'))).to.be.instanceOf(GroupFailedError);
      crew.cluster.worker(0).exits(1);
      expect(crew.names.filter(name => name === 'groupFailed')).to.have.lengthOf(1);
      expect(crew.cluster.forks.at(-1)?.env).to.include({ CLUSTER_NAME: 'default-0' });
    });

    it('have their own time to get ready', async () => {
      using crew = several({ readyTimeout: 1_000, groups: { api: { readyTimeout: 50 } } });
      crew.supervisor.fork({ group: 'default' }, { env: {}, args: [] }).catch(() => {});
      const forked = crew.supervisor.fork({ group: 'api' }, { env: {}, args: [] });
      forked.catch(() => {});
      crew.clock.advance(50);

      expect(crew.cluster.workers.map(({ process }) => process.signals.length)).to.deep.equal([0, 2]);
      crew.cluster.worker(1).exits(null, 'SIGKILL');
      expect(await rejection(forked)).to.have.property('message', 'Worker `api-0` was not ready in time');
    });

    it('are no group in use when the fork is prevented', async () => {
      using crew = several();
      crew.prevented.add('fork');
      await rejection(() => into(crew, 'default'));

      expect(crew.supervisor.parts.groups.only?.name).to.equal('api');
      crew.prevented.clear();
      await into(crew, 'default');
      expect(crew.supervisor.parts.groups.only).to.equal(undefined);
    });
  });

  describe('a newcomer that leaves by itself while it proves itself', () => {
    it('takes no place: the old worker stays, and the reload fails', async () => {
      using crew = new FakeCrew();
      const [old] = await crew.ready();
      const order = { kind: 'reload', groups: ['default'], edition: crew.supervisor.editions.add({}) } as const;
      const reloaded = crew.supervisor.operations.run({ ...order, stability: 1_000 });
      const newcomer = crew.cluster.worker(1);
      newcomer.becomesReady();
      newcomer.says(stopFrame('destroyed', 30_000));
      crew.clock.advance(1_000);

      expect(crew.supervisor.roster.ready).to.deep.equal([old]);
      newcomer.exits(0);
      expect((await reloaded).report).to.deep.include({ replaced: [], notReplaced: ['default-0'] });
      expect(old?.state).to.equal('ready');
    });
  });

  describe('a spare worker that leaves by itself', () => {
    it('takes no place any more', async () => {
      using crew = new FakeCrew({ standby: 1 });
      const forked = crew.supervisor.fork({ group: 'default', count: 1 });
      crew.cluster.worker(0).becomesReady();
      await forked;
      crew.cluster.worker(1).says(helloFrame(), standbyFrame(), stopFrame('SIGTERM', 30_000));
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(2).becomesReady();

      expect(crew.supervisor.roster.ready.map(String)).to.deep.equal(['default-0 (3)']);
    });
  });

  describe('#retire', () => {
    it('asks the worker once', async () => {
      using crew = new FakeCrew();
      const [handle] = await crew.ready();
      const worker = crew.cluster.worker(0);
      void handle?.destroy();
      await worker.process.idle;
      await worker.process.idle;

      expect(worker.frames.filter(([kind]) => kind === FrameKind.stop)).to.have.lengthOf(1);
    });

    it('stops the worker and gives its slot up', async () => {
      using crew = new FakeCrew();
      const [handle] = await crew.ready();
      const destroyed = handle?.destroy({ timeout: 5 });
      await undefined;
      expect(crew.cluster.worker(0).frames.at(-1)).to.deep.equal(stopFrame('destroyed', 5));
      crew.cluster.worker(0).exits(0);

      expect(await destroyed).to.include({ cause: 'destroyed', expected: true });
      expect(crew.supervisor.slots).to.deep.equal([]);
      expect(crew.cluster.forks).to.have.lengthOf(1);
    });

    it('climbs the ladder when the worker does not go', async () => {
      using crew = new FakeCrew();
      const [handle] = await crew.ready();
      void handle?.destroy();
      await undefined;
      crew.clock.advance(110);

      expect(crew.cluster.worker(0).process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    });

    it('shortens the wait when it is asked again', async () => {
      using crew = new FakeCrew();
      const [handle] = await crew.ready();
      void handle?.destroy();
      void handle?.destroy({ timeout: 1 });
      await undefined;
      crew.clock.advance(1);

      expect(crew.cluster.worker(0).process.signals).to.deep.equal(['SIGTERM']);
    });

    it('leaves the replacement of a worker that is gone alone', async () => {
      using crew = new FakeCrew();
      const [handle] = await crew.ready();
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).becomesReady();

      expect(await handle?.destroy()).to.include({ cause: 'crash' });

      expect(crew.supervisor.roster.ready).to.have.lengthOf(1);
      expect(crew.cluster.worker(1).frames).to.deep.equal([]);
    });
  });

  describe('names', () => {
    const reload = (crew: FakeCrew, stability = 0) => {
      return crew.supervisor.operations.run({ kind: 'reload', groups: ['default'], edition: 1, stability });
    };

    it('mean the old worker until a newcomer takes over', async () => {
      using crew = new FakeCrew();
      const [old] = await crew.ready(1, 'cook');
      const { roster } = crew.supervisor;
      void reload(crew, 50);
      const meant = [roster.named('cook')];
      crew.cluster.worker(1).becomesReady();
      meant.push(roster.named('cook'));
      crew.clock.advance(50);
      meant.push(roster.named('cook'));
      crew.cluster.worker(0).exits(0);
      meant.push(roster.named('cook'));

      expect(meant.map(handle => handle?.id)).to.deep.equal([1, 1, 2, 2]);
      expect([old?.name, roster.named('cook')?.name]).to.deep.equal(['cook', 'cook']);
    });

    it('mean the old worker again, and still, when the newcomer fails', async () => {
      using crew = new FakeCrew();
      await crew.ready(1, 'cook');
      void reload(crew, 50);
      crew.cluster.worker(1).becomesReady();
      crew.cluster.worker(1).exits(1);

      expect(crew.supervisor.roster.named('cook')?.id).to.equal(1);
    });

    it('mean the newcomer of a worker that dies first, as soon as it is there', async () => {
      using crew = new FakeCrew();
      await crew.ready(1, 'cook');
      void reload(crew, 50);
      crew.cluster.worker(0).exits(1);
      const { roster, slots } = crew.supervisor;
      const [slot] = slots;
      if (!slot) throw new Error('The slot is lost');

      expect(roster.named('cook')?.id).to.equal(slot.generation);
      expect(crew.supervisor.processes.latest(slot)?.handle).to.equal(roster.named('cook'));
    });

    it('of a spare worker are those of its place, then of the slot that it moves to', async () => {
      using crew = new FakeCrew({ standby: 1 });
      void crew.supervisor.fork({ group: 'default', name: 'cook' });
      crew.cluster.worker(0).becomesReady();
      crew.cluster.worker(1).standsBy();
      const { roster } = crew.supervisor;
      const spare = roster.named('default-standby-0');
      expect(spare?.id).to.equal(2);

      crew.cluster.worker(0).exits(1);

      expect([roster.named('cook'), roster.named('default-standby-0')]).to.deep.equal([spare, undefined]);
      expect(spare).to.include({ name: 'cook', state: 'online', generation: 2 });
    });
  });

  describe('the editions of reloads', () => {
    it('are forgotten when nobody has them any more', async () => {
      using crew = new FakeCrew();
      crew.cluster.obedient = true;
      await crew.supervisor.fork({ group: 'default', count: 2 });
      const { editions, operations } = crew.supervisor;
      for (let day = 1; day <= 20; day++) {
        const edition = editions.add({ env: { DAY: String(day) } });
        await operations.run({ kind: 'reload', groups: ['default'], edition });
        crew.supervisor.closeEdition(edition);
      }

      expect(editions.size).to.equal(1);
      expect(crew.cluster.forks.at(-1)?.env).to.include({ DAY: '20' });
    });

    it('stay as long as a worker has them, as after a reload that failed half-way', async () => {
      using crew = new FakeCrew();
      crew.cluster.obedient = true;
      await crew.supervisor.fork({ group: 'default', count: 2 });
      const { editions, operations } = crew.supervisor;
      const edition = editions.add({ env: { DAY: '1' } });
      const settlement = operations.run({ kind: 'reload', groups: ['default'], edition });
      crew.whenTold('removeWorker', () => {
        crew.cluster.failure = new Error('spawn EMFILE');
      });
      expect((await settlement).report?.replaced).to.deep.equal(['default-0']);
      crew.supervisor.closeEdition(edition);
      crew.supervisor.closeEdition(editions.add({}));

      expect(editions.size).to.equal(1);
      crew.cluster.workers.at(-1)?.exits(1);
      expect(crew.cluster.forks.at(-1)?.env).to.include({ DAY: '1' });
    });
  });

  describe('a group with which everything ends', () => {
    const crewThatEnds = () => new FakeCrew({ whenGroupFails: 'exit', restart: { intensity: 0 } });

    it('is told once it has failed', async () => {
      using crew = crewThatEnds();
      await crew.ready();
      crew.cluster.worker(0).exits(1);

      expect(crew.gaveUp).to.deep.equal(['default']);
    });

    it('ends nothing when somebody prevents that', async () => {
      using crew = crewThatEnds();
      await crew.ready();
      crew.prevented.add('groupFailed');
      crew.cluster.worker(0).exits(1);

      expect(crew.gaveUp).to.deep.equal([]);
    });
  });

  describe('#close', () => {
    it('replaces nobody and starts nobody whose turn would come, and tells of neither', async () => {
      using crew = new FakeCrew({ startConcurrency: 1 });
      await crew.ready();
      const forked = crew.fork(2);
      crew.announced.length = 0;
      crew.supervisor.close();
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).becomesReady();

      expect(crew.cluster.forks).to.have.lengthOf(2);
      expect(crew.names).to.deep.equal(['removeWorker', 'workerExit', 'workerReady']);
      const gone = crew.supervisor.shutDown();
      crew.cluster.worker(1).exits(0);
      await gone;
      expect(await rejection(forked)).to.be.instanceOf(ShutDownError);
    });
  });

  describe('#shutDown', () => {
    it('resolves when every process is gone, and not before', async () => {
      using crew = new FakeCrew();
      await crew.ready(2);
      const told: string[] = [];
      const gone = crew.supervisor.shutDown().then(() => told.push('gone'));
      crew.cluster.worker(0).exits(0);
      await undefined;
      told.push('one left');
      crew.cluster.worker(1).exits(0);
      await gone;

      expect(told).to.deep.equal(['one left', 'gone']);
      expect(crew.cluster.forks).to.have.lengthOf(2);
    });

    it('resolves at once without workers', async () => {
      using crew = new FakeCrew();

      await crew.supervisor.shutDown();

      expect(crew.supervisor.isShuttingDown).to.equal(true);
    });

    it('forks nothing any more, not even what was due', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).exits(1);

      await crew.supervisor.shutDown();
      crew.clock.advance(100_000);

      expect(crew.cluster.forks).to.have.lengthOf(2);
      expect(crew.clock.pending).to.equal(0);
    });

    for (const [asked, forks] of [
      ['fork', 0],
      ['workerFork', 1],
    ] as const) {
      it(`forks nothing any more when a listener of \`${asked}\` asked for it`, async () => {
        using crew = new FakeCrew();
        crew.cluster.obedient = true;
        let gone: Promise<void> | undefined;
        crew.whenTold(asked, () => {
          gone ??= crew.supervisor.shutDown();
        });

        const forked = crew.fork(2);
        await gone;

        expect(await rejection(forked)).to.be.instanceOf(ShutDownError);
        expect([crew.cluster.forks.length, crew.supervisor.slots]).to.deep.equal([forks, []]);
      });
    }

    it('stops a spare worker that is to take a place when a listener of `fork` asks for it, and does not activate it', async () => {
      using crew = new FakeCrew({ standby: 1, restart: { intensity: 1 } });
      const forked = crew.supervisor.fork({ group: 'default', count: 2 });
      for (const at of [0, 1]) crew.cluster.worker(at).becomesReady();
      await forked;
      const spare = crew.cluster.worker(2);
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(3).becomesReady();
      spare.says(helloFrame(), standbyFrame());
      for (const at of [1, 3]) crew.cluster.worker(at).exits(1);
      crew.whenTold('fork', () => void crew.supervisor.shutDown());
      void crew.supervisor.operations.run({ kind: 'resume', groups: ['default'] });
      const gone = crew.supervisor.shutDown();

      expect(spare.frames).to.deep.equal([stopFrame('shutDown', 100)]);
      spare.exits(0);
      await gone;
    });

    it('waits for no delay when a listener of `workerReplace` asked for it', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      crew.cluster.worker(0).exits(1);
      crew.whenTold('workerReplace', () => void crew.supervisor.shutDown());

      crew.cluster.worker(1).exits(1);

      expect(crew.clock.pending).to.equal(0);
    });

    it('rejects who waits for a worker to be ready', async () => {
      using crew = new FakeCrew();
      const forked = crew.fork();
      const next = crew.supervisor.nextReady.wait('default');
      void crew.supervisor.shutDown();
      crew.cluster.worker(0).exits(0);

      expect(await rejection(forked)).to.be.instanceOf(ShutDownError);
      expect(await rejection(next)).to.be.instanceOf(ShutDownError);
    });
  });

  describe('a reload', () => {
    it('keeps nothing alive by its stability, which may be long', async () => {
      using crew = new FakeCrew();
      await crew.ready();
      const { clock } = crew;
      const asked: unknown[] = [];
      const after = clock.after.bind(clock);
      Object.assign(clock, {
        after: (delay: number, callback: () => void, options: unknown) => {
          if (delay === 60_000) asked.push(options);
          return after(delay, callback);
        },
      });

      const order = { kind: 'reload', groups: ['default'], edition: 1, stability: 60_000 } as const;
      void crew.supervisor.operations.run(order);
      crew.cluster.worker(1).becomesReady();

      expect(asked).to.deep.equal([{ keepAlive: false }]);
    });
  });

  describe('who waits for a worker whose turn to start has not come', () => {
    const oneByOne = { startConcurrency: 1 };

    it('hears when the group fails', async () => {
      using crew = new FakeCrew({ ...oneByOne, restart: { intensity: 0 } });
      await crew.ready();
      const forked = crew.fork(2);
      crew.cluster.worker(0).exits(1);

      expect(await rejection(forked)).to.be.instanceOf(GroupFailedError);
    });

    it('hears when the group is drained', async () => {
      using crew = new FakeCrew(oneByOne);
      const forked = crew.fork(2);
      const drained = crew.supervisor.operations.run({ kind: 'drain', groups: ['default'] });

      expect(await rejection(forked)).to.be.instanceOf(GroupDrainedError);
      crew.cluster.worker(0).exits(0);
      await drained;
    });
  });

  it('tells who waits for a replacement that is due later when the group is drained', async () => {
    using crew = new FakeCrew({ restart: { backoff: { initial: 60_000 } } });
    await crew.ready();
    crew.cluster.worker(0).exits(1);
    crew.cluster.worker(1).becomesReady();
    crew.cluster.worker(1).exits(1);
    const [slot] = crew.supervisor.slots;
    expect(slot?.phase).to.equal('waiting');
    const byName = crew.supervisor.nextProcess.wait(slot as Slot);
    const byGroup = crew.supervisor.nextReady.wait('default');

    await crew.supervisor.operations.run({ kind: 'drain', groups: ['default'] });

    for (const waiting of [byName, byGroup]) expect(await rejection(waiting)).to.be.instanceOf(GroupDrainedError);
  });

  describe('#killAll', () => {
    it('kills every process that lives', async () => {
      using crew = new FakeCrew();
      await crew.ready(2);
      crew.supervisor.killAll();

      expect(crew.cluster.workers.map(({ process }) => process.signals)).to.deep.equal([['SIGKILL'], ['SIGKILL']]);
    });
  });

  describe('who waits for a ready worker', () => {
    /** The outcomes of waiting for `default` and for any group, as they come. */
    function waitInto(crew: FakeCrew, told: unknown[]): void {
      for (const group of ['default', undefined])
        crew.supervisor.nextReady.add(
          group,
          outcome => void told.push('error' in outcome ? outcome.error : outcome.value),
        );
    }

    it('is told, whether of one group or of any', async () => {
      using crew = new FakeCrew();
      const told: unknown[] = [];
      waitInto(crew, told);

      const [worker] = await crew.ready();

      expect(told).to.deep.equal([worker, worker]);
    });

    it('is not told of one that leaves at once', async () => {
      using crew = new FakeCrew();
      const told: unknown[] = [];
      waitInto(crew, told);
      crew.whenTold('workerReady', () => crew.cluster.worker(0).process.disconnect());
      await crew.ready();

      expect(told).to.deep.equal([]);
    });

    it('hears when the group has failed, and not before its last worker is gone', async () => {
      using crew = new FakeCrew({ restart: { intensity: 0 } });
      const told: unknown[] = [];
      await crew.ready();
      void crew.fork();
      crew.cluster.worker(0).exits(1);
      waitInto(crew, told);
      expect(told).to.deep.equal([]);

      crew.cluster.worker(1).exits(1);

      expect(told.map(error => (error as Error).name)).to.deep.equal(['GroupFailedError', 'GroupFailedError']);
    });

    it('hears when the group is drained, though no worker was left to go', async () => {
      using crew = new FakeCrew({ restart: { backoff: { initial: 5_000 } } });
      await crew.ready();
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).becomesReady();
      crew.cluster.worker(1).exits(1);
      const waiting = crew.supervisor.nextReady.wait('default');
      await crew.supervisor.operations.run({ kind: 'drain', groups: ['default'] });

      expect(await rejection(waiting)).to.be.instanceOf(GroupDrainedError);
    });

    it('hears nothing when workers are given up one by one: somebody may fork others', async () => {
      using crew = new FakeCrew();
      const [worker] = await crew.ready();
      const told: unknown[] = [];
      waitInto(crew, told);
      const gone = worker?.destroy();
      crew.cluster.worker(0).exits(0);
      await gone;

      expect(crew.supervisor.slots).to.deep.equal([]);
      expect(told).to.deep.equal([]);
    });
  });
});
