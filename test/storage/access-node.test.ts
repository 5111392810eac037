import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StoragePathError } from '../../lib/errors/storage-errors.js';
import { accessTree, nodeAt, seenOf } from '../../lib/storage/access-node.js';

describe('accessTree', () => {
  it('is one node without rules, with which everything is allowed', () => {
    const root = accessTree({});

    expect({ ...root, children: root.children.size }).to.deep.equal({
      ...{ level: 'write', children: 0, sees: 'all', mayWrite: true },
    });
  });

  it('hands a level down to where there is another', () => {
    const root = accessTree({ a: 'read', 'a.b.c': 'none' });

    const levels = [[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(segments => nodeAt(root, segments).level);
    expect(levels).to.deep.equal(['write', 'read', 'read', 'none']);
  });

  it('knows above what is so below', () => {
    const root = accessTree({ a: 'none', 'a.b': 'read', c: 'read', d: 'none' });

    const known = [[], ['a'], ['a', 'b'], ['c'], ['d']].map(segments => nodeAt(root, segments));
    expect(known.map(({ sees, mayWrite }) => [sees, mayWrite])).to.deep.equal([
      ...[
        ['some', false],
        ['some', false],
        ['all', false],
        ['all', false],
        ['none', false],
      ],
    ]);
  });

  it('does not depend on the order of the rules', () => {
    expect(accessTree({ 'a.b': 'none', a: 'read' })).to.deep.equal(accessTree({ a: 'read', 'a.b': 'none' }));
  });

  it('refuses what is no path', () => {
    expect(() => accessTree({ 'a.constructor': 'none' })).to.throw(StoragePathError);
  });
});

describe('nodeAt', () => {
  it('goes on below the last rule as that says', () => {
    const root = accessTree({ 'a.b': 'none' });

    expect(nodeAt(root, ['a', 'b', 'c', 'd'])).to.deep.include({ level: 'none', sees: 'none' });
    expect(nodeAt(root, ['a', 'x', 'b'])).to.deep.include({ level: 'write', sees: 'all' });
  });
});

describe('seenOf', () => {
  it('takes as long as there are rules where everything else is hidden, however much there is', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index]));
    const read: PropertyKey[] = [];
    const value = new Proxy(many, {
      get: (target, key) => {
        read.push(key);
        return Reflect.get(target, key);
      },
    });

    expect(seenOf(value, accessTree({ '': 'none', k7: 'read' }))).to.deep.equal({ k7: 7 });
    expect(read).to.deep.equal(['k7']);
  });
});
