import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { SharedStorage, StorageLock } from '../../lib/storage/shared-storage.js';
import { rejection } from '../support/thrown.js';
import type { Get } from './shared-storage-contract.js';

/** Asks for a lock, and notes when it is given. */
function ask(storage: SharedStorage, log: string[], who: string, name = 'leader'): Promise<StorageLock> {
  const lock = storage.lock(name);
  lock.then(
    () => log.push(who),
    () => log.push(`${who} failed`),
  );
  return lock;
}

/** Every sentence about locks. */
export function describeLocks(sides: Get): void {
  describe('#lock', () => {
    describeHolders(sides);
    describeAborts(sides);
    describeTimes(sides);
  });
}

function describeHolders(sides: Get): void {
  it('gives a lock to one at a time, in the order of the requests', async () => {
    const { mine, theirs, quiet } = sides();
    const log: string[] = [];
    const first = await ask(mine, log, 'first');
    const second = ask(theirs, log, 'second');
    await quiet();
    const third = ask(mine, log, 'third');
    await quiet();
    expect(log).to.deep.equal(['first']);

    await first.release();
    await quiet();
    expect(log).to.deep.equal(['first', 'second']);
    await (await second).release();
    await (await third).release();

    expect(log).to.deep.equal(['first', 'second', 'third']);
  });

  it('gives each holder a greater token, greater also than every version before', async () => {
    const { mine, theirs } = sides();
    const tokens: number[] = [];
    for (const storage of [mine, theirs, mine]) {
      tokens.push(await storage.set('a', 1));
      const lock = await storage.lock('leader');
      tokens.push(lock.token);
      await lock.release();
    }

    expect(tokens).to.deep.equal([...tokens].sort((a, b) => a - b));
    expect(new Set(tokens).size).to.equal(6);
  });

  it('gives locks of different names to whoever asks', async () => {
    const { mine, theirs } = sides();
    const locks = await Promise.all([mine.lock('a'), theirs.lock('b'), mine.lock('c')]);

    expect(locks.map(({ name }) => name)).to.deep.equal(['a', 'b', 'c']);
    expect(locks.every(({ signal }) => !signal.aborted)).to.equal(true);
  });

  it('is released once, and by the end of a block', async () => {
    const { mine, theirs } = sides();
    {
      await using lock = await mine.lock('leader');
      expect(lock.name).to.equal('leader');
    }
    const next = await theirs.lock('leader');
    await next.release();
    const last = await mine.lock('leader');

    await next.release();
    await last.renew();

    expect(last.signal.aborted).to.equal(false);
  });

  it('does not abort the signal of who releases', async () => {
    const { mine, theirs, quiet } = sides();
    const lock = await mine.lock('leader', { ttl: 100 });
    await lock.release();
    await theirs.lock('leader');
    sides().clock.advance(200);
    await quiet();

    expect(lock.signal.aborted).to.equal(false);
    expect(await rejection(lock.renew())).to.include({ code: 'CLUSTER_LOCK_LOST' });
  });
}

function describeAborts(sides: Get): void {
  it('is given up by who waits for it, and goes to the next', async () => {
    const { mine, theirs, quiet } = sides();
    const log: string[] = [];
    const first = await theirs.lock('leader');
    const [controller, reason] = [new AbortController(), new Error('enough')];
    const waiting = rejection(mine.lock('leader', { signal: controller.signal }));
    await quiet();
    const next = ask(theirs, log, 'next');
    await quiet();
    controller.abort(reason);
    expect(await waiting).to.equal(reason);
    await quiet();
    await first.release();

    await next;
    expect(log).to.deep.equal(['next']);
    expect(getEventListeners(controller.signal, 'abort')).to.have.lengthOf(0);
  });

  it('is not asked for, if that was before', async () => {
    const { mine, theirs } = sides();
    const reason = new Error('enough');

    expect(await rejection(mine.lock('leader', { signal: AbortSignal.abort(reason) }))).to.equal(reason);
    await theirs.lock('leader');
  });

  for (const rounds of [0, 1, 2, 3, 4, 5]) {
    it(`is left to others, if it is given up ${rounds} turns after it was asked for`, async () => {
      const { mine, theirs, quiet } = sides();
      await mine.attach();
      const [controller, reason] = [new AbortController(), new Error('enough')];
      const outcome = mine.lock('leader', { signal: controller.signal }).catch(error => error);
      for (let round = 0; round < rounds; round++) await new Promise(resolve => setImmediate(resolve));
      controller.abort(reason);

      const lock = await outcome;
      // It may have been granted by then: whoever has it, has to release it.
      if (lock !== reason) await lock.release();
      await quiet();
      expect((await theirs.lock('leader')).signal.aborted).to.equal(false);
    });
  }

  it('is held on, when the signal is aborted after it was given', async () => {
    const { mine } = sides();
    const controller = new AbortController();
    const lock = await mine.lock('leader', { signal: controller.signal });
    controller.abort();

    await lock.renew();
    expect(lock.signal.aborted).to.equal(false);
    expect(getEventListeners(controller.signal, 'abort')).to.have.lengthOf(0);
  });
}

function describeTimes(sides: Get): void {
  it('is taken away when its time is over', async () => {
    const { mine, theirs, clock, quiet } = sides();
    const lock = await mine.lock('leader', { ttl: 100 });
    const next = theirs.lock('leader');
    await quiet();
    clock.advance(99);
    expect(lock.signal.aborted).to.equal(false);
    clock.advance(1);

    expect(lock.signal.aborted).to.equal(true);
    expect(lock.signal.reason).to.include({ name: 'LockLostError', code: 'CLUSTER_LOCK_LOST' });
    expect(lock.signal.reason.details).to.deep.equal({ name: 'leader', token: lock.token });
    expect((await next).token).to.be.above(lock.token);
    expect(await rejection(lock.renew())).to.equal(lock.signal.reason);
  });

  it('is no longer released by who has lost it', async () => {
    const { mine, theirs, clock, quiet } = sides();
    const lock = await mine.lock('leader', { ttl: 100 });
    const next = theirs.lock('leader');
    await quiet();
    clock.advance(100);
    const holder = await next;
    await lock.release();
    await quiet();

    await holder.renew();
    expect(holder.signal.aborted).to.equal(false);
  });

  it('is kept as long as it is renewed', async () => {
    const { mine, theirs, clock, quiet } = sides();
    const lock = await mine.lock('leader', { ttl: 100 });
    const log: string[] = [];
    const next = ask(theirs, log, 'next');
    for (let turn = 0; turn < 5; turn++) {
      clock.advance(90);
      await lock.renew();
    }
    await lock.renew({ ttl: 1_000 });
    clock.advance(999);
    await quiet();
    expect(lock.signal.aborted).to.equal(false);
    expect(log).to.deep.equal([]);

    clock.advance(1);
    await next;
    expect(lock.signal.aborted).to.equal(true);
  });

  it('is held for ever without a ttl', async () => {
    const { mine, clock } = sides();
    const lock = await mine.lock('leader');
    clock.advance(1e9);

    await lock.renew();
    expect(clock.pending).to.equal(0);
  });

  it('lets nothing wait in the process that is over', async () => {
    const { mine, theirs, clock } = sides();
    const lock = await mine.lock('leader', { ttl: 100 });
    await lock.release();
    const other = await theirs.lock('leader', { ttl: 100 });
    clock.advance(100);

    expect(other.signal.aborted).to.equal(true);
    expect(clock.pending).to.equal(0);
  });
}
