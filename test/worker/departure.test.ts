import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ChannelClosedError, InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { failureFrame, stopFrame } from '../../lib/protocol/frame.js';
import { phasesOfWorker, type ShutDownPhase, ShutDownPhases } from '../../lib/supervision/shutdown-phases.js';
import type { Deadline } from '../../lib/util/deadline.js';
import { Deferred } from '../../lib/util/deferred.js';
import { InFlight } from '../../lib/util/in-flight.js';
import { checkLeave, Departure } from '../../lib/worker/departure.js';
import { PrimaryLink } from '../../lib/worker/primary-link.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakePrimary } from '../support/fake-primary.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';

const listener = {
  handled: 0,
  ...{ message() {}, request() {}, stop() {}, violation() {}, sendFailed() {} },
  ...{ peerMessage() {}, peerRequest() {}, peerViolation() {} },
};

function setUp({ takeDown, drainTimeout = 100 }: { takeDown?: () => Promise<void>; drainTimeout?: number } = {}) {
  const primary = new FakePrimary();
  const clock = new FakeClock();
  const work = new InFlight();
  const told: unknown[][] = [];
  const link = new PrimaryLink(listener, { serialization: 'json', clock });
  link.greet(undefined);
  const phases = new ShutDownPhases({
    ...{ host: {}, clock, phase: phasesOfWorker, defaultPhase: 'drain' },
    failed: ({ name, error }) => told.push(['hook failed', name, error]),
  });
  const servers = { unbind: async (_: Deadline) => {}, empty: async () => {}, cut: () => {} };
  const departure: Departure = new Departure({
    ...{ link, clock, phases, servers, idle: () => work.idle(), drainTimeout },
    begun: reason => told.push(['begun', reason]),
    takeDown: takeDown ?? (() => departure.runPhases()),
    failed: error => told.push(['failed', error]),
  });
  const note = (name: string) => phases.add(name, () => void told.push([name]), { phase: name as ShutDownPhase });
  const frames = () => primary.frames.slice(1);
  // Whatever still wants to end the process must find the one that cannot be ended.
  const dispose = () => settled().then(() => primary[Symbol.dispose]());
  return { primary, clock, work, told, link, phases, servers, note, departure, frames, [Symbol.asyncDispose]: dispose };
}

