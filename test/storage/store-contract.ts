import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { parsePath, root } from '../../lib/storage/storage-path.js';
import type { StoreLimits, Write } from '../../lib/storage/store.js';
import { rejection } from '../support/thrown.js';
import { OpenedStore, type StoreUnderTest, write } from './opened-store.js';

/** Whether nobody can change anything of it. */
function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

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

function describeReads(store: Get): void {
  describe('reads', () => {
    it('begins with an empty object at version 0', async () => {
      expect(store().store.version).to.equal(0);
      expect(await store().snapshot()).to.deep.equal({ version: 0, value: {}, expiries: [] });
      expect(await store().entry('')).to.deep.equal({ value: {}, version: 0, expiresAt: undefined });
    });

    it('reads values of every kind, and parts of objects', async () => {
      const value = { a: null, b: [1, { c: 'x' }], d: { e: true, f: -1.5, g: '' } };
      await store().commit(write.set('o', value));

      expect(await store().value('o')).to.deep.equal(value);
      expect(await store().value('')).to.deep.equal({ o: value });
      for (const [path, part] of [
        ['o.a', null],
        ['o.b', value.b],
        ['o.d', value.d],
        ['o.d.f', -1.5],
        ['o.d.g', ''],
      ] as const)
        expect(await store().value(path), path).to.deep.equal(part);
    });

    it('finds nothing where there is nothing, and in what is no object', async () => {
      await store().commit(write.set('a', { list: [{ x: 1 }], text: 'abc', none: null }));

      for (const path of [
        'b',
        'a.b',
        'a.list.0',
        'a.list.length',
        'a.text.0',
        'a.text.length',
        'a.none.x',
        'a.list.0.x',
      ]) {
        expect(store().peek(path), path).to.equal(undefined);
        expect(await store().entry(path), path).to.equal(undefined);
      }
    });

    it('finds nothing that objects inherit', async () => {
      await store().commit(write.set('a', {}));

      for (const path of ['toString', 'a.toString', 'a.hasOwnProperty', 'a.valueOf.name'])
        expect(await store().entry(path), path).to.equal(undefined);
    });

    it('stores what is called like something that objects inherit', async () => {
      await store().commit(write.set('a.toString', 1), write.set('hasOwnProperty.valueOf', 2));

      expect(await store().snapshot()).to.deep.include({
        value: { a: { toString: 1 }, hasOwnProperty: { valueOf: 2 } },
      });
    });

    it('gives frozen values', async () => {
      await store().commit(write.set('a.b', { c: [{ d: 1 }] }), write.set('a.e.f', 2));

      expect(isDeepFrozen(await store().value(''))).to.equal(true);
      expect(isDeepFrozen(store().peek('a'))).to.equal(true);
      expect(isDeepFrozen((await store().snapshot()).value)).to.equal(true);
    });

    it('gives values that later writes leave alone', async () => {
      await store().commit(write.set('a', { b: { c: 1 }, d: { e: 2 } }));
      const [whole, part, { value }] = [store().peek(''), await store().value('a.b'), await store().snapshot()];

      await store().commit(write.set('a.b.c', 3), write.delete('a.d'), write.set('x', 4));

      expect([whole, part, value]).to.deep.equal([
        { a: { b: { c: 1 }, d: { e: 2 } } },
        { c: 1 },
        { a: { b: { c: 1 }, d: { e: 2 } } },
      ]);
      expect(await store().value('')).to.deep.equal({ a: { b: { c: 3 } }, x: 4 });
    });

    it('peeks at what was written a moment ago', async () => {
      const written = store().commit(write.set('a.b', 1));

      expect(store().peek('a.b')).to.equal(1);
      await written;
    });

    it('names what is in an object, and in nothing else', async () => {
      await store().commit(write.set('a', { b: 1, c: { d: 2 }, list: [1, 2] }));

      expect(await store().keys('')).to.deep.equal(['a']);
      expect(await store().keys('a')).to.deep.equal(['b', 'c', 'list']);
      for (const path of ['a.b', 'a.list', 'x', 'a.c.d.e']) expect(await store().keys(path), path).to.deep.equal([]);
    });
  });
}

