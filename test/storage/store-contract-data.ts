import { expect } from 'chai';
import { describe, it } from 'mocha';
import { isDeepFrozen, type OpenedStore, write } from './opened-store.js';

type Get = () => OpenedStore;

/** What is read. */
export function describeReads(store: Get): void {
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

/** Writes that set something. */
export function describeSets(store: Get): void {
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
        await store().refusal('CLUSTER_STORAGE_TYPE', write.set('', value));
      }
    });

    it('never overwrites a value by storing something below it', async () => {
      await store().commit(write.set('a', { n: 1, list: [{}], none: null, text: 'x' }));

      for (const name of ['n', 'list', 'none', 'text']) {
        const details = await store().refusal('CLUSTER_STORAGE_TYPE', write.set(`a.${name}.0.y`, 2));
        expect(details).to.include({ path: `a.${name}` });
      }
      expect(store().store.version).to.equal(1);
      expect(await store().value('a')).to.deep.equal({ n: 1, list: [{}], none: null, text: 'x' });
    });

    it('writes only if the version is the expected one', async () => {
      await store().commit(write.set('a', 1));
      await store().commit(write.set('a', 2, { ifVersion: 1 }));

      const details = await store().refusal('CLUSTER_STORAGE_CONFLICT', write.set('a', 3, { ifVersion: 1 }));

      expect(details).to.deep.equal({ path: 'a', expected: 1, version: 2 });
      expect(await store().value('a')).to.equal(2);
    });

    it('takes 0 for the version of nothing', async () => {
      await store().commit(write.set('a.b', 1, { ifVersion: 0 }));

      const a = await store().refusal('CLUSTER_STORAGE_CONFLICT', write.set('a', 2, { ifVersion: 0 }));
      expect(a).to.include({ version: 1 });
      const x = await store().refusal('CLUSTER_STORAGE_CONFLICT', write.set('x', 2, { ifVersion: 7 }));
      expect(x).to.include({ version: 0 });
    });
  });
}

/** Writes of all other types. */
export function describeOtherWrites(store: Get): void {
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

      await store().refusal('CLUSTER_STORAGE_CONFLICT', write.delete('a', { ifVersion: 9 }));
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
        await store().refusal('CLUSTER_STORAGE_TYPE', write.increment(path));
      }
      await store().refusal('CLUSTER_STORAGE_TYPE', write.increment('a.large', Number.MAX_VALUE));
      expect(store().store.version).to.equal(1);
    });

    it('adds only if the version is the expected one', async () => {
      await store().commit(write.increment('n', 1, { ifVersion: 0 }));

      await store().refusal('CLUSTER_STORAGE_CONFLICT', write.increment('n', 1, { ifVersion: 0 }));
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
      await store().refusal('CLUSTER_STORAGE_CONFLICT', write.check('a', 0));
      expect(store().told).to.have.lengthOf(1);
    });
  });
}
