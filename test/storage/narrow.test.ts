import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { isSubtree, narrow, partOf } from '../../lib/storage/narrow.js';
import type { Storable } from '../../lib/storage/store.js';
import {
  arbitraryPath,
  arbitraryValue,
  carriedOut,
  changeOf,
  expiryOf,
  partOfTree,
  pathTo,
  treeWith,
} from '../support/changes.js';

describe('narrow', () => {
  it('leaves a change at the path, or below it, as it is', () => {
    const value = Object.freeze({ n: 1 });

    for (const path of ['', 'a', 'a.b']) {
      expect(narrow(changeOf(3, 'a.b', value), pathTo(path)), path).to.deep.equal({
        ...{ version: 3, type: 'set', path: 'a.b', value },
      });
    }
    expect(narrow(expiryOf(4, 'a.b'), pathTo('a'))).to.deep.equal({
      ...{ version: 4, type: 'expire', path: 'a.b', value: undefined },
    });
  });

  it('makes of a change above the path one of what is there', () => {
    const change = changeOf(3, 'a', { b: { c: 5 } });

    expect(narrow(change, pathTo('a.b.c'))).to.deep.equal({ version: 3, type: 'set', path: 'a.b.c', value: 5 });
    expect(narrow(changeOf(3, '', { a: { b: 5 } }), pathTo('a.b'))?.value).to.equal(5);
  });

  it('makes a deletion of a change above the path with nothing there', () => {
    const gone = { version: 3, type: 'delete', path: 'a.b', value: undefined };

    for (const value of [{ c: 1 }, {}, 5, null, 'b', undefined]) {
      expect(narrow(changeOf(3, 'a', value), pathTo('a.b')), String(value)).to.deep.equal(gone);
    }
    expect(narrow(expiryOf(3, 'a'), pathTo('a.b'))?.type).to.equal('expire');
  });

  it('is nothing elsewhere', () => {
    for (const path of ['b', 'ab', 'a.c', 'b.b', 'a.c.b']) {
      expect(narrow(changeOf(3, 'a.b', 1), pathTo(path)), path).to.equal(undefined);
    }
  });

  it('finds nothing that is inherited, and nothing in arrays and texts', () => {
    const paths = ['a.toString', 'a.constructor', 'a.__proto__', 'a.list.0', 'a.list.length', 'a.text.length'];
    for (const path of paths) {
      const change = changeOf(1, 'a', { list: [1], text: 'text' });

      expect(narrow(change, pathTo(path))?.value, path).to.equal(undefined);
    }
  });

  it('is frozen', () => {
    for (const path of ['a', 'a.b']) expect(narrow(changeOf(1, 'a', { b: 1 }), pathTo(path))).to.be.frozen;
  });

  it('tells all that happens to a path, and nothing else', () => {
    const step = fc.record({ path: arbitraryPath(), value: fc.option(arbitraryValue, { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), arbitraryPath(), (steps, watched) => {
        const path = pathTo(watched);
        for (const { change, before, after } of carriedOut(steps)) {
          const here = partOfTree(before, path.segments);
          const seen = narrow(change, path);
          const below = seen && pathTo(seen.path).segments.slice(path.segments.length);
          const applied = below && treeWith(here, below, seen.value as Storable | undefined);
          const expected = partOfTree(after, path.segments);

          if (seen === undefined) expect(expected).to.equal(here);
          else expect(applied).to.deep.equal(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('partOf', () => {
  it('begins at any segment', () => {
    expect(partOf({ c: 1 }, ['a', 'b', 'c'], 2)).to.equal(1);
    expect(partOf(7, ['a'], 1)).to.equal(7);
    expect(partOf(undefined, ['a'], 0)).to.equal(undefined);
  });
});

describe('isSubtree', () => {
  it('is for objects only', () => {
    expect([{}, { a: 1 }].map(isSubtree)).to.deep.equal([true, true]);
    expect([[], null, undefined, 1, 'a', true].map(isSubtree)).to.deep.equal(Array(6).fill(false));
  });
});
