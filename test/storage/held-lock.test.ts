import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { InvalidOptionError } from '../../lib/errors/errors.js';
import { LockLostError } from '../../lib/errors/storage-errors.js';
import { HeldLock } from '../../lib/storage/held-lock.js';
import { LockTable } from '../../lib/storage/lock-table.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';

/** A lock, and all that it asks for. */
function hold({ ttl = 50, since = 0 } = {}) {
  const clock = new FakeClock();
  const asked: { readonly what: string; readonly answer: Deferred<boolean> }[] = [];
  const ask = (what: string) => {
    const answer = new Deferred<boolean>();
    asked.push({ what, answer });
    return answer.promise;
  };
  const seam = { renew: (time: number) => ask(`renew ${time}`), release: async () => void (await ask('release')) };
  const lock = new HeldLock({ name: 'door', token: 7, ttl, since, clock, seam });
  return { lock, clock, asked, wishes: () => asked.map(({ what }) => what) };
}

describe('HeldLock', () => {
  it('is held until its time is over, counted from when it began at the earliest', () => {
    const { lock, clock, wishes } = hold({ ttl: 50, since: -20 });
    expect([lock.name, lock.token]).to.deep.equal(['door', 7]);

    clock.advance(29);
    expect(lock.signal.aborted).to.equal(false);
    clock.advance(1);

    expect(lock.signal.reason)
      .to.be.instanceOf(LockLostError, 'The lock `door` is lost')
      .with.deep.property('details', { name: 'door', token: 7 });
    // A renewal that has crossed with the end of its time would else keep everybody else out.
    expect(wishes()).to.deep.equal(['release']);
  });

  it('is held for ever without a ttl, and sets no timer', () => {
    const { lock, clock } = hold({ ttl: Number.POSITIVE_INFINITY });

    expect(clock.pending).to.equal(0);
    clock.advance(1e9);

    expect(lock.signal.aborted).to.equal(false);
  });

  it('is lost from the start if its time is over by then', () => {
    expect(hold({ ttl: 50, since: -50 }).lock.signal.aborted).to.equal(true);
  });

  it('crashes nobody if nobody can be told that its time is over', async () => {
    const { clock, asked } = hold();

    clock.advance(50);
    asked[0]?.answer.reject(new Error('closed'));

    await settled();
  });

  describe('#release', () => {
    it('gives it back, once, and resolves when that is done', async () => {
      const { lock, clock, asked, wishes } = hold();
      let isDone = false;

      const released = [lock.release(), lock.release()];
      void Promise.all(released).then(() => {
        isDone = true;
      });
      await settled();
      expect(isDone).to.equal(false);
      asked[0]?.answer.resolve(true);
      await Promise.all(released);

      expect(wishes()).to.deep.equal(['release']);
      expect([lock.signal.aborted, clock.pending]).to.deep.equal([false, 0]);
    });

    it('rejects when that cannot be done', async () => {
      const { lock, asked } = hold();
      const released = lock.release();
      asked[0]?.answer.reject(new Error('closed'));

      expect(await rejection(released)).to.have.property('message', 'closed');
    });

    it('does nothing when the lock is lost', async () => {
      const { lock, wishes } = hold();
      lock.lose();

      await lock.release();

      expect(wishes()).to.deep.equal([]);
    });

    it('is what disposal does', async () => {
      const { lock, asked, wishes } = hold();
      const use = async () => {
        await using _lock = lock;
      };
      const used = use();
      await settled();
      asked[0]?.answer.resolve(true);
      await used;

      expect(wishes()).to.deep.equal(['release']);
    });
  });

  describe('#lose', () => {
    it('aborts the signal, once, with the reason as the cause', () => {
      const { lock, clock } = hold();
      const cause = new Error('the primary is gone');

      lock.lose(cause);
      const { reason } = lock.signal;
      lock.lose(new Error('again'));

      expect(lock.signal.reason).to.equal(reason).and.be.instanceOf(LockLostError).with.property('cause', cause);
      expect(clock.pending).to.equal(0);
    });

    it('does nothing to a lock that is released', () => {
      const { lock } = hold();
      void lock.release();

      lock.lose();

      expect(lock.signal.aborted).to.equal(false);
    });
  });

  describe('#renew', () => {
    it('begins the time anew, from when it was asked for', async () => {
      const { lock, clock, asked, wishes } = hold();
      clock.advance(40);

      const renewed = lock.renew();
      clock.advance(5);
      asked[0]?.answer.resolve(true);
      await renewed;

      expect(wishes()).to.deep.equal(['renew 50']);
      clock.advance(44);
      expect(lock.signal.aborted).to.equal(false);
      clock.advance(1);
      expect(lock.signal.aborted).to.equal(true);
    });

    it('takes another time, and keeps to it', async () => {
      const { lock, asked, wishes } = hold();
      for (const ttl of [80, undefined]) {
        const renewed = lock.renew({ ttl });
        asked.at(-1)?.answer.resolve(true);
        await renewed;
      }

      expect(wishes()).to.deep.equal(['renew 80', 'renew 80']);
    });

    it('counts on nothing before there is an answer', async () => {
      const { lock, clock } = hold();
      clock.advance(40);

      const renewed = rejection(lock.renew());
      clock.advance(10);

      expect(lock.signal.aborted).to.equal(true);
      void renewed;
    });

    it('rejects when the answer comes after the old time was over', async () => {
      const { lock, clock, asked, wishes } = hold();
      clock.advance(40);
      const renewed = lock.renew();
      clock.advance(10);
      asked[0]?.answer.resolve(true);

      expect(await rejection(renewed)).to.equal(lock.signal.reason);
      expect(wishes()).to.deep.equal(['renew 50', 'release']);
    });

    it('counts on a shorter time from when it was asked for', () => {
      const { lock, clock } = hold({ ttl: Number.POSITIVE_INFINITY });

      void rejection(lock.renew({ ttl: 10 }));
      clock.advance(10);

      expect(lock.signal.aborted).to.equal(true);
    });

    it('goes by the last of several', async () => {
      const { lock, clock, asked } = hold();
      const renewals = [lock.renew({ ttl: 500 }), lock.renew({ ttl: 20 })];
      asked[0]?.answer.resolve(true);
      await renewals[0];
      clock.advance(19);
      expect(lock.signal.aborted).to.equal(false);
      clock.advance(1);

      expect(lock.signal.aborted).to.equal(true);
      asked[1]?.answer.resolve(true);
      await rejection(Promise.resolve(renewals[1]));
    });

    it('loses the lock when it is not held any more', async () => {
      const { lock, asked } = hold();
      const renewed = lock.renew();
      asked[0]?.answer.resolve(false);

      expect(await rejection(renewed))
        .to.equal(lock.signal.reason)
        .and.be.instanceOf(LockLostError);
    });

    it('rejects at once when the lock is lost or released', async () => {
      const [lost, released] = [hold(), hold()];
      lost.lock.lose();
      void released.lock.release();

      expect(await rejection(lost.lock.renew())).to.equal(lost.lock.signal.reason);
      expect(await rejection(released.lock.renew()))
        .to.be.instanceOf(LockLostError)
        .with.property('message', 'The lock `door` is released');
      expect([...lost.wishes(), ...released.wishes()]).to.deep.equal(['release']);
    });

    it('rejects when the time is over, though the timer is late', async () => {
      const clock = new FakeClock();
      const stuck = {
        now: () => clock.now(),
        date: () => clock.date(),
        after: () => ({ cancel() {} }),
        every: () => ({ cancel() {} }),
      };
      const seam = { release: async () => {}, renew: async () => true };
      const lock = new HeldLock({ name: 'door', token: 7, ttl: 50, since: 0, clock: stuck, seam });
      clock.advance(50);

      await rejection(lock.renew());

      expect(lock.signal.aborted).to.equal(true);
    });

    it('rejects when nobody can be asked, and goes by the shorter time', async () => {
      const { lock, clock, asked } = hold();
      const renewed = lock.renew({ ttl: 10 });
      asked[0]?.answer.reject(new Error('closed'));

      expect(await rejection(renewed)).to.have.property('message', 'closed');
      clock.advance(10);
      expect(lock.signal.aborted).to.equal(true);
    });

    it('refuses a time that is none', async () => {
      const { lock, wishes } = hold();

      for (const ttl of [0, -1, Number.NaN, '5' as never]) {
        expect(await rejection(lock.renew({ ttl }))).to.be.instanceOf(InvalidOptionError);
      }
      expect(wishes()).to.deep.equal([]);
    });
  });

  it('never takes itself for the holder when the table takes somebody else for it, however slow the way is', async () => {
    const delay = fc.integer({ min: 0, max: 8 });
    const ttl = fc.integer({ min: 1, max: 20 });
    const scene = fc.record({ ttl, there: delay, back: delay, first: fc.nat(20) });
    const renewals = fc.array(fc.record({ at: fc.nat(60), ttl, there: delay, back: delay }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(scene, renewals, async (each, renewed) => {
        const race = new Race(each);
        for (let time = 0; time < 90; time++) await race.tick(renewed.filter(({ at }) => at === time));
        expect(race.rivalHolds).to.equal(true);
      }),
      { numRuns: 150 },
    );
  });
});

interface Delays {
  readonly ttl: number;
  readonly there: number;
  readonly back: number;
}

/** Somebody holds a lock first, then comes a holder whose words, and the answers, take their time; then a rival. */
class Race {
  rivalHolds = false;
  readonly #clock = new FakeClock();
  readonly #table: LockTable<string>;
  readonly #there = new Way(this.#clock);
  readonly #back = new Way(this.#clock);
  #delays: Omit<Delays, 'ttl'> = { there: 0, back: 0 };
  #lock: HeldLock | undefined;

  constructor({ first, ...scene }: Delays & { readonly first: number }) {
    let token = 0;
    this.#table = new LockTable<string>({
      ...{ clock: this.#clock, nextToken: () => ++token, nameOf: owner => owner },
      lost: () => this.#back.send(scene.back, () => this.#lock?.lose()),
    });
    this.#ask('first', first + 1, () => {});
    this.#there.send(scene.there, () => {
      this.#ask('holder', scene.ttl, (granted, waited) => {
        this.#back.send(scene.back, () => this.#hold(granted, waited, scene));
      });
      this.#ask('rival', Number.POSITIVE_INFINITY, () => {
        this.rivalHolds = true;
      });
    });
  }

  async tick(renewals: readonly Delays[]): Promise<void> {
    for (const { ttl, there, back } of renewals) {
      this.#delays = { there, back };
      this.#lock?.renew({ ttl }).catch(() => {});
    }
    await settled();
    this.#clock.advance(1);
    await settled();
    if (this.rivalHolds) expect(this.#lock?.signal.aborted ?? true).to.equal(true);
  }

  #ask(owner: string, ttl: number, granted: (token: number, waited: number) => void): void {
    this.#table.acquire({ name: 'door', owner, id: 1, ttl }, { granted, failed: () => {} });
  }

  /** The request was sent at time 0. */
  #hold(token: number, waited: number, { ttl, there, back }: Delays): void {
    this.#delays = { there, back };
    const seam = {
      release: async () => this.#there.send(this.#delays.there, () => this.#table.release('holder', 1)),
      renew: (time: number) => this.#renew(time),
    };
    this.#lock = new HeldLock({ name: 'door', token, ttl, since: waited, clock: this.#clock, seam });
  }

  #renew(ttl: number): Promise<boolean> {
    const { there, back } = this.#delays;
    return new Promise(resolve => {
      this.#there.send(there, () => {
        const renewed = this.#table.renew('holder', 1, ttl);
        this.#back.send(back, () => resolve(renewed));
      });
    });
  }
}

/** What is sent takes some time, and overtakes nothing. */
class Way {
  readonly #clock: FakeClock;
  #lastArrival = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  send(delay: number, arrive: () => void): void {
    this.#lastArrival = Math.max(this.#lastArrival, this.#clock.now() + delay);
    this.#clock.after(this.#lastArrival - this.#clock.now(), arrive);
  }
}