function describeSets(store: Get): void {
  describe('set', () => {
    it('replaces what is there, with everything below', async () => {
      await store().commit(write.set('a', { b: { c: 1 }, d: 2 }));
      await store().commit(write.set('a', { b: { e: 3 } }));

      expect(await store().value('')).to.deep.equal({ a: { b: { e: 3 } } });
    });

    it('makes missing parents', async () => {
      expect(await store().result(write.set('a.b.c', 1))).to.equal(1);
      expect(await store().value('')).to.deep.equal({ a: { b: { c: 1 } } });
    });

    it('keeps segments with dots, and of any text, apart', async () => {
      const odd = ['a.b', '\\', ' ', '0', '\u0000', '\u{1f600}', 'length'];
      for (const [index, segment] of odd.entries()) await store().commit(write.set(['odd', segment], index));

      for (const [index, segment] of odd.entries())
        expect(await store().value(['odd', segment]), segment).to.equal(index);
      expect(await store().keys('odd')).to.deep.equal([...odd].sort());
      expect(store().peek('odd.a.b')).to.equal(undefined);
    });

    it('replaces everything at the root, which stays an object', async () => {
      await store().commit(write.set('a', 1));
      await store().commit(write.set('', { b: 2 }));

      expect(await store().value('')).to.deep.equal({ b: 2 });
      expect(await store().version('b')).to.equal(2);
      for (const value of [1, 'x', null, []]) {
        expect(await rejection(() => store().commit(write.set('', value)))).to.have.property(
          'code',
          'CLUSTER_STORAGE_TYPE',
        );
      }
    });

    it('never overwrites a value by storing something below it', async () => {
      await store().commit(write.set('a', { n: 1, list: [{}], none: null, text: 'x' }));

      for (const name of ['n', 'list', 'none', 'text']) {
        const error = await rejection(() => store().commit(write.set(`a.${name}.0.y`, 2)));
        expect(error).to.include({ code: 'CLUSTER_STORAGE_TYPE' });
        expect(error.details).to.include({ path: `a.${name}` });
      }
      expect(store().store.version).to.equal(1);
      expect(await store().value('a')).to.deep.equal({ n: 1, list: [{}], none: null, text: 'x' });
    });

    it('writes only if the version is the expected one', async () => {
      await store().commit(write.set('a', 1));
      await store().commit(write.set('a', 2, { ifVersion: 1 }));

      const error = await rejection(() => store().commit(write.set('a', 3, { ifVersion: 1 })));

      expect(error).to.include({ code: 'CLUSTER_STORAGE_CONFLICT' });
      expect(error.details).to.deep.equal({ path: 'a', expected: 1, version: 2 });
      expect(await store().value('a')).to.equal(2);
    });

    it('takes 0 for the version of nothing', async () => {
      await store().commit(write.set('a.b', 1, { ifVersion: 0 }));

      expect(await rejection(() => store().commit(write.set('a', 2, { ifVersion: 0 })))).to.have.nested.property(
        'details.version',
        1,
      );
      expect(await rejection(() => store().commit(write.set('x', 2, { ifVersion: 7 })))).to.have.nested.property(
        'details.version',
        0,
      );
    });
  });
}

