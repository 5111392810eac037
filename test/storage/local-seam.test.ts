import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DestroyedError } from '../../lib/errors/errors.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { LateStore } from './late-store.js';
import { readAll } from './shared-watch-contract.js';
import { StorageHouse } from './storage-house.js';

const destroyed = () => new DestroyedError('The primary is destroyed', { object: 'storage' });

describe('LocalSeam', () => {
  describe('before the storage is open', () => {
    it('lets everything wait, in order', async () => {
      await using house = new StorageHouse({ initial: { n: 5 } });
      const { storage } = house;
      const [watch, lock] = [storage.watch('n', { initial: true }), storage.lock('leader')];
      const asked = [storage.get('n'), storage.increment('n'), storage.get('n'), storage.attach()];
      await settled();
      expect(await rejection(() => storage.peek('n'))).to.include({ code: 'CLUSTER_REPLICA_NOT_READY' });
      expect(house.local.isLive).to.equal(false);
      await house.open();

      expect(await Promise.all(asked)).to.deep.equal([5, 6, 6, undefined]);
      expect((await watch.next()).value).to.include({ type: 'initial', path: 'n' });
      expect((await lock).token).to.be.above(1);
      expect(house.local.isLive).to.equal(true);
    });

    it('has no watches to be told of', () => {
      expect(() => new StorageHouse().local.watches).to.throw(DestroyedError);
    });

    it('does not know how large a value may be', async () => {
      await using house = new StorageHouse({ limits: { maxValueBytes: 100 } });
      expect(house.local.room).to.include({ maxDepth: 100, maxValueBytes: Number.POSITIVE_INFINITY });
      await house.open();

      expect(house.local.room.maxValueBytes).to.equal(100);
    });

    it('rejects everything with the reason why it never will be', async () => {
      const house = new StorageHouse();
      const { storage } = house;
      const reason = new Error('no disk');
      const asked = [storage.get('a'), storage.set('a', 1), storage.lock('a'), storage.watch('a').next()];
      const errors = asked.map(each => rejection(each));
      house.fail(reason);

      expect(await Promise.all(errors)).to.deep.equal(errors.map(() => reason));
      expect(await rejection(storage.attach())).to.equal(reason);
    });
  });

  describe('that is closed', () => {
    it('rejects everything with the reason', async () => {
      const house = await StorageHouse.open({ initial: { a: 1 } });
      const { storage } = house;
      const reason = destroyed();
      await house.close(reason);

      const asks = [
        () => storage.get('a'),
        () => storage.set('a', 1),
        () => storage.lock('a'),
        () => storage.attach(),
        () => storage.watch('a').next(),
        () => storage.watch('a', { since: 0 }).next(),
        () => storage.peek('a'),
        () => house.local.history(0, () => {}),
      ];
      for (const ask of asks) expect(await rejection(ask), ask.toString()).to.equal(reason);
      expect(house.local.isLive).to.equal(false);
    });

    it('rejects who waits for a lock, and takes away those that are held', async () => {
      const house = await StorageHouse.open();
      const lock = await house.storage.lock('leader');
      const waiting = rejection(house.storage.lock('leader'));
      await settled();
      const reason = destroyed();
      await house.close(reason);

      expect(await waiting).to.equal(reason);
      expect(lock.signal.reason).to.include({ code: 'CLUSTER_LOCK_LOST', cause: reason });
    });

    it('fails the watches when they have read what waits', async () => {
      const house = await StorageHouse.open();
      const watch = house.storage.watch('a');
      await house.storage.set('a', 1);
      const reason = destroyed();
      await house.close(reason);

      expect(await readAll(watch)).to.deep.equal(['1 set a 1', reason]);
    });

    it('fails a watch that is about to begin', async () => {
      const house = await StorageHouse.open();
      const [now, past] = [house.storage.watch('a', { since: 0 }), house.storage.watch('a', { since: 0 })];
      const reason = destroyed();
      await house.close(reason);

      expect(await Promise.all([now, past].map(readAll))).to.deep.equal([[reason], [reason]]);
    });

    it('still answers what was asked before, when the store takes its time', async () => {
      const house = await StorageHouse.open({ store: new LateStore() });
      const written = house.storage.set('a', 1);
      await settled();
      await house.close(destroyed());

      expect(await written).to.equal(1);
    });
  });

  it('needs no replica, and no history of what it may not see', async () => {
    await using house = await StorageHouse.open();
    const { local } = house;
    await house.storage.set('a', 1);
    const seen: unknown[] = [];
    await local.history(0, changes => seen.push(...changes.map(({ version }) => version)));

    expect(seen).to.deep.equal([1]);
    expect([local.feed, await local.ask({ type: 'attach' })]).to.deep.equal([undefined, undefined]);
    expect(local.source?.mayRead(parsePath('a'))).to.equal(true);
  });
});
