import { Duplex, PassThrough } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WorkerExitedError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { Tally } from '../../lib/primary/statistics.js';
import type { WorkerProcess } from '../../lib/primary/worker-process.js';
import {
  activateFrame,
  beatFrame,
  failureFrame,
  helloFrame,
  messageFrame,
  readyFrame,
  replyFrame,
  requestFrame,
  standbyFrame,
  statusFrame,
  stopFrame,
  storeFrame,
} from '../../lib/protocol/frame.js';
import type { ExitRecord } from '../../lib/supervision/exit-record.js';
import { settled } from '../support/conversation.js';
import { FakeWorker } from '../support/fake-worker.js';
import { rejection } from '../support/thrown.js';
import { fakeProcess, readyProcess, slotOf, type Told, talkInto } from '../support/worker-process.js';

const address = { address: '127.0.0.1', port: 80, addressType: 4 } as const;

function exitOf(told: Told): ExitRecord {
  return told.find(([name]) => name === 'exited')?.[1] as ExitRecord;
}

describe('WorkerProcess', () => {
  describe('hanging', () => {
    const limits = { readyTimeout: 1_000, drainTimeout: 100, killTimeout: 10, heartbeat: { interval: 100, misses: 3 } };
    const hang = async ({ clock }: ReturnType<typeof fakeProcess>) => {
      clock.advance(300);
      clock.advance(10);
      await settled();
    };

    it('is killed at once when it gives no sign of life, and that is told by the exit record', async () => {
      const each = readyProcess({ limits });
      each.fake.says(beatFrame(0, { memory: 1_000 }));
      await hang(each);

      expect(each.told).to.deep.equal([['hung', undefined], ['left']]);
      expect(each.fake.process.signals).to.deep.equal(['SIGKILL']);
      expect(each.worker.state).to.equal('stopping');
      expect(each.worker.isStopping).to.equal(false);
      each.fake.exits(null, 'SIGKILL');
      const exit = exitOf(each.told);
      expect(exit).to.include({ cause: 'hung', expected: false, rung: 'SIGKILL', memory: 1_000 });
      expect(each.clock.pending).to.equal(0);
    });

    it('lives on when somebody wants that, and is judged anew', async () => {
      const told: unknown[] = [];
      const each = readyProcess({ limits, talk: { ...talkInto([]), hung: () => told.push('hung') === 2 } });
      await hang(each);
      expect(each.fake.process.signals).to.deep.equal([]);
      expect(each.worker.state).to.equal('ready');

      await hang(each);
      await hang(each);

      expect(told).to.have.lengthOf(2);
      expect(each.fake.process.signals).to.deep.equal(['SIGKILL']);
    });

    it('is killed at once also while it drains, and the cause stays what was wanted', async () => {
      const each = readyProcess({ limits: { ...limits, drainTimeout: 30_000 } });
      each.worker.stop('drained');
      await hang(each);

      expect(each.fake.process.signals).to.deep.equal(['SIGKILL']);
      each.fake.exits(null, 'SIGKILL');
      expect(exitOf(each.told)).to.include({ cause: 'drained', expected: true, rung: 'SIGKILL' });
    });

    it('is not looked for before the worker is ready, nor after its channel closed', async () => {
      const starting = fakeProcess({ limits });
      starting.fake.says(helloFrame());
      await hang(starting);
      expect(starting.names()).to.deep.equal([]);

      const closed = readyProcess({ limits: { ...limits, drainTimeout: 30_000 } });
      closed.fake.process.disconnect();
      await hang(closed);

      expect(closed.names()).not.to.include('hung');
    });

    it('is asked of the watchdog, whose line closes with the exit', async () => {
      const fake = new FakeWorker(7);
      const socket = new Duplex({
        read() {},
        write(question: Buffer, _encoding, done) {
          this.push(`[${question[0]},"spin (a:1:1)"]\n`);
          done();
        },
      });
      Object.assign(fake.process, { stdio: [null, null, null, null, Object.assign(socket, { unref: () => {} })] });
      const each = fakeProcess({ limits, node: fake.node, watchdog: 4 });
      fake.becomesReady();
      each.clock.advance(300);
      await settled();

      expect(each.told.at(-2)).to.deep.equal(['hung', ['spin (a:1:1)']]);
      fake.exits(null, 'SIGKILL');
      expect(exitOf(each.told).stack).to.deep.equal(['spin (a:1:1)']);
      expect(socket.destroyed).to.equal(true);
    });
  });

  describe('standard error', () => {
    it('has its last lines in the exit record, which waits for them', () => {
      const fake = new FakeWorker(7);
      const stderr = new PassThrough();
      Object.assign(fake.process, { stderr });
      const { told } = fakeProcess({ node: fake.node });
      fake.exits(1);
      expect(told.map(([name]) => name)).not.to.include('exited');
      stderr.push(Buffer.from('no gas\n'));
      stderr.push(null);

      expect(exitOf(told).stderr).to.deep.equal(['no gas']);
    });
  });

  describe('starting', () => {
    it('goes from starting to online to ready', () => {
      const { fake, worker, told } = fakeProcess();
      const states = [worker.state];
      fake.emit('online');
      states.push(worker.state);
      fake.says(helloFrame());
      states.push(worker.state);
      fake.says(readyFrame());
      states.push(worker.state);

      expect(states).to.deep.equal(['starting', 'online', 'online', 'ready']);
      expect(told).to.deep.equal([['online'], ['status', 'INITIALIZING', 'IDLE'], ['ready']]);
    });

    it('is ready once, however often it says so', () => {
      const { fake, names } = fakeProcess();
      fake.becomesReady();
      fake.says(readyFrame());

      expect(names().filter(name => name === 'ready')).to.have.lengthOf(1);
    });

    it('counts its uptime from the fork', () => {
      const { clock, worker } = fakeProcess();
      clock.advance(250);

      expect(worker.uptime).to.equal(250);
    });

    it('has a generation of its own, whichever its slot has', () => {
      const { worker } = fakeProcess({ generation: 4 });

      expect([worker.generation, worker.slot.generation, worker.handle.generation]).to.deep.equal([4, 1, 4]);
    });

    it('is killed at the deadline, and that is told by the exit record', () => {
      const { fake, clock, told, worker } = fakeProcess();
      clock.advance(999);
      expect(fake.process.signals).to.deep.equal([]);
      clock.advance(1);
      expect(fake.process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
      fake.exits(null, 'SIGKILL');

      expect(worker.state).to.equal('exited');
      expect(exitOf(told)).to.include({ cause: 'bootTimeout', expected: false, rung: 'SIGKILL', uptime: 1_000 });
    });

    it('is not ready any more after the deadline', () => {
      const { fake, clock, names } = fakeProcess();
      clock.advance(1_000);
      fake.becomesReady();

      expect(names()).not.to.include('ready');
    });

    it('leaves no timer once it is ready', () => {
      const { fake, clock } = fakeProcess();
      fake.becomesReady();

      expect(clock.pending).to.equal(0);
    });

    it('is a boot failure when it exits before it is ready', () => {
      const { fake, told } = fakeProcess();
      fake.exits(1);

      expect(exitOf(told)).to.include({ cause: 'boot', expected: false, code: 1 });
    });
  });

  describe('readyOn', () => {
    it('online: is ready when the process runs', () => {
      const { fake, names } = fakeProcess({ readyOn: 'online' });
      fake.emit('online');

      expect(names()).to.deep.equal(['online', 'status', 'ready']);
    });

    it('listening: is ready when it listens', () => {
      const { fake, names } = fakeProcess({ readyOn: 'listening' });
      fake.emit('online');
      expect(names()).to.deep.equal(['online']);
      fake.emit('listening', address);

      expect(names()).to.deep.equal(['online', 'listening', 'status', 'ready']);
    });

    it("message: is ready when it sends the bare string 'ready', which is no message then", () => {
      const { fake, told } = fakeProcess({ readyOn: 'message' });
      fake.saysBare('steady');
      fake.saysBare('ready');
      fake.saysBare('ready');

      expect(told).to.deep.equal([
        ['message', 'steady', undefined],
        ['status', 'INITIALIZING', 'IDLE'],
        ['ready'],
        ['message', 'ready', undefined],
      ]);
    });
  });

  describe('as a spare one', () => {
    const spare = () => fakeProcess({ slot: slotOf('spare', 0, 'standby') });
    const place = slotOf('chef', 3);

    function waiting() {
      const all = spare();
      all.fake.emit('online');
      all.fake.says(helloFrame(), standbyFrame());
      return all;
    }

    /** Of a spare process that has moved into the place of the chef. */
    function promoted() {
      const all = waiting();
      all.told.length = 0;
      all.fake.process.written.length = 0;
      all.worker.moveTo(place, 5, new Tally());
      return all;
    }

    it('waits when it is initialized, without a deadline', () => {
      const { worker, clock, names } = waiting();

      expect(worker.state).to.equal('standby');
      expect(names()).to.deep.equal(['online', 'standingBy']);
      expect(clock.pending).to.equal(0);
    });

    it('has a deadline until then', () => {
      const { fake, clock, told } = spare();
      fake.emit('online');
      fake.says(helloFrame());
      clock.advance(1_000);
      expect(fake.process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
      fake.says(standbyFrame());
      fake.exits(null, 'SIGKILL');

      expect(told.map(([name]) => name)).not.to.include('standingBy');
      expect(exitOf(told)).to.include({ cause: 'bootTimeout' });
    });

    it('waits once, however often it says so', () => {
      const { fake, names } = waiting();
      fake.says(standbyFrame());

      expect(names().filter(name => name === 'standingBy')).to.have.lengthOf(1);
    });

    it('is not ready before it is told to be', () => {
      const { fake, worker, names } = waiting();
      fake.says(readyFrame());

      expect(worker.state).to.equal('standby');
      expect(names()).not.to.include('ready');
    });

    it('is none because it says so: only in the slot of a spare one', () => {
      const { fake, worker, names } = fakeProcess();
      fake.emit('online');
      fake.says(helloFrame(), standbyFrame());

      expect(worker.state).to.equal('online');
      expect(names()).to.deep.equal(['online']);
    });

    it('is activated where it moves to, and then becomes ready', async () => {
      const { fake, worker, names } = promoted();
      expect(worker.state).to.equal('online');
      expect(fake.frames).to.deep.equal([activateFrame({ name: 'chef', slot: 3 })]);

      fake.says(readyFrame());

      expect(worker.state).to.equal('ready');
      expect(names()).to.deep.equal(['status', 'ready']);
    });

    it('is what its new slot says from then on, and the same process', () => {
      const { worker } = promoted();

      expect(worker.handle).to.include({ id: 7, name: 'chef', slot: 3, generation: 5 });
      expect(worker.slot).to.equal(place);
    });

    it('says no more that it waits', () => {
      const { fake, names } = promoted();
      fake.says(standbyFrame());

      expect(names()).to.deep.equal([]);
    });

    it('has the deadline of a boot again to be ready, counted anew', () => {
      const { fake, clock, worker } = waiting();
      clock.advance(50_000);
      worker.moveTo(place, 5, new Tally());
      clock.advance(999);
      expect(fake.process.signals).to.deep.equal([]);

      clock.advance(1);

      expect(fake.process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    });

    it('leaves no timer once it is ready', () => {
      const { fake, clock } = promoted();
      fake.says(readyFrame());

      expect(clock.pending).to.equal(0);
    });

    it('is known by its new name in errors', async () => {
      const { fake, worker } = promoted();
      fake.exits(1);

      expect(await rejection(worker.request('salt', {}))).to.have.property(
        'message',
        'Worker `chef` (7) exited with code 1',
      );
    });

    it('gets what was sent to it while it waited', async () => {
      const { fake, worker } = waiting();
      await worker.conversation.send('soup');

      expect(fake.bodies).to.deep.equal(['soup']);
    });

    it('is only stopped when it is asked to while it waits', () => {
      const { fake, worker, names } = waiting();
      fake.process.written.length = 0;
      worker.stop('scaled');
      expect([worker.state, fake.frames]).to.deep.equal(['draining', [stopFrame('scaled', 100)]]);

      worker.moveTo(place, 5, new Tally());
      fake.exits(0);

      // It belongs to its new slot, but was never activated there.
      expect(worker.handle.name).to.equal('chef');
      expect(names()).to.deep.equal(['online', 'standingBy', 'standsDown', 'disconnected', 'exited']);
    });

    it('has not failed to boot when it ends while it waits', () => {
      const causes = [
        ['crash', 1, null],
        ['clean', 0, null],
        ['signal', null, 'SIGKILL'],
        ['oom', null, 'SIGABRT'],
      ] as const;
      for (const [cause, code, signal] of causes) {
        const { fake, told } = waiting();
        fake.exits(code, signal);

        expect(exitOf(told)).to.include({ cause, expected: false });
      }
    });

    it('fails to boot when it ends after that, before it is ready', () => {
      const { fake, told } = promoted();
      fake.exits(1);

      expect(exitOf(told)).to.include({ cause: 'boot', expected: false, code: 1 });
    });

    it('has not failed to boot when it was about to end before it was moved', () => {
      const { fake, told, worker } = waiting();
      fake.process.disconnect();
      worker.moveTo(place, 5, new Tally());
      fake.exits(null, 'SIGKILL');

      expect(exitOf(told)).to.include({ cause: 'signal', expected: false });
    });
  });

  describe('what it says', () => {
    it('is told on: messages, requests, addresses, its status', () => {
      const { fake, told, worker } = readyProcess();
      fake.says(messageFrame('soup'), requestFrame(1, 'salt'), statusFrame('BUSY'), statusFrame('BUSY'));
      fake.emit('listening', address);

      expect(told.map(([name]) => name)).to.deep.equal(['message', 'request', 'status', 'listening']);
      expect(told[0]).to.deep.equal(['message', 'soup', undefined]);
      expect(told[1]?.[1]).to.include({ id: 1, body: 'salt' });
      expect(told[2]).to.deep.equal(['status', 'IDLE', 'BUSY']);
      expect(worker.status).to.equal('BUSY');
    });

    it('leaves its status to what is pending as long as it says none', () => {
      const { fake, worker, told } = readyProcess();
      const shown = [worker.status];
      worker.request({ type: 'cook' }, {}).catch(() => {});
      shown.push(worker.status);
      fake.says(replyFrame(1, 'soup'));
      shown.push(worker.status);

      expect(shown).to.deep.equal(['IDLE', 'PROCESSING', 'IDLE']);
      expect(told).to.deep.equal([]);
    });

    it('is its load, and never a violation', () => {
      const { fake, told, worker } = readyProcess();
      fake.says(beatFrame(0, { utilization: 0.25 }), beatFrame(0));

      expect(worker.handle.load).to.equal(0.25);
      expect(told).to.deep.equal([]);
    });

    it('is asked for when somebody looks at its load', () => {
      const { fake, worker } = readyProcess();
      expect(worker.handle.load).to.equal(undefined);

      expect(fake.frames).to.deep.equal([beatFrame(0, { interval: 1_000 })]);
    });

    it('is not asked for before it can be heard, or of a script that does not use this library', () => {
      const early = fakeProcess();
      expect(early.worker.handle.load).to.equal(undefined);
      const raw = fakeProcess({ readyOn: 'online' });
      raw.fake.emit('online');
      expect(raw.worker.handle.load).to.equal(undefined);
      raw.clock.advance(5_000);

      expect([early.fake.process.written, raw.fake.process.written]).to.deep.equal([[], []]);
      expect(raw.worker.handle.load).to.equal(undefined);
    });

    it('is told of, and a violation when it is no frame', () => {
      const { fake, told } = readyProcess();
      fake.says(storeFrame(1, {}));
      fake.saysBare('no batch');

      expect(told).to.deep.equal([
        ['store', 1, {}],
        ['violation', 'a payload that is no batch of frames'],
      ]);
    });

    it('makes it leave when it says that it stops', () => {
      const { fake, told, worker } = readyProcess();
      fake.says(stopFrame('destroyed'));

      expect(told).to.deep.equal([['left']]);
      expect(worker.state).to.equal('draining');
      expect(worker.isStopping).to.equal(false);
    });

    it('ends it by force when it is not gone in the time that it gave itself', () => {
      const { fake, clock } = readyProcess();
      fake.says(stopFrame('destroyed', 300));
      clock.advance(299);
      expect(fake.process.signals).to.deep.equal([]);

      clock.advance(11);

      expect(fake.process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    });

    it('lets it have all the time that it wants when it says so', () => {
      const { fake, clock } = readyProcess();
      fake.says(stopFrame('destroyed'));
      clock.advance(1e9);

      expect(fake.process.signals).to.deep.equal([]);
    });

    it('gives it the time of who asks, who comes after it', () => {
      const { fake, clock, worker } = readyProcess();
      fake.says(stopFrame('SIGTERM', 300));
      worker.stop('shutDown', 1_000);
      clock.advance(999);

      expect(fake.process.signals).to.deep.equal([]);
    });

    it('is ended when it says that it fails, and lives on', () => {
      const { fake, clock } = readyProcess();
      fake.says(failureFrame(toWireError(new TypeError('burnt'))));

      clock.advance(100);

      expect(fake.process.signals).to.deep.equal(['SIGTERM']);
    });

    it('is in the exit record when it was an error', () => {
      const { fake, told } = readyProcess();
      fake.says(failureFrame(toWireError(new TypeError('burnt'))));
      fake.exits(1);

      expect(exitOf(told)).to.include({ cause: 'crash', code: 1 }).and.have.nested.include({
        'error.name': 'TypeError',
        'error.message': 'burnt',
      });
    });
  });

  describe('what is sent to it', () => {
    it('waits until it said hello', async () => {
      const { fake, worker } = fakeProcess();
      const sent = worker.conversation.send('soup');
      expect(fake.bodies).to.deep.equal([]);

      fake.says(helloFrame());
      await sent;

      expect(fake.bodies).to.deep.equal(['soup']);
    });

    it('waits until a raw one is ready, and is bare', async () => {
      const { fake, worker } = fakeProcess({ readyOn: 'listening' });
      const sent = worker.conversation.send('soup');
      expect(fake.process.written).to.deep.equal([]);

      fake.emit('listening', address);
      await sent;

      expect(fake.process.written).to.deep.equal(['soup']);
    });

    it('rejects once the process is gone, and says how it went', async () => {
      const { fake, worker } = readyProcess();
      const asked = worker.conversation.request('salt', {});
      await fake.process.idle;
      fake.exits(null, 'SIGKILL');

      const error = await rejection(asked);

      expect(error)
        .to.be.instanceOf(WorkerExitedError)
        .with.property('message', 'Worker `cook` (7) exited with SIGKILL');
      expect(error.details).to.deep.equal({ workerId: 7, name: 'cook', exitCode: null, signal: 'SIGKILL' });
    });
  });

  describe('#stop', () => {
    it('asks, and climbs the ladder', () => {
      const { fake, clock, worker } = readyProcess();
      worker.stop('destroyed');
      expect(fake.frames).to.deep.equal([stopFrame('destroyed', 100)]);
      expect(worker).to.include({ state: 'draining', isStopping: true });
      // Node would answer no `listen()` any more that is under way.
      expect(fake.exitedAfterDisconnect).to.equal(false);

      clock.advance(100);
      expect(worker.state).to.equal('stopping');
      clock.advance(10);

      expect(fake.process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    });

    it('leaves at once, once', () => {
      const { clock, told, worker } = readyProcess();
      worker.stop('destroyed');
      clock.advance(110);

      expect(told).to.deep.equal([['left']]);
    });

    it('is explained by its cause, whatever ended the process', () => {
      const { fake, clock, told, worker } = readyProcess();
      worker.stop('shutDown');
      clock.advance(100);
      fake.exits(null, 'SIGTERM');

      expect(exitOf(told)).to.include({ cause: 'shutDown', expected: true, signal: 'SIGTERM', rung: 'SIGTERM' });
    });

    it('keeps its first cause; a second call can only shorten the wait', async () => {
      const { fake, clock, told, worker } = readyProcess();
      worker.stop('destroyed', 50);
      worker.stop('shutDown', 500);
      worker.stop('shutDown', 20);
      await fake.process.idle;
      await fake.process.idle;
      expect(fake.frames).to.deep.equal([50, 500, 20].map(timeout => stopFrame('destroyed', timeout)));
      clock.advance(20);
      expect(fake.process.signals).to.deep.equal(['SIGTERM']);
      fake.exits(0);

      expect(exitOf(told)).to.include({ cause: 'destroyed' });
    });

    it('asks at the hello when it comes before', () => {
      const { fake, worker } = fakeProcess();
      worker.stop('destroyed', 50);
      expect(fake.disconnects).to.equal(0);
      expect(fake.process.written).to.deep.equal([]);
      fake.says(helloFrame());

      expect(fake.frames).to.deep.equal([stopFrame('destroyed', 50)]);
    });

    it("uses Node's own request for a raw worker", () => {
      const { fake, worker } = fakeProcess({ readyOn: 'online' });
      fake.emit('online');
      worker.stop('destroyed');

      expect(fake.disconnects).to.equal(1);
    });

    it('asks nobody when the channel is closed', () => {
      const { fake, worker } = fakeProcess();
      fake.process.disconnect();
      worker.stop('destroyed');

      expect(fake.disconnects).to.equal(0);
    });

    it('lets it be ready no more', () => {
      const { fake, worker, names } = fakeProcess();
      worker.stop('destroyed');
      fake.becomesReady();

      expect(names()).not.to.include('ready');
      expect(worker.state).to.equal('draining');
    });

    it('changes nothing after the exit', () => {
      const { fake, clock, worker } = readyProcess();
      fake.exits(0);
      worker.stop('destroyed');

      expect(worker).to.include({ state: 'exited', isStopping: false });
      expect(clock.pending).to.equal(0);
    });
  });

  describe('the end', () => {
    it('comes with the exit when the channel closed before', () => {
      const { fake, clock, names, worker } = readyProcess();
      fake.process.disconnect();
      expect(worker.state).to.equal('stopping');
      fake.process.emit('exit', 0, null);

      expect(names()).to.deep.equal(['left', 'disconnected', 'exited']);
      expect(worker.state).to.equal('exited');
      expect(clock.pending).to.equal(0);
    });

    it('comes with the channel when the exit came before, so that last messages are read', () => {
      const { fake, told, names } = readyProcess();
      fake.process.emit('exit', 0, null);
      fake.says(messageFrame('last words'));
      expect(names()).to.deep.equal(['left', 'message']);
      fake.process.disconnect();

      expect(names()).to.deep.equal(['left', 'message', 'disconnected', 'exited']);
      expect(told[1]).to.deep.equal(['message', 'last words', undefined]);
    });

    it('comes 50 ms after the exit when the channel stays open, and makes up the disconnect', () => {
      const { fake, clock, names } = readyProcess();
      fake.process.emit('exit', null, 'SIGKILL');
      clock.advance(49);
      expect(names()).to.deep.equal(['left']);
      clock.advance(1);

      expect(names()).to.deep.equal(['left', 'disconnected', 'exited']);
      expect(clock.pending).to.equal(0);
    });

    it('comes once', () => {
      const { fake, clock, names } = readyProcess();
      fake.exits(0);
      fake.process.emit('exit', 1, null);
      clock.advance(1_000);

      expect(names().filter(name => name === 'exited')).to.have.lengthOf(1);
    });

    it('resolves `exited` with the record', async () => {
      const { fake, worker } = readyProcess();
      fake.exits(0);

      expect(await worker.exited.promise).to.include({ cause: 'clean', expected: false, code: 0, rung: undefined });
    });

    it('is forced when the channel closed and the process lives on', () => {
      const { fake, clock } = readyProcess();
      fake.process.disconnect();
      clock.advance(100);
      expect(fake.process.signals).to.deep.equal(['SIGTERM']);
      clock.advance(10);

      expect(fake.process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    });

    it('rejects what waits soon after the channel closed, though the process lives on', async () => {
      const { fake, clock, worker } = readyProcess();
      const asked = worker.conversation.request('salt', {});
      await fake.process.idle;
      fake.process.disconnect();
      clock.advance(50);

      expect(await rejection(asked))
        .to.be.instanceOf(WorkerExitedError)
        .with.property('message', 'Worker `cook` (7) has closed its channel');
    });

    it('is made up for a process that could not be spawned', () => {
      const fake = new FakeWorker(7);
      fake.process.pid = undefined;
      const { clock, told } = fakeProcess({ node: fake.node });
      const error = new Error('spawn EAGAIN');
      fake.emit('error', error);
      clock.advance(50);

      expect(told[0]).to.deep.equal(['failed', error]);
      expect(exitOf(told)).to.include({ cause: 'boot', code: null, signal: null });
    });

    it('is not made up for an error of a process that lives', () => {
      const { fake, clock, names } = readyProcess();
      fake.emit('error', new Error('kill EPERM'));
      clock.advance(1_000);

      expect(names()).to.deep.equal(['failed']);
    });
  });

  it('leaves what a crash means to others: a process is only a process', () => {
    const { fake, worker }: { fake: FakeWorker; worker: WorkerProcess } = readyProcess();
    fake.exits(1);

    expect(worker.slot.history).to.deep.equal([]);
  });

  describe('#tally', () => {
    it('is told what the worker has handled, each message once', () => {
      const { fake, worker } = readyProcess();

      fake.says(beatFrame(0, { handled: 3 }));
      fake.says(beatFrame(0), beatFrame(0, { handled: 5 }));

      expect(worker.tally.messagesHandled).to.equal(5);
    });

    it('may change while the process lives: what was told before is not counted twice', () => {
      const { fake, worker } = readyProcess();
      fake.says(beatFrame(0, { handled: 3 }));

      worker.moveTo(slotOf(), 2, new Tally());
      fake.says(beatFrame(0, { handled: 5 }));

      expect(worker.tally.messagesHandled).to.equal(2);
    });
  });

  describe('#stopping', () => {
    it('says why, and which signal is due', () => {
      const { worker } = readyProcess();
      expect(worker.stopping()).to.deep.equal({ cause: undefined, next: undefined });

      worker.stop('recycled');

      expect(worker.stopping()).to.deep.equal({ cause: 'recycled', next: { signal: 'SIGTERM', at: 100 } });
    });
  });
});
