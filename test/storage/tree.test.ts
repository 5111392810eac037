import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { StorageTypeError } from '../../lib/errors/storage-errors.js';
import type { Storable } from '../../lib/storage/store.js';
import { kindOf, Tree } from '../../lib/storage/tree.js';
import { isDeepFrozen } from './opened-store.js';

function treeOf(root: { [key: string]: Storable }): Tree {
  const tree = new Tree();
  tree.replaceAll(root);
  return tree;
}

describe('Tree', () => {
  describe('#get', () => {
    it('finds what is at a path, and the root at none', () => {
      const tree = treeOf({ a: { b: [1] }, c: null });

      expect([tree.get([]), tree.get(['a', 'b']), tree.get(['c'])]).to.deep.equal([
        { a: { b: [1] }, c: null },
        [1],
        null,
      ]);
    });

    it('freezes nothing', () => {
      const tree = treeOf({ a: { b: 1 } });

      expect(Object.isFrozen(tree.get(['a']))).to.equal(false);
    });

    it('knows own properties of objects only', () => {
      const tree = treeOf({ a: {}, list: ['x'], text: 'x' });

      for (const path of [
        'toString',
        'a.toString',
        'a.valueOf.call',
        'list.0',
        'list.length',
        'text.0',
        'text.length',
        'x.y',
      ])
        expect(tree.get(path.split('.')), path).to.equal(undefined);
    });

    it('takes no notice of what was added to all objects', () => {
      Object.defineProperty(Object.prototype, 'planted', { value: 1, configurable: true, writable: true });
      const found = treeOf({}).get(['planted']);
      Reflect.deleteProperty(Object.prototype, 'planted');

      expect(found).to.equal(undefined);
    });
  });

  describe('#read', () => {
    it('freezes what it gives, all the way down, and nothing else', () => {
      const tree = treeOf({ a: { b: { c: [{ d: 1 }] } }, e: { f: 1 } });

      const value = tree.read(['a', 'b']);

      expect(isDeepFrozen(value)).to.equal(true);
      expect(Object.isFrozen(tree.get(['a'])) || Object.isFrozen(tree.get(['e']))).to.equal(false);
    });

    it('gives the same object as long as it is not changed', () => {
      const tree = treeOf({ a: { b: {} }, c: {} });
      const [a, b] = [tree.read(['a']), tree.read(['a', 'b'])];
      tree.set(['c', 'd'], 1);

      expect([tree.read(['a']), tree.read(['a', 'b'])]).to.satisfy(
        ([one, other]: unknown[]) => one === a && other === b,
      );
    });

    it('gives leaves as they are', () => {
      expect(treeOf({ a: { b: 5 } }).read(['a', 'b'])).to.equal(5);
      expect(new Tree().read(['a'])).to.equal(undefined);
    });
  });

  describe('#set', () => {
    it('makes missing parents, and says where', () => {
      const tree = treeOf({ a: {} });

      expect(tree.set(['a', 'b', 'c', 'd'], 1)).to.deep.equal({ level: 1, previous: undefined });
      expect(tree.set(['x'], 1)).to.deep.equal({ level: 0, previous: undefined });
      expect(tree.get([])).to.deep.equal({ a: { b: { c: { d: 1 } } }, x: 1 });
    });

    it('gives what was there', () => {
      const tree = treeOf({ a: { b: { c: 1 } } });

      expect(tree.set(['a', 'b'], 2)).to.deep.equal({ level: 1, previous: { c: 1 } });
      expect(tree.set([], {})).to.deep.equal({ level: -1, previous: { a: { b: 2 } } });
    });

    it('refuses to store below what is no object, and changes nothing', () => {
      const tree = treeOf({ a: { text: 'x', list: [{}], none: null, yes: true, n: 1 } });

      for (const [name, found] of [
        ['text', 'a string'],
        ['list', 'an array'],
        ['none', '`null`'],
        ['yes', 'a boolean'],
        ['n', 'a number'],
      ]) {
        expect(() => tree.set(['a', name as string, '0', 'x'], 1))
          .to.throw(StorageTypeError, `Nothing can be stored below \`a.${name}\`, which is ${found} and no object`)
          .with.deep.property('details', { path: `a.${name}`, found });
      }
      expect(tree.get(['a'])).to.deep.equal({ text: 'x', list: [{}], none: null, yes: true, n: 1 });
    });

    it('refuses a root that is no object', () => {
      expect(() => new Tree().set([], [1])).to.throw(
        StorageTypeError,
        'The root of a storage is an object, not an array',
      );
    });

    it('copies what is frozen on the way, and shares the rest', () => {
      const tree = treeOf({ a: { b: { c: 1 }, d: {} }, e: {} });
      const before = tree.snapshot() as { a: { b: object; d: object }; e: object };

      tree.set(['a', 'b', 'c'], 2);
      const after = tree.snapshot() as typeof before;

      expect(before).to.deep.equal({ a: { b: { c: 1 }, d: {} }, e: {} });
      expect(after).to.deep.equal({ a: { b: { c: 2 }, d: {} }, e: {} });
      expect(after.a.d === before.a.d && after.e === before.e).to.equal(true);
    });

    it('writes in place as long as nobody has read', () => {
      const tree = treeOf({ a: { b: { c: 1 } } });
      const live = tree.get(['a', 'b']);
      tree.set(['a', 'b', 'd'], 2);
      tree.read(['a', 'b', 'd']);

      expect(tree.get(['a', 'b'])).to.equal(live);
      expect(live).to.deep.equal({ c: 1, d: 2 });
    });

    it('stores what is called like something that objects inherit', () => {
      const tree = treeOf({ a: {} });
      expect(tree.set(['a', 'toString'], 1).previous).to.equal(undefined);
      expect(tree.set(['valueOf', 'x'], 1).level).to.equal(0);

      expect(tree.keys(['a'])).to.deep.equal(['toString']);
    });
  });

  describe('#delete', () => {
    it('says whether there was something', () => {
      const tree = treeOf({ a: { b: null }, list: [1] });

      expect(
        [
          ['a', 'b'],
          ['a', 'b'],
          ['list', '0'],
          ['x', 'y'],
          ['a', 'toString'],
        ].map(path => tree.delete(path)),
      ).to.deep.equal([true, false, false, false, false]);
      expect(tree.get([])).to.deep.equal({ a: {}, list: [1] });
    });

    it('leaves what was read as it was', () => {
      const tree = treeOf({ a: { b: 1, c: 2 } });
      const [whole, part] = [tree.snapshot(), tree.read(['a'])];
      tree.delete(['a', 'b']);

      expect([whole, part, tree.snapshot()]).to.deep.equal([{ a: { b: 1, c: 2 } }, { b: 1, c: 2 }, { a: { c: 2 } }]);
    });

    it('copies nothing when there is nothing to delete', () => {
      const tree = treeOf({ a: { b: 1 } });
      const before = tree.snapshot();
      tree.delete(['a', 'x']);

      expect(tree.snapshot()).to.equal(before);
    });

    it('empties the root', () => {
      const tree = treeOf({ a: 1 });

      expect(tree.delete([])).to.equal(true);
      expect(tree.snapshot()).to.deep.equal({});
    });
  });

  describe('#remove', () => {
    it('gives what was there', () => {
      expect(treeOf({ a: { b: [1] } }).remove(['a', 'b'])).to.deep.equal([1]);
      expect(new Tree().remove(['a'])).to.equal(undefined);
    });
  });

  describe('#has, #keys', () => {
    it('tell of objects and what is in them', () => {
      const tree = treeOf({ a: { b: null, c: 1 }, list: [1, 2], text: 'x' });

      expect([tree.has([]), tree.has(['a', 'b']), tree.has(['a', 'x'])]).to.deep.equal([true, true, false]);
      expect([
        tree.keys([]),
        tree.keys(['a']),
        tree.keys(['list']),
        tree.keys(['text']),
        tree.keys(['x']),
      ]).to.deep.equal([['a', 'list', 'text'], ['b', 'c'], [], [], []]);
    });
  });

  describe('#replaceAll', () => {
    it('takes a frozen root, and leaves it alone', () => {
      const root = Object.freeze({ a: Object.freeze({ b: 1 }) });
      const tree = treeOf(root);
      tree.set(['a', 'c'], 2);
      tree.delete(['a', 'b']);

      expect([root, tree.snapshot()]).to.deep.equal([{ a: { b: 1 } }, { a: { c: 2 } }]);
    });
  });

  it('never changes what was read, whatever is written later, and freezes all of it', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 });
    const value = fc.constantFrom<() => Storable>(
      () => 1,
      () => ({ a: { b: 1 } }),
      () => [{ a: 1 }],
      () => Object.freeze({}),
    );
    const step = fc.record({ path, value, does: fc.constantFrom('set', 'delete', 'read', 'snapshot') });
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 40 }), steps => {
        const tree = new Tree();
        const read: (readonly [value: Storable | undefined, text: string])[] = [];
        for (const { path: where, value: make, does } of steps) {
          if (does === 'delete') tree.delete(where);
          else if (does === 'set') setOrRefuse(tree, where, make());
          else {
            const seen = does === 'read' ? tree.read(where) : tree.snapshot();
            expect(isDeepFrozen(seen)).to.equal(true);
            read.push([seen, JSON.stringify(seen)]);
          }
        }
        for (const [seen, text] of read) expect(JSON.stringify(seen)).to.equal(text);
      }),
      { numRuns: 500 },
    );
  });
});

function setOrRefuse(tree: Tree, path: readonly string[], value: Storable): void {
  try {
    tree.set(path, value);
  } catch (error) {
    if (!(error instanceof StorageTypeError)) throw error;
  }
}

describe('kindOf', () => {
  it('says what a value is', () => {
    expect([null, [], {}, 1, 'x', true].map(kindOf)).to.deep.equal([
      '`null`',
      'an array',
      'an object',
      'a number',
      'a string',
      'a boolean',
    ]);
  });
});
