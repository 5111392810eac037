import { expect } from 'chai';
import { describe, it } from 'mocha';
import { root } from '../../lib/storage/storage-path.js';
import { type OpenedStore, write } from './opened-store.js';

type Get = () => OpenedStore;

/** What becomes of what is not kept for ever. */
export function describeExpiries(store: Get): void {
  describe('expiry', () => {
    it('shows nothing that has expired, in any way', async () => {
      await store().commit(write.set('a.b', { c: 1 }, { expiresAt: 2_000 }), write.set('a.d', 1));
      store().clock.advance(999);
      expect(await store().entry('a.b')).to.deep.equal({ value: { c: 1 }, version: 1, expiresAt: 2_000 });

      store().clock.advance(1);

      expect(store().peek('a.b.c')).to.equal(undefined);
      expect(await store().entry('a.b')).to.equal(undefined);
      expect(await store().keys('a')).to.deep.equal(['d']);
      expect(await store().snapshot()).to.deep.equal({ version: 3, value: { a: { d: 1 } }, expiries: [] });
      expect(await store().version('a')).to.equal(3);
    });

    it('tells of it when nobody asks', async () => {
      await store().commit(write.set('a', 1, { expiresAt: 2_000 }));

      store().clock.advance(1_000);
      await store().toldTimes(2);

      const change = store().told[1]?.changes[0];
      expect(store().told[1]?.origin).to.equal(undefined);
      expect(change).to.include({ type: 'expire', version: 2, value: undefined, expiresAt: undefined });
      expect(change?.path.text).to.equal('a');
    });

    it('comes in its order, before what is written then', async () => {
      await store().commit(
        write.set('late', 1, { expiresAt: 3_000 }),
        write.set('soon', 1, { expiresAt: 2_000 }),
        write.set('now', 1, { expiresAt: 1_001 }),
        write.set('never', 1, { expiresAt: Number.POSITIVE_INFINITY }),
      );
      store().clock.advance(5_000);

      const { results } = await store().commit(write.set('late', 2, { ifVersion: 0 }));

      expect(results).to.deep.equal([8]);
      expect(store().log.slice(4)).to.deep.equal(['expire now', 'expire soon', 'expire late', 'set late 2']);
      expect(await store().expiry('never')).to.equal(undefined);
    });

    it('wakes up for what expires sooner than what was there', async () => {
      await store().commit(write.set('late', 1, { expiresAt: 9_000 }));
      await store().commit(write.set('soon', 1, { expiresAt: 1_500 }));

      store().clock.advance(500);
      await store().toldTimes(3);

      expect(store().log.slice(2)).to.deep.equal(['expire soon']);
    });

    it('is forgotten when the value is written again', async () => {
      await store().commit(write.set('a', 1, { expiresAt: 2_000 }));
      await store().commit(write.set('a', 2));

      store().clock.advance(5_000);

      expect(await store().entry('a')).to.deep.equal({ value: 2, version: 2, expiresAt: undefined });
    });

    it('is renewed, and shortened', async () => {
      await store().commit(write.set('a', 1, { expiresAt: 2_000 }), write.set('b', 1, { expiresAt: 9_000 }));
      await store().commit(write.set('a', 1, { expiresAt: 4_000 }), write.set('b', 1, { expiresAt: 3_000 }));

      store().clock.advance(2_500);

      expect(await store().keys('')).to.deep.equal(['a']);
    });

    it('stays when it is to be kept, and with an increment', async () => {
      await store().commit(write.set('a', 1, { expiresAt: 2_000 }), write.set('n', 1, { expiresAt: 2_000 }));
      await store().commit(
        write.set('a', { b: 2 }, { keepExpiry: true }),
        write.increment('n'),
        write.set('x', 1, { keepExpiry: true }),
      );
      expect([await store().expiry('a'), await store().expiry('n'), await store().expiry('x')]).to.deep.equal([
        2_000,
        2_000,
        undefined,
      ]);

      store().clock.advance(1_000);

      expect(await store().value('')).to.deep.equal({ x: 1 });
    });

    it('stays with what is above, when something below is written', async () => {
      await store().commit(write.set('a', { b: 1 }, { expiresAt: 2_000 }));
      await store().commit(write.set('a.b', 2), write.set('a.c', 3));
      expect([await store().expiry('a'), await store().expiry('a.b')]).to.deep.equal([2_000, undefined]);

      store().clock.advance(1_000);

      expect(await store().value('')).to.deep.equal({});
      expect(store().log.at(-1)).to.equal('expire a');
    });

    it('goes with what is replaced or deleted above', async () => {
      await store().commit(
        write.set('a.b.c', 1, { expiresAt: 2_000 }),
        write.set('x.y', 1, { expiresAt: 2_000 }),
        write.set('z', 1, { expiresAt: 2_000 }),
      );
      await store().commit(write.set('a', { b: { c: 1 } }), write.delete('x'), write.delete('z'));
      await store().commit(write.set('x.y', 2), write.set('z', 2));

      store().clock.advance(5_000);

      expect(await store().value('')).to.deep.equal({ a: { b: { c: 1 } }, x: { y: 2 }, z: 2 });
    });

    it('comes once for what expires with its parent', async () => {
      await store().commit(write.set('a', {}, { expiresAt: 2_000 }), write.set('a.b', 1, { expiresAt: 2_500 }));

      store().clock.advance(5_000);
      await store().value('a');

      expect(store().log.slice(2)).to.deep.equal(['expire a']);
    });

    it('comes at once when it is due already', async () => {
      await store().commit(write.set('a', 1, { expiresAt: 500 }));

      expect(await store().entry('a')).to.equal(undefined);
      expect(store().log).to.deep.equal(['set a 1', 'expire a']);
    });

    it('empties the root', async () => {
      await store().commit(write.set('', { a: 1 }, { expiresAt: 2_000 }));
      store().clock.advance(1_000);

      expect(await store().entry('')).to.deep.equal({ value: {}, version: 2, expiresAt: undefined });
    });

    it('leaves nothing to be called after the store is closed', async () => {
      await store().commit(write.set('a', 1, { expiresAt: 2_000 }));

      await store().store.close();
      store().clock.advance(5_000);

      expect(store().told).to.have.lengthOf(1);
      expect(store().clock.pending).to.equal(0);
    });
  });
}