describe('Departure', () => {
  describe('with servers', () => {
    const names = ['unbind', 'drain', 'release'];

    it('unbinds them after the hooks, waits until they are empty, and cuts what is left before it releases', async () => {
      await using each = setUp();
      const { told, servers } = each;
      for (const name of names) each.note(name);
      servers.unbind = async () => void told.push(['servers unbind']);
      servers.empty = async () => void told.push(['servers empty']);
      servers.cut = () => void told.push(['servers cut']);

      await each.departure.leave('destroyed');

      expect(told.map(([name]) => name)).to.deep.equal([
        ...['begun', 'unbind', 'servers unbind', 'drain', 'servers empty', 'servers cut', 'release', 'servers empty'],
      ]);
    });

    it('waits for them until the deadline, and then until what was cut is told', async () => {
      await using each = setUp({ drainTimeout: 100 });
      const emptied = new Deferred<void>();
      let cuts = 0;
      each.servers.empty = () => emptied.promise;
      each.servers.cut = () => void cuts++;
      const left = each.departure.leave('destroyed');
      await settled();
      each.clock.advance(99);
      await settled();
      expect(cuts).to.equal(0);
      each.clock.advance(1);
      await settled();
      expect([cuts, each.primary.exits]).to.deep.equal([1, []]);
      emptied.resolve();
      await left;
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('ends also when they are never empty', async () => {
      await using each = setUp({ drainTimeout: 100 });
      each.servers.empty = () => new Promise(() => {});
      each.servers.unbind = () => new Promise(() => {});
      const left = each.departure.leave('destroyed');
      await settled();
      each.clock.advance(100);
      await settled();
      each.clock.advance(4_000);
      await left;
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('lets them know the deadline', async () => {
      await using each = setUp({ drainTimeout: 100 });
      const deadlines: number[] = [];
      each.servers.unbind = async deadline => void deadlines.push(deadline.left);
      await each.departure.leave('destroyed', { timeout: 30 });

      expect(deadlines).to.deep.equal([30]);
    });
  });

  describe('#leave', () => {
    it('tells the primary and the worker, takes it down and ends the process with 0', async () => {
      await using each = setUp();
      expect(each.departure.hasBegun).to.equal(false);

      await each.departure.leave('destroyed');
      await settled();

      expect(each.departure.hasBegun).to.equal(true);
      expect(each.frames()).to.deep.equal([stopFrame('destroyed', 100)]);
      expect(each.told).to.deep.equal([['begun', 'destroyed']]);
      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('joins one that runs', async () => {
      await using each = setUp();

      const first = each.departure.leave('destroyed');
      expect(each.departure.leave('again')).to.equal(first);
      await first;

      expect(each.told).to.deep.equal([['begun', 'destroyed']]);
    });

    it('joins when who is told of it asks for it, too', async () => {
      await using each = setUp();
      const joined: Promise<void>[] = [];
      each.told.push = () => joined.push(each.departure.leave('again'));

      const first = each.departure.leave('destroyed');
      await first;

      expect(joined).to.deep.equal([first]);
    });

    it('waits for open handlers', async () => {
      await using each = setUp();
      const handler = new Deferred<void>();
      each.work.track(handler.promise);
      const left = each.departure.leave('destroyed');
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      handler.resolve();
      await left;
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('waits no longer than its timeout', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      const left = each.departure.leave('destroyed', { timeout: 30 });
      each.clock.advance(29);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      each.clock.advance(1);
      await left;
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('can be shortened by the next, and not lengthened', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      void each.departure.leave('destroyed', { timeout: 1_000 });
      void each.departure.leave('again', { timeout: 30 });
      void each.departure.leave('once more', { timeout: 2_000 });
      each.clock.advance(29);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      each.clock.advance(1);
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('ends the process with 1 when something fails, and says what', async () => {
      const error = new Error('still hot');
      await using each = setUp({ takeDown: () => Promise.reject(error) });

      expect(await rejection(each.departure.leave('destroyed'))).to.equal(error);
      await settled();

      expect(each.told).to.deep.include(['failed', error]);
      expect(each.frames()).to.deep.include(failureFrame(toWireError(error)));
      expect(each.primary.exits).to.deep.equal([1]);
    });
  });

  describe('#runPhases', () => {
    it('unbinds, drains while open handlers finish, and then releases', async () => {
      await using each = setUp();
      const handler = new Deferred<void>();
      for (const name of ['release', 'drain', 'unbind']) each.note(name);
      each.work.track(handler.promise);
      const left = each.departure.leave('destroyed');
      await settled();
      expect(each.told).to.deep.equal([['begun', 'destroyed'], ['unbind'], ['drain']]);

      handler.resolve();
      await left;

      expect(each.told.slice(3)).to.deep.equal([['release']]);
    });

    it('gives hooks the reason, and the deadlines of the draining and of what follows', async () => {
      await using each = setUp();
      const seen: unknown[] = [];
      for (const phase of ['unbind', 'drain', 'release'] as const) {
        each.phases.add(phase, ({ reason, deadline }) => void seen.push([phase, reason, deadline]), { phase });
      }
      await each.departure.stop({ reason: 'shutDown', timeout: 500 });

      expect(seen).to.deep.equal([
        ['unbind', 'shutDown', 500],
        ['drain', 'shutDown', 500],
        ['release', 'shutDown', 4_500],
      ]);
    });

    it('releases at the drain deadline, whatever still runs', async () => {
      await using each = setUp();
      each.phases.add('stuck', () => new Promise(() => {}));
      each.note('release');
      void each.departure.leave('destroyed');
      await settled();
      each.clock.advance(100);
      await settled();

      expect(each.told.map(([what]) => what)).to.deep.equal(['begun', 'hook failed', 'release']);
    });

    it('waits for hooks of `release` four seconds more', async () => {
      await using each = setUp();
      each.phases.add('stuck', () => new Promise(() => {}), { phase: 'release' });
      void each.departure.leave('destroyed');
      await settled();
      each.clock.advance(4_099);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      each.clock.advance(1);
      await settled();

      expect(each.told.map(([what]) => what)).to.deep.equal(['begun', 'hook failed']);
      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('is for a worker that could not start, too', async () => {
      await using each = setUp();
      const reasons: string[] = [];
      each.phases.add('oven', ({ reason }) => void reasons.push(reason));
      each.phases.add('stuck', () => new Promise(() => {}));
      const run = each.departure.runPhases();
      await settled();
      each.clock.advance(99);
      expect(each.told).to.deep.equal([]);
      each.clock.advance(1);
      await run;

      expect(each.told.map(([what, name]) => [what, name])).to.deep.equal([
        ['hook failed', 'stuck'],
        ['hook failed', 'oven'],
      ]);
      expect(reasons).to.deep.equal([]);
    });
  });

  describe('#spoil', () => {
    it('tells the primary, and lets the process end with 1', async () => {
      await using each = setUp();
      const error = new Error('still hot');
      each.phases.add('oven', () => each.departure.spoil(error));
      await each.departure.leave('destroyed');
      await settled();

      expect(each.frames()).to.deep.include(failureFrame(toWireError(error)));
      expect(each.primary.exits).to.deep.equal([1]);
    });
  });

  describe('#stop', () => {
    it("is a leave that the primary knows of, for the primary's reason and time", async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      const stopped = each.departure.stop({ reason: 'shutDown', timeout: 500 });
      each.clock.advance(100);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);
      each.clock.advance(400);
      await stopped;

      expect(each.told).to.deep.equal([['begun', 'shutDown']]);
      expect(each.frames()).to.deep.equal([]);
    });

    it('waits without a limit when the primary gives none', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      void each.departure.stop({ reason: 'shutDown' });
      each.clock.advance(1e9);
      await settled();

      expect(each.primary.exits).to.deep.equal([]);
    });
  });

  describe('#terminate', () => {
    it('leaves at the first signal, and ends the draining at the second', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      each.departure.terminate();
      await settled();
      expect(each.told).to.deep.equal([['begun', 'SIGTERM']]);
      expect(each.frames()).to.deep.equal([stopFrame('SIGTERM', 100)]);
      expect(each.primary.exits).to.deep.equal([]);

      each.departure.terminate();
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('ends the draining at its deadline', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      each.departure.terminate();
      each.clock.advance(99);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      each.clock.advance(1);
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('lets the draining go on, as long as the primary has said, if that has asked', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      void each.departure.stop({ reason: 'shutDown', timeout: 500 });
      each.departure.terminate();
      each.clock.advance(499);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);
      expect(each.told).to.deep.equal([['begun', 'shutDown']]);

      each.clock.advance(1);
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('lets the primary say how long, if that asks afterwards', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      each.departure.terminate();
      void each.departure.stop({ reason: 'shutDown', timeout: 500 });
      each.clock.advance(499);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      each.clock.advance(1);
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('ends the draining at the second signal after the primary has asked', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      void each.departure.stop({ reason: 'shutDown' });
      each.departure.terminate();
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      each.departure.terminate();
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });
  });

  describe('#terminate, later than a second after the beginning', () => {
    const ways: readonly (readonly [string, (departure: Departure) => void])[] = [
      ['its own destroy()', departure => void departure.leave('destroyed', { timeout: 10_000 })],
      ['the primary', departure => void departure.stop({ reason: 'recycled', timeout: 10_000 })],
      ['the loss of the primary', departure => void departure.disconnected()],
    ];
    for (const [title, begin] of ways) {
      it(`skips to \`release\` what ${title} has begun`, async () => {
        await using each = setUp({ drainTimeout: 10_000 });
        each.work.track(new Promise(() => {}));
        each.phases.add('stuck', () => new Promise(() => {}));
        each.note('release');
        begin(each.departure);
        await settled();
        each.clock.advance(999);
        await settled();
        expect(each.primary.exits).to.deep.equal([]);

        each.clock.advance(1);
        each.departure.terminate();
        await settled();

        expect(each.told.slice(1)).to.deep.equal([['release']]);
        expect(each.primary.exits).to.deep.equal([0]);
      });
    }

    it('leaves hooks of `release` four seconds from then on', async () => {
      await using each = setUp({ drainTimeout: 10_000 });
      each.phases.add('stuck', () => new Promise(() => {}), { phase: 'release' });
      void each.departure.leave('destroyed');
      await settled();
      each.clock.advance(1_000);
      each.departure.terminate();
      each.clock.advance(3_999);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      each.clock.advance(1);
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });
  });

  describe('#disconnected', () => {
    it('fails what waits for the primary, finishes what is open, and ends', async () => {
      await using each = setUp();
      const handler = new Deferred<void>();
      each.work.track(handler.promise);
      const asked = each.link.peer.request({ type: 'pantry' });
      each.primary.hangsUp();
      each.departure.disconnected();

      expect(await rejection(asked)).to.be.instanceOf(ChannelClosedError);
      handler.resolve();
      await settled();

      expect(each.told).to.deep.equal([['begun', 'disconnected']]);
      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('ends the draining at the deadline', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      each.primary.hangsUp();
      each.departure.disconnected();
      each.clock.advance(100);
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('ends the process with 1 if it is not down five seconds later, since nobody else would', async () => {
      await using each = setUp({ takeDown: () => new Promise(() => {}) });
      each.primary.hangsUp();
      each.departure.disconnected();
      each.clock.advance(5_099);
      expect(each.primary.exits).to.deep.equal([]);
      each.clock.advance(1);

      expect(each.primary.exits).to.deep.equal([1]);
    });

    it('waits for nothing once nothing can move any more', async () => {
      await using each = setUp();
      each.work.track(new Promise(() => {}));
      each.primary.hangsUp();
      each.departure.disconnected();
      await settled();
      expect(each.primary.exits).to.deep.equal([]);

      each.primary.tells('beforeExit', 0);
      await settled();

      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('lets no hook wait in vain, not even one of `release`', async () => {
      await using each = setUp();
      for (const phase of ['drain', 'release'] as const) each.phases.add(phase, () => new Promise(() => {}), { phase });
      each.primary.hangsUp();
      each.departure.disconnected();
      await settled();

      each.primary.tells('beforeExit', 0);
      await settled();
      expect(each.primary.exits).to.deep.equal([]);
      each.primary.tells('beforeExit', 0);
      await settled();

      expect(each.told.map(([what, name]) => [what, name]).slice(1)).to.deep.equal([
        ['hook failed', 'drain'],
        ['hook failed', 'release'],
      ]);
      expect(each.primary.exits).to.deep.equal([0]);
    });

    it('keeps the process from ending well when even that does not help', async () => {
      await using each = setUp({ takeDown: () => new Promise(() => {}) });
      each.primary.hangsUp();
      each.departure.disconnected();

      each.primary.tells('beforeExit', 0);

      expect(process.exitCode).to.equal(1);
      expect(each.primary.exits).to.deep.equal([]);
    });
  });

  describe('#exit', () => {
    it('sends what is queued first', async () => {
      await using each = setUp();
      const sent = [1, 2, 3].map(number => each.link.peer.send(number));

      await each.departure.exit(7);
      await Promise.all(sent);

      expect(each.frames().map(frame => frame[2])).to.deep.equal([1, 2, 3]);
      expect(each.primary.exits).to.deep.equal([7]);
    });
  });
});

describe('checkLeave', () => {
  it('lets a timeout pass, or none', () => {
    for (const timeout of [undefined, 0, Number.POSITIVE_INFINITY]) checkLeave({ timeout });
    checkLeave({});
  });

  it('refuses everything else', () => {
    expect(() => checkLeave({ timeout: -1 })).to.throw(
      InvalidOptionError,
      'Expected `timeout` to be a number >= 0 or Infinity, got `-1` (number)',
    );
    // @ts-expect-error the name is misspelt
    expect(() => checkLeave({ timeuot: 1 })).to.throw(UnknownOptionError, 'did you mean `timeout`?');
    // @ts-expect-error no object
    expect(() => checkLeave(5)).to.throw(InvalidOptionError, 'Expected `options` to be an object, got `5` (number)');
  });
});
