import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  InvalidListenerError,
  InvalidOptionError,
  ShutDownHookError,
  ShutDownTimeoutError,
  UnknownOptionError,
} from '../../lib/errors/errors.js';
import {
  phasesOfPrimary,
  phasesOfWorker,
  type ShutDownContext,
  type ShutDownFailure,
  type ShutDownHookOptions,
  type ShutDownPhase,
  ShutDownPhases,
} from '../../lib/supervision/shutdown-phases.js';
import { Deadline } from '../../lib/util/deadline.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';

const never = new Promise<never>(() => {});

function setUp({ host = {}, phase = phasesOfWorker } = {}) {
  const clock = new FakeClock();
  const deadline = new Deadline(clock);
  const failures: ShutDownFailure[] = [];
  const log: string[] = [];
  const phases = new ShutDownPhases({
    ...{ host, clock, phase, defaultPhase: 'drain' },
    failed: failure => failures.push(failure),
  });
  return {
    ...{ clock, deadline, failures, log, phases },
    /** Registers a hook that writes its name down. */
    note: (name: string, options?: ShutDownHookOptions) => phases.add(name, () => void log.push(name), options),
    run: (which: ShutDownPhase = 'drain') => phases.run(which, { reason: 'shutDown', deadline }),
  };
}

describe('ShutDownPhases', () => {
  describe('#add', () => {
    const { phases } = setUp();
    const add = (...given: unknown[]) => Reflect.apply(phases.add, phases, given);
    const hook = () => {};
    const wrong: readonly (readonly [unknown[], new (...given: never[]) => Error, string])[] = [
      [['', hook], InvalidOptionError, 'Expected `name` to be a non-empty string'],
      [['a', 5], InvalidOptionError, 'Expected `hook` to be a function or a non-empty string or a symbol'],
      [['a', hook, 5], InvalidOptionError, 'Expected `options` to be an object'],
      [['a', hook, { fase: 'drain' }], UnknownOptionError, 'onShutDown() has no option `fase`'],
      [['a', hook, { phase: 'dry' }], InvalidOptionError, 'Expected `phase` to be one of "unbind", "drain", "release"'],
      [['a', hook, { timeout: -1 }], InvalidOptionError, 'Expected `timeout` to be a number >= 0 or Infinity'],
    ];
    for (const [given, kind, message] of wrong) {
      it(`says: ${message}`, () => expect(() => add(...given)).to.throw(kind, message));
    }

    it('refuses a name that is taken, in whatever phase', () => {
      const { note } = setUp();
      note('oven', { phase: 'release' });

      expect(() => note('oven')).to.throw(ShutDownHookError, 'there is one of this name already');
    });

    it('refuses a hook whose phase is over, and takes one whose phase is still to come', async () => {
      const { note, run } = setUp();
      await run('unbind');

      expect(() => note('oven', { phase: 'unbind' }))
        .to.throw(ShutDownHookError, 'the phase `unbind` is over')
        .with.deep.property('details', { name: 'oven', phase: 'unbind' });
      note('oven');
    });

    it('says why a primary drains nothing', () => {
      const { note } = setUp({ phase: phasesOfPrimary });
      note('oven', { phase: 'unbind' });
      note('door', { phase: 'release' });

      expect(() => note('guests', { phase: 'drain' })).to.throw(
        InvalidOptionError,
        'to be "unbind", before the workers stop, or "release", after them: what drains are the workers, got `"drain"`',
      );
    });
  });

  describe('#remove', () => {
    it('takes a hook off, and its name is free', async () => {
      const { phases, note, run, log } = setUp();
      note('oven');
      phases.remove('oven');
      note('oven');
      await run();

      expect(log).to.deep.equal(['oven']);
    });

    it('refuses a name that there is not', () => {
      expect(() => setUp().phases.remove('oven'))
        .to.throw(ShutDownHookError, 'The shutdown hook `oven` cannot be removed: there is none of this name')
        .with.deep.property('details', { name: 'oven', phase: undefined });
    });

    it('can be called by another hook before the turn of this one, and by this one itself', async () => {
      const { phases, note, run, log } = setUp();
      note('door');
      phases.add('oven', () => {
        phases.remove('oven');
        phases.remove('door');
        log.push('oven');
      });
      await run();

      expect(log).to.deep.equal(['oven']);
    });
  });

  describe('#run', () => {
    it('calls the hooks of its phase in reverse order, one after the other', async () => {
      const { phases, note, run, log } = setUp();
      const cold = new Deferred<void>();
      note('first');
      note('elsewhere', { phase: 'release' });
      phases.add('second', () => cold.promise.then(() => log.push('second')));
      note('third');
      const drained = run();
      await settled();
      expect(log).to.deep.equal(['third']);

      cold.resolve();
      await drained;

      expect(log).to.deep.equal(['third', 'second', 'first']);
    });

    it('calls each hook once', async () => {
      const { note, run, log } = setUp();
      note('oven');
      await run();
      await run();

      expect(log).to.deep.equal(['oven']);
    });

    it('calls hooks that are added meanwhile', async () => {
      const { phases, note, run, log, deadline } = setUp();
      phases.add('oven', () => note('door'));
      await run();
      phases.add('guests', () => {}, { phase: 'release' });
      const work = async () => {
        if (!log.includes('lights')) note('lights', { phase: 'release' });
      };
      await phases.run('release', { reason: 'shutDown', deadline, work });

      expect(log).to.deep.equal(['door', 'lights']);
    });

    it('tells why, and until when', async () => {
      const { phases, clock, deadline, run } = setUp();
      const given: Omit<ShutDownContext, 'signal'>[] = [];
      clock.advance(1_000);
      deadline.set(500);
      for (const timeout of [undefined, 200, 700]) {
        phases.add(`${timeout}`, ({ signal: _, ...rest }) => void given.push(rest), { timeout });
      }
      await run();

      expect(given.map(each => each.deadline)).to.deep.equal([1_500, 1_200, 1_500]);
      expect(given[0]?.reason).to.equal('shutDown');
    });

    it('calls methods by name, looked up late, and functions as methods of the host', async () => {
      const seen: unknown[] = [];
      const close = Symbol('close');
      const host = { stopOven: () => {} };
      const { phases, run } = setUp({ host });
      phases.add('oven', 'stopOven');
      phases.add('door', close);
      phases.add('lights', function (this: unknown) {
        seen.push(this);
      });
      const note = function (this: unknown, { reason }: ShutDownContext) {
        seen.push(this, reason);
      };
      Object.assign(host, { stopOven: note, [close]: note });
      await run();

      expect(seen).to.deep.equal([host, host, 'shutDown', host, 'shutDown']);
    });

    it('waits for what else there is to be done', async () => {
      const { phases, deadline } = setUp();
      const work = new Deferred<void>();
      let over = false;
      const run = phases.run('drain', { reason: 'shutDown', deadline, work: () => work.promise });
      void run.then(() => {
        over = true;
      });
      await settled();
      expect(over).to.equal(false);

      work.resolve();
      await run;
    });

    it('does so no longer than the deadline', async () => {
      const { phases, deadline, clock, failures } = setUp();
      deadline.set(50);
      const run = phases.run('drain', { reason: 'shutDown', deadline, work: () => never });
      await settled();
      clock.advance(50);
      await run;

      expect(failures).to.deep.equal([]);
    });
  });

  describe('a hook that fails', () => {
    it('is told, and stops no other', async () => {
      const { phases, note, run, log, failures } = setUp();
      const [thrown, rejected] = [new Error('stuck'), new Error('still hot')];
      note('door');
      phases.add('oven', () => {
        throw thrown;
      });
      phases.add('stove', () => Promise.reject(rejected));
      await run();

      expect(log).to.deep.equal(['door']);
      expect(failures).to.deep.equal([
        { name: 'stove', phase: 'drain', error: rejected },
        { name: 'oven', phase: 'drain', error: thrown },
      ]);
    });

    it('is one whose method there is not', async () => {
      const { phases, run, failures } = setUp();
      phases.add('oven', 'stopOven');
      await run();

      expect(failures[0]?.error)
        .to.be.instanceOf(InvalidListenerError)
        .with.property('message', 'There is no method `stopOven` to call in the phase `drain`');
    });
  });

  describe('a hook that takes too long', () => {
    it('is told at its own timeout, its signal is aborted, and the next one has its turn', async () => {
      const { phases, note, run, clock, log, failures } = setUp();
      const signals: AbortSignal[] = [];
      note('door');
      phases.add('oven', context => signals.push(context.signal) && never, { timeout: 30 });
      const drained = run();
      await settled();
      clock.advance(29);
      expect([signals[0]?.aborted, failures.length]).to.deep.equal([false, 0]);
      clock.advance(1);
      await drained;

      expect(log).to.deep.equal(['door']);
      const [{ name, phase, error } = {}] = failures as [Partial<ShutDownFailure>];
      expect({ name, phase }).to.deep.equal({ name: 'oven', phase: 'drain' });
      expect(error).to.be.instanceOf(ShutDownTimeoutError).and.equal(signals[0]?.reason);
      expect(error).to.deep.include({
        code: 'CLUSTER_SHUT_DOWN_TIMEOUT',
        message: 'The shutdown hook `oven` was not done with `drain` within 30 ms',
        details: { name: 'oven', phase: 'drain', timeout: 30 },
      });
    });

    it('is told at the timeout that is given for all', async () => {
      const { phases, clock, deadline, failures } = setUp();
      phases.add('oven', () => never);
      phases.add('stove', () => never, { timeout: 50 });
      const drained = phases.run('drain', { reason: 'shutDown', deadline, timeout: 30 });
      for (const duration of [50, 30]) {
        await settled();
        clock.advance(duration);
      }
      await drained;

      expect(failures.map(({ name }) => name)).to.deep.equal(['stove', 'oven']);
    });

    it('is told at the deadline, and those after it have no turn', async () => {
      const { phases, note, run, clock, deadline, log, failures } = setUp();
      deadline.set(100);
      note('door');
      phases.add('oven', () => never, { timeout: 1_000 });
      const drained = run();
      await settled();
      clock.advance(60);
      deadline.within(10);
      clock.advance(10);
      await drained;

      expect(log).to.deep.equal([]);
      expect(failures.map(({ error }) => (error as Error).message)).to.deep.equal([
        'The shutdown hook `oven` was not done with `drain` within 70 ms',
        'There was no time for the shutdown hook `door` in the phase `drain`',
      ]);
    });

    it('is no failure when somebody wanted the phase to be over', async () => {
      const { phases, note, run, deadline, log, failures } = setUp();
      note('door');
      phases.add('oven', () => never);
      const drained = run();
      await settled();
      deadline.cut();
      await drained;

      expect([log, failures]).to.deep.equal([[], []]);
    });

    it('may still fail later, which nobody sees', async () => {
      const { phases, run, clock, failures } = setUp();
      const cold = new Deferred<void>();
      phases.add('oven', () => cold.promise, { timeout: 30 });
      const drained = run();
      await settled();
      clock.advance(30);
      await drained;
      cold.reject(new Error('too late'));
      await settled();

      expect(failures).to.have.length(1);
    });

    it('leaves no timer behind, and neither does one that is done', async () => {
      const { phases, note, run, clock } = setUp();
      note('door', { timeout: 1_000 });
      phases.add('oven', () => never, { timeout: 30 });
      const drained = run();
      await settled();
      clock.advance(30);
      await drained;

      expect(clock.pending).to.equal(0);
    });
  });

  it('calls what was added and not removed, the latest first, whatever the order of both', async () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), isAdded: fc.boolean() });
    const model = fc.asyncProperty(fc.array(step), async steps => {
      const { phases, note, run, log } = setUp();
      const there: string[] = [];
      for (const { name, isAdded } of steps) {
        const isThere = there.includes(name);
        const act = () => (isAdded ? note(name) : phases.remove(name));
        if (isAdded === isThere) expect(act).to.throw(ShutDownHookError);
        else act();
        if (isAdded && !isThere) there.push(name);
        if (!isAdded && isThere) there.splice(there.indexOf(name), 1);
      }
      await run();

      expect(log).to.deep.equal(there.reverse());
    });

    await fc.assert(model);
  });
});
