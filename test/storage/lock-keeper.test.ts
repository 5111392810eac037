import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BackpressureError } from '../../lib/errors/errors.js';
import { LockKeeper } from '../../lib/storage/lock-keeper.js';
import type { StorageRequest } from '../../lib/storage/storage-request.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { StorageHouse } from './storage-house.js';

/** A keeper whose questions the test answers. */
function setUp() {
  const clock = new FakeClock(1_000);
  const asked: StorageRequest[] = [];
  const answers: ((answer: unknown) => void)[] = [];
  const ask = (request: StorageRequest, answered?: (answer: unknown) => void) => {
    asked.push(request);
    const outcome = new Deferred<unknown>();
    answers.push(answer => {
      answered?.(answer);
      outcome.resolve(answer);
    });
    return outcome.promise;
  };
  const keeper = new LockKeeper({ clock, ask, attach: async () => {} });
  return { clock, asked, keeper, answer: (number: number, answer: unknown) => answers[number]?.(answer) };
}

describe('LockKeeper', () => {
  it('asks with an id of its own for each wish, and for ever unless it is told otherwise', async () => {
    const { keeper, asked, answer } = setUp();
    const [first, second] = [keeper.lock('leader'), keeper.lock('leader', { ttl: 50 })];
    await settled();
    expect(asked).to.deep.equal([
      { type: 'lock', id: 1, name: 'leader', ttl: Number.POSITIVE_INFINITY },
      { type: 'lock', id: 2, name: 'leader', ttl: 50 },
    ]);

    answer(1, [8, 0]);
    answer(0, [7, 0]);

    expect([(await first).token, (await second).token]).to.deep.equal([7, 8]);
  });

  it('counts the time from when it asked, and what it had to wait', async () => {
    const { keeper, clock, answer } = setUp();
    const asked = keeper.lock('leader', { ttl: 100 });
    await settled();
    clock.advance(60);
    answer(0, [7, 40]);
    const lock = await asked;
    clock.advance(79);
    expect(lock.signal.aborted).to.equal(false);
    clock.advance(1);

    expect(lock.signal.aborted).to.equal(true);
  });

  it('has lost a lock already that took longer to arrive than it lasts', async () => {
    const { keeper, clock, answer, asked } = setUp();
    const wish = keeper.lock('leader', { ttl: 100 });
    await settled();
    clock.advance(100);
    answer(0, [7, 0]);

    expect((await wish).signal.aborted).to.equal(true);
    expect(asked.at(-1)).to.deep.equal({ type: 'unlock', id: 1 });
  });

  it('renews and releases by the id', async () => {
    const { keeper, asked, answer } = setUp();
    const wish = keeper.lock('leader', { ttl: 100 });
    await settled();
    answer(0, [7, 0]);
    const lock = await wish;
    const renewed = lock.renew({ ttl: 200 });
    answer(1, true);
    await renewed;
    const released = lock.release();
    answer(2, true);
    await released;

    expect(asked.slice(1)).to.deep.equal([
      { type: 'renew', id: 1, ttl: 200 },
      { type: 'unlock', id: 1 },
    ]);
  });

  it('hears that a lock is lost, of one that it holds, once', async () => {
    const { keeper, answer } = setUp();
    const wish = keeper.lock('leader');
    await settled();
    answer(0, [7, 0]);
    const lock = await wish;
    const cause = new Error('why');
    keeper.lost(5, cause);
    expect(lock.signal.aborted).to.equal(false);
    keeper.lost(1, cause);
    keeper.lost(1);

    expect(lock.signal.reason).to.include({ code: 'CLUSTER_LOCK_LOST', cause });
  });

  it('holds nothing any more that was released', async () => {
    const { keeper, answer } = setUp();
    const wish = keeper.lock('leader');
    await settled();
    answer(0, [7, 0]);
    const lock = await wish;
    void lock.release();
    keeper.loseAll(new Error('gone'));

    expect(lock.signal.aborted).to.equal(false);
  });

  it('sends word, once, when somebody gives up, also when that crosses the grant', async () => {
    const { keeper, asked, answer } = setUp();
    const controller = new AbortController();
    const wish = rejection(keeper.lock('leader', { signal: controller.signal }));
    await settled();
    controller.abort();
    answer(0, [7, 0]);
    await settled();

    expect(await wish).to.equal(controller.signal.reason);
    expect(asked.slice(1)).to.deep.equal([{ type: 'unlock', id: 1 }]);
    keeper.loseAll(new Error('gone'));
  });

  it('gives back a lock that arrived, when its owner gave up before it was told', async () => {
    const { keeper, asked, answer } = setUp();
    const controller = new AbortController();
    const wish = keeper.lock('leader', { signal: controller.signal }).catch(error => error);
    await settled();
    answer(0, [7, 0]);
    controller.abort();
    await wish;

    expect(asked.slice(1)).to.deep.equal([{ type: 'unlock', id: 1 }]);
  });

  it('asks for nothing when its owner gives up before the storage is there', async () => {
    const attached = new Deferred<void>();
    const asked: unknown[] = [];
    const ask = async (request: unknown) => asked.push(request);
    const keeper = new LockKeeper({ clock: new FakeClock(), ask, attach: () => attached.promise });
    const controller = new AbortController();
    const wish = rejection(keeper.lock('leader', { signal: controller.signal }));
    controller.abort();
    expect(await wish).to.equal(controller.signal.reason);
    attached.resolve();
    await settled();

    expect(asked).to.deep.equal([]);
  });

  describe('of a worker', () => {
    it('leaves its locks, held and waited for, to others when the process is gone', async () => {
      await using house = await StorageHouse.open();
      const [gone, other] = [house.tenant(), house.tenant()];
      await gone.storage.lock('one');
      await other.storage.lock('two');
      void gone.storage.lock('two').catch(() => {});
      await house.quiet();
      const waiting = other.storage.lock('one');
      await house.quiet();
      house.bury(gone);

      expect((await waiting).signal.aborted).to.equal(false);
    });

    it('is told of the loss of a lock, whose time the primary found to be over', async () => {
      await using house = await StorageHouse.open();
      const { storage, toWorker, user } = house.tenant();
      const lock = await storage.lock('leader');
      user.lockLost(1);
      await house.quiet();

      expect(toWorker.posted.at(-1)).to.deep.equal([0, { lost: 1 }]);
      expect(lock.signal.aborted).to.equal(true);
    });

    it('gets its grant however much waits for it: nobody else could release the lock', async () => {
      await using house = await StorageHouse.open();
      const { storage, toWorker } = house.tenant();
      await storage.attach();
      toWorker.full = true;
      const lock = await storage.lock('leader');
      await lock.release();

      expect((await house.storage.lock('leader')).token).to.be.above(lock.token);
    });

    it('gives its locks back however much waits', async () => {
      await using house = await StorageHouse.open();
      const { storage, toPrimary } = house.tenant({ maxPending: 1 });
      const lock = await storage.lock('leader');
      toPrimary.full = true;
      expect(await rejection(lock.renew())).to.be.instanceOf(BackpressureError);
      void lock.release();
      await house.quiet();

      expect((await house.storage.lock('leader')).token).to.be.above(lock.token);
    });
  });
});