function describeOtherWrites(store: Get): void {
  describe('delete', () => {
    it('removes what is there, with all below, and leaves the parents', async () => {
      await store().commit(write.set('a.b', { c: { d: 1 } }));

      expect(await store().result(write.delete('a.b'))).to.equal(true);
      expect(await store().value('')).to.deep.equal({ a: {} });
      expect(await store().entry('a.b.c')).to.equal(undefined);
    });

    it('changes nothing where there is nothing, and takes no number', async () => {
      await store().commit(write.set('a', { text: 'x', list: [1] }));

      for (const path of ['b', 'a.b', 'a.text.length', 'a.list.0', 'toString'])
        expect(await store().commit(write.delete(path)), path).to.deep.equal({ version: 1, results: [false] });
      expect(store().told).to.have.lengthOf(1);
      expect(await store().value('a')).to.deep.equal({ text: 'x', list: [1] });
    });

    it('empties the root', async () => {
      await store().commit(write.set('a.b', 1));

      expect(await store().result(write.delete(''))).to.equal(true);
      expect(await store().entry('')).to.deep.equal({ value: {}, version: 2, expiresAt: undefined });
      expect(await store().result(write.delete(''))).to.equal(false);
    });

    it('removes only if the version is the expected one', async () => {
      await store().commit(write.set('a', 1));

      expect(await rejection(() => store().commit(write.delete('a', { ifVersion: 9 })))).to.have.property(
        'code',
        'CLUSTER_STORAGE_CONFLICT',
      );
      expect(await store().result(write.delete('a', { ifVersion: 1 }))).to.equal(true);
      expect(await store().result(write.delete('a', { ifVersion: 0 }))).to.equal(false);
    });
  });

  describe('increment', () => {
    it('adds to a number, or to nothing, which counts as 0', async () => {
      expect(await store().result(write.increment('a.n', 5))).to.equal(5);
      expect(await store().result(write.increment('a.n', -1.5))).to.equal(3.5);
      expect(await store().entry('a.n')).to.deep.equal({ value: 3.5, version: 2, expiresAt: undefined });
    });

    it('refuses what is no number, or would be none that can be kept', async () => {
      await store().commit(write.set('a', { text: '1', none: null, list: [1], large: Number.MAX_VALUE }));

      for (const path of ['', 'a', 'a.text', 'a.none', 'a.list', 'a.list.0', 'a.text.x']) {
        const error = await rejection(() => store().commit(write.increment(path)));
        expect(error, path).to.have.property('code', 'CLUSTER_STORAGE_TYPE');
      }
      expect(await rejection(() => store().commit(write.increment('a.large', Number.MAX_VALUE)))).to.have.property(
        'code',
        'CLUSTER_STORAGE_TYPE',
      );
      expect(store().store.version).to.equal(1);
    });

    it('adds only if the version is the expected one', async () => {
      await store().commit(write.increment('n', 1, { ifVersion: 0 }));

      expect(await rejection(() => store().commit(write.increment('n', 1, { ifVersion: 0 })))).to.have.property(
        'code',
        'CLUSTER_STORAGE_CONFLICT',
      );
      expect(await store().result(write.increment('n', 1, { ifVersion: 1 }))).to.equal(2);
    });
  });

  describe('check', () => {
    it('changes nothing, and takes no number', async () => {
      await store().commit(write.set('a', 1));

      expect(await store().commit(write.check('a', 1), write.check('b', 0))).to.deep.equal({
        version: 1,
        results: [1, 0],
      });
      expect(await rejection(() => store().commit(write.check('a', 0)))).to.have.property(
        'code',
        'CLUSTER_STORAGE_CONFLICT',
      );
      expect(store().told).to.have.lengthOf(1);
    });
  });
}

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
      'a conflict': write.check('a', 77),
      'a value in the way': write.set('a.n.x', 1),
      'a number that is none': write.increment('a.text'),
      'a limit': write.set(
        Array.from({ length: 20 }, (_, level) => `l${level}`),
        Array.from({ length: 13 }).reduce(inner => ({ inner }), 1),
      ),
    };
    for (const [name, failing] of Object.entries(failures)) {
      it(`leaves everything as it was after ${name}`, async () => {
        await store().commit(
          write.set('a', { n: 1, text: 'x', o: { p: 1 } }),
          write.set('a.o.p', 2, { expiresAt: 5_000 }),
        );
        await store().commit(write.set('z', 1, { expiresAt: 6_000 }), write.set('a.o.q.r', 3, { expiresAt: 7_000 }));
        const paths = ['', 'a', 'a.n', 'a.o', 'a.o.p', 'a.o.q', 'a.o.q.r', 'z', 'new'];
        const before = await Promise.all(paths.map(path => store().entry(path)));

        const error = await rejection(() =>
          store().commit(
            write.set('a.o', 5, { expiresAt: 4_000 }),
            write.set('new.deep.er', 1, { expiresAt: 4_500 }),
            write.increment('a.n', 5),
            write.set('z', 2, { keepExpiry: true }),
            write.delete('z'),
            write.restore({ a: { n: 1, text: '' }, k: 1 }, { k: 3_000 }),
            write.delete('k'),
            write.set('', { a: { n: 7, text: '' } }),
            failing,
          ),
        );

        expect(error).to.have.property('code');
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

      await rejection(() => store().commit(...writes, write.check('a', 0)));

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
      await rejection(() => store().commit(write.set('a', 1), write.check('a', 0)));

      expect(store().told).to.deep.equal([]);
    });
  });
}

function describeExpiries(store: Get): void {
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

function describeRestores(store: Get): void {
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

function describeLimits(open: (limits: Partial<StoreLimits>) => Promise<OpenedStore>): void {
  describe('limits', () => {
    const excess = async (store: OpenedStore, ...writes: Write[]) => {
      const error = await rejection(() => store.commit(...writes));
      expect(error).to.have.property('code', 'CLUSTER_STORAGE_LIMIT');
      return error.details?.limit;
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
