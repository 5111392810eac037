import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { StoreLimits, Write } from '../../lib/storage/store.js';
import { isDeepFrozen, OpenedStore, type StoreUnderTest, write } from './opened-store.js';
import { describeOtherWrites, describeReads, describeSets } from './store-contract-data.js';
import { describeExpiries, describeRestores } from './store-contract-time.js';

/** Every sentence of the interface `Store`, told to one implementation. */
export function storeContract(name: string, make: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name}, as a store`, () => {
    const opened: OpenedStore[] = [];
    let current: OpenedStore;
    const open = async (limits?: Partial<StoreLimits>) => {
      const one = await OpenedStore.open(await make(), limits);
      opened.push(one);
      return one;
    };
    beforeEach(async () => {
      current = await open();
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
    });

    describeReads(() => current);
    describeSets(() => current);
    describeOtherWrites(() => current);
    describeVersions(() => current);
    describeTransactions(() => current);
    describeCommitted(() => current);
    describeExpiries(() => current);
    describeRestores(() => current);
    describeLimits(open);
  });
}

type Get = () => OpenedStore;

function describeVersions(store: Get): void {
  describe('versions', () => {
    it('gives each write the next number', async () => {
      for (const number of [1, 2, 3]) expect(await store().result(write.set('a', 'same'))).to.equal(number);
      expect(store().store.version).to.equal(3);
    });

    it('gives an empty list a number of its own, and changes nothing', async () => {
      await store().commit(write.set('a', 1));

      expect(await store().commit()).to.deep.equal({ version: 2, results: [] });
      expect(await store().commit(write.set('b', 1))).to.deep.equal({ version: 3, results: [3] });
      expect([await store().version('a'), await store().version('')]).to.deep.equal([1, 3]);
      expect(store().told).to.have.lengthOf(2);
    });

    it('counts what changes something below, and nothing beside', async () => {
      await store().commit(write.set('a', { b: { c: 1 }, d: 2 }));
      await store().commit(write.set('a.b.c', 3));

      const versions = await Promise.all(['', 'a', 'a.b', 'a.b.c', 'a.d'].map(path => store().version(path)));
      expect(versions).to.deep.equal([2, 2, 2, 2, 1]);
    });

    it('counts what replaces something above', async () => {
      await store().commit(write.set('a.b.c', 1), write.set('a.b.d', 1));
      await store().commit(write.set('a', { b: { c: 1 } }));

      expect([await store().version('a.b.c'), await store().version('a.b.d')]).to.deep.equal([3, 0]);
    });

    it('counts what removes something below', async () => {
      await store().commit(write.set('a', { b: 1, c: 2 }));
      await store().commit(write.delete('a.b'));

      expect([await store().version('a'), await store().version('a.c'), await store().version('a.b')]).to.deep.equal([
        2, 1, 0,
      ]);
    });

    it('begins anew with what is written again', async () => {
      await store().commit(write.set('a.b', 1), write.delete('a'), write.set('a.c', 2));

      expect([await store().version('a'), await store().version('a.b'), await store().version('a.c')]).to.deep.equal([
        3, 0, 3,
      ]);
    });
  });
}

function describeTransactions(store: Get): void {
  describe('transactions', () => {
    it('gives every write a number, and says what each has to say', async () => {
      await store().commit(write.set('a', 1));

      const commit = await store().commit(
        write.set('b', 2),
        write.increment('a', 4),
        write.delete('x'),
        write.delete('b'),
        write.check('a', 3),
      );

      expect(commit).to.deep.equal({ version: 4, results: [2, 5, false, true, 3] });
    });

    it('lets each write see those before it', async () => {
      await store().commit(
        write.set('a', 1, { ifVersion: 0 }),
        write.set('a', 2, { ifVersion: 1 }),
        write.increment('a', 1, { ifVersion: 2 }),
      );

      expect(await store().value('a')).to.equal(3);
    });

    const failures = {
      CLUSTER_STORAGE_CONFLICT: write.check('a', 77),
      CLUSTER_STORAGE_TYPE: write.set('a.n.x', 1),
      CLUSTER_STORAGE_LIMIT: write.set(
        Array.from({ length: 20 }, (_, level) => `l${level}`),
        Array.from({ length: 13 }).reduce(inner => ({ inner }), 1),
      ),
    };
    for (const [code, failing] of Object.entries(failures)) {
      it(`leaves everything as it was after ${code}`, async () => {
        await store().commit(
          write.set('a', { n: 1, text: 'x', o: { p: 1 } }),
          write.set('a.o.p', 2, { expiresAt: 5_000 }),
        );
        await store().commit(write.set('z', 1, { expiresAt: 6_000 }), write.set('a.o.q.r', 3, { expiresAt: 7_000 }));
        const paths = ['', 'a', 'a.n', 'a.o', 'a.o.p', 'a.o.q', 'a.o.q.r', 'z', 'new'];
        const before = await Promise.all(paths.map(path => store().entry(path)));

        await store().refusal(
          code,
          write.set('a.o', 5, { expiresAt: 4_000 }),
          write.set('new.deep.er', 1, { expiresAt: 4_500 }),
          write.increment('a.n', 5),
          write.set('z', 2, { keepExpiry: true }),
          write.delete('z'),
          write.restore({ a: { n: 1, text: '' }, k: 1 }, { k: 3_000 }),
          write.delete('k'),
          write.set('', { a: { n: 7, text: '' } }),
          failing,
        );

        expect(await Promise.all(paths.map(path => store().entry(path)))).to.deep.equal(before);
        expect(store().store.version).to.equal(4);
        expect(store().told).to.have.lengthOf(2);
        store().clock.advance(10_000);
        await store().value('');
        await store().toldTimes(3);
        expect(store().log.slice(4)).to.deep.equal(['expire a.o.p', 'expire z', 'expire a.o.q.r']);
      });
    }

    it('fails as a whole if a later write fails, however many came before', async () => {
      const writes = Array.from({ length: 100 }, (_, index) => write.set(`a.k${index}`, index));

      await store().refusal('CLUSTER_STORAGE_CONFLICT', ...writes, write.check('a', 0));

      expect(await store().snapshot()).to.deep.equal({ version: 0, value: {}, expiries: [] });
    });
  });
}

function describeCommitted(store: Get): void {
  describe('committed', () => {
    it('is told of every write before its commit resolves, with the origin', async () => {
      const origin = {};
      await store().store.commit([write.set('a.b', { c: 1 }, { expiresAt: 9_000 })], origin);

      const [{ changes, origin: from } = { changes: [], origin: undefined }] = store().told;
      expect(from).to.equal(origin);
      expect(changes).to.have.lengthOf(1);
      expect(changes[0]).to.include({ version: 1, type: 'set', expiresAt: 9_000, path: parsePath('a.b') });
      expect(changes[0]?.value).to.deep.equal({ c: 1 });
      expect(isDeepFrozen(changes[0]?.value)).to.equal(true);
      expect(changes[0]?.weight).to.be.within(5, 100);
    });

    it('is told of a transaction in one call', async () => {
      await store().commit(
        write.set('a', 1),
        write.increment('a', 2),
        write.delete('x'),
        write.check('a', 2),
        write.delete('a'),
      );

      expect(store().told).to.have.lengthOf(1);
      expect(store().log).to.deep.equal(['set a 1', 'set a 3', 'delete a']);
      expect(store().told[0]?.changes.map(({ version }) => version)).to.deep.equal([1, 2, 3]);
    });

    it('is told in the order of the calls', async () => {
      await Promise.all([1, 2, 3, 4].map(value => store().commit(write.set(`k${value}`, value))));

      expect(store().told.flatMap(({ changes }) => changes.map(({ version }) => version))).to.deep.equal([1, 2, 3, 4]);
      expect(store().log).to.deep.equal(['set k1 1', 'set k2 2', 'set k3 3', 'set k4 4']);
    });

    it('is told when an increment leaves something to expire', async () => {
      await store().commit(write.set('n', 1, { expiresAt: 9_000 }), write.increment('n'));

      expect(store().told[0]?.changes.map(({ expiresAt }) => expiresAt)).to.deep.equal([9_000, 9_000]);
    });

    it('is told how many objects were made on the way', async () => {
      for (const path of ['a.b.c', 'a.x.y', 'a.x', '', 'n', 'a.n.n.n']) {
        await store().commit(path.includes('n') ? write.increment(path) : write.set(path, {}));
      }
      await store().commit(write.delete('a.n.n.n'));

      const made = store().told.flatMap(({ changes }) => changes.map(change => change.made ?? 0));
      expect(made).to.deep.equal([2, 1, 0, 0, 0, 3, 0]);
    });

    it('is told nothing of what fails', async () => {
      await store().refusal('CLUSTER_STORAGE_CONFLICT', write.set('a', 1), write.check('a', 0));

      expect(store().told).to.deep.equal([]);
    });
  });
}

function describeLimits(open: (limits: Partial<StoreLimits>) => Promise<OpenedStore>): void {
  describe('limits', () => {
    const excess = async (store: OpenedStore, ...writes: Write[]) => {
      const details = await store.refusal('CLUSTER_STORAGE_LIMIT', ...writes);
      return details?.limit;
    };

    it('counts segments and the levels of a value together', async () => {
      const store = await open({ maxDepth: 3 });
      await store.commit(
        write.set('a.b', { c: 1 }),
        write.set('x', { y: [1] }),
        write.set('', { a: { b: { c: {} } } }),
      );

      expect(await excess(store, write.set('a.b', { c: { d: 1 } }))).to.equal('maxDepth');
      expect(await excess(store, write.set('a.b', [[1]]))).to.equal('maxDepth');
      expect(await excess(store, write.increment('a.b.c.d'))).to.equal('maxDepth');
      expect(await excess(store, write.restore({ a: { b: { c: { d: 1 } } } }))).to.equal('maxDepth');
      expect(await store.value('')).to.deep.equal({ a: { b: { c: {} } } });
    });

    it('counts properties of all objects, those in arrays included', async () => {
      const store = await open({ maxKeys: 6 });
      await store.commit(write.set('a', { b: 1, c: [{ d: 1 }] }), write.set('x.y', 1));

      expect(await excess(store, write.set('z', 1))).to.equal('maxKeys');
      await store.commit(write.set('x.y', 2), write.delete('a.c'), write.set('z', 1), write.set('zz', 1));
      expect(await excess(store, write.increment('zzz'))).to.equal('maxKeys');
      store.clock.advance(1);
      expect(await store.keys('')).to.deep.equal(['a', 'x', 'z', 'zz']);
    });

    it('makes room by what expires', async () => {
      const store = await open({ maxKeys: 2 });
      await store.commit(write.set('a.b', 1, { expiresAt: 2_000 }));
      expect(await excess(store, write.set('c', 1))).to.equal('maxKeys');

      store.clock.advance(1_000);
      await store.commit(write.set('c', 1));

      expect(await store.value('')).to.deep.equal({ a: {}, c: 1 });
    });

    it('counts bytes, roughly, and takes them back', async () => {
      const store = await open({ maxBytes: 10_000 });
      const text = 'x'.repeat(4_500);
      await store.commit(write.set('a', text), write.set('b', text));

      expect(await excess(store, write.set('c', text))).to.equal('maxBytes');
      for (let round = 0; round < 20; round++)
        await store.commit(write.delete('a'), write.set('a', text), write.set('a', text));
      expect(await excess(store, write.restore({ a: text, b: text, c: text }))).to.equal('maxBytes');
      await store.commit(write.restore({ a: text, d: text }));
      expect(await store.keys('')).to.deep.equal(['a', 'd']);
    });

    it('looks at what is there after the last write of a transaction', async () => {
      const store = await open({ maxKeys: 2 });
      await store.commit(write.set('a', 1), write.set('b', 1));

      await store.commit(write.set('c', 1), write.delete('a'));

      expect(await store.keys('')).to.deep.equal(['b', 'c']);
    });
  });
}