/** Writes that replace everything. */
export function describeRestores(store: Get): void {
  describe('restore', () => {
    it('replaces everything in one write', async () => {
      await store().commit(write.set('a.b', 1), write.set('x', 1, { expiresAt: 2_000 }));

      expect(await store().commit(write.restore({ a: { c: 2 }, d: 3 }, { d: 4_000, 'a.c': 3_000 }))).to.deep.equal({
        version: 3,
        results: [3],
      });
      expect(await store().value('')).to.deep.equal({ a: { c: 2 }, d: 3 });
      expect([await store().version('a.c'), await store().version(''), await store().version('x')]).to.deep.equal([
        3, 3, 0,
      ]);
      expect(store().log.at(-1)).to.equal('set  {"a":{"c":2},"d":3}');
      expect(store().told.at(-1)?.changes[0]?.path).to.equal(root);
    });

    it('brings expiries along, and drops those that were there', async () => {
      await store().commit(write.set('d', 1, { expiresAt: 1_500 }), write.set('e', 1, { expiresAt: 1_500 }));
      await store().commit(write.restore({ a: { c: 2 }, d: 3, e: 4 }, { d: 4_000, 'a.c': 3_000 }));

      store().clock.advance(2_000);

      expect(await store().value('')).to.deep.equal({ a: {}, d: 3, e: 4 });
      expect([await store().expiry('d'), await store().expiry('e')]).to.deep.equal([4_000, undefined]);
    });

    it('leaves out what has expired', async () => {
      await store().commit(write.restore({ a: { b: 1, c: 2 }, d: { e: 1 } }, { 'a.b': 999, d: 1_000, 'd.e': 5_000 }));

      expect(store().log).to.deep.equal(['set  {"a":{"c":2}}']);
      expect((await store().snapshot()).expiries).to.deep.equal([]);
    });

    it('takes no notice of expiries of nothing', async () => {
      await store().commit(write.restore({ a: 1 }, { b: 2_000, 'a.c': 2_000, d: 500 }));

      expect((await store().snapshot()).expiries).to.deep.equal([]);
    });

    it('brings back what a snapshot tells of', async () => {
      await store().commit(write.set('a', { b: [1] }, { expiresAt: 2_000 }), write.set('c', 2));
      const { value, expiries, version } = await store().snapshot();
      expect(version).to.equal(2);
      await store().commit(write.delete('a'), write.set('c', 3), write.set('d', 4));

      await store().store.commit([{ type: 'restore', path: root, value, expiries }]);

      const { value: again, expiries: due } = await store().snapshot();
      expect(again).to.deep.equal({ a: { b: [1] }, c: 2 });
      expect(due.map(({ path, expiresAt }) => [path.text, expiresAt])).to.deep.equal([['a', 2_000]]);
    });
  });
}
