import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { storageDeclarations } from '../../lib/storage/storage-options.js';
import { type OptionPromise, optionContract } from '../support/option-contract.js';

const resolve = (options: object) => resolveOptions(options, storageDeclarations, 'storage');
const mebibyte = 1024 * 1024;
const count = (byDefault: number, most?: number): OptionPromise => ({
  expected: most ? `an integer >= 1 and <= ${most}` : 'an integer >= 1 or Infinity',
  byDefault,
  good: [1, 50, ...(most ? [most] : [Number.POSITIVE_INFINITY])],
  bad: [
    [0, '`0` (number)'],
    [1.5, '`1.5` (number)'],
    ['5', '`"5"` (string)'],
    ...(most ? [[most + 1, `\`${most + 1}\` (number)`] as const] : []),
  ],
});
const bytes = (byDefault: number): OptionPromise => ({
  expected: 'a number >= 1 or Infinity',
  byDefault,
  good: [1, 2.5, Number.POSITIVE_INFINITY],
  bad: [
    [0.5, '`0.5` (number)'],
    [Number.NaN, '`NaN` (number)'],
  ],
});

describe('storageDeclarations', () => {
  optionContract(
    {
      maxDepth: count(32, 100),
      maxKeys: count(1_000_000),
      maxBytes: bytes(256 * mebibyte),
      maxValueBytes: bytes(mebibyte),
      initial: { expected: 'an object', good: [{}, { a: 1 }], bad: [['text', '`"text"` (string)']] },
    },
    resolve,
  );

  it('`store` is something with all methods of a store', () => {
    const store = new MemoryStore();
    expect(resolve({ store })).to.have.property('store', store);
    expect(resolve({})).to.have.property('store', undefined);

    for (const wrong of [{}, null, 'lmdb', MemoryStore, { ...store, open() {} }]) {
      expect(() => resolve({ store: wrong }))
        .to.throw(InvalidOptionError)
        .with.property('message')
        .that.matches(
          /^Expected `store` to be a store, such as `new MemoryStore\(\)` or `new LmdbStore\(\{ path \}\)`, got/,
        );
    }
  });

  it('`access` says by group and path what may be done', () => {
    const access = { guests: { '': 'read', 'a.b': 'none', c: 'write' } };
    expect(resolve({ access })).to.have.deep.property('access', access);
    expect(resolve({})).to.have.deep.property('access', {});

    for (const wrong of [
      'none',
      { guests: 'none' },
      { guests: { a: 'all' } },
      { guests: { 'a..b': 'read' } },
      { guests: { '__proto__.a': 'read' } },
    ]) {
      expect(() => resolve({ access: wrong }), JSON.stringify(wrong)).to.throw(InvalidOptionError);
    }
  });

  it('are all there is', () => {
    expect(() => resolve({ maxDept: 5 })).to.throw(UnknownOptionError, /maxDepth/);
  });
});
