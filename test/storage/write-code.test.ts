import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { InvalidOptionError } from '../../lib/errors/errors.js';
import { StorageLimitError, StoragePathError, StorageValueError } from '../../lib/errors/storage-errors.js';
import type { Write } from '../../lib/storage/store.js';
import { decodeWrite, deepestRoom, encodeWrite, everything } from '../../lib/storage/write-code.js';
import { arbitraryWrite, withVersions } from './arbitrary-writes.js';
import { roomy, write } from './opened-store.js';

const travelled = (each: Write): Write => decodeWrite(JSON.parse(JSON.stringify(encodeWrite(each))), roomy);
/** What is `undefined` might as well be missing, and what is not kept need not say so. */
const essence = (each: Write) =>
  JSON.parse(JSON.stringify(each, (key, value) => (key === 'keepExpiry' ? value || undefined : value)));
const small = { maxDepth: 2, maxBytes: 400, maxValueBytes: 100 };

describe('encodeWrite', () => {
  it('brings every write back, over JSON', () => {
    fc.assert(
      fc.property(arbitraryWrite, each => {
        const [one] = withVersions([each], () => 3) as [Write];

        expect(essence(travelled(one))).to.deep.equal(essence(one));
      }),
      { numRuns: 500 },
    );
  });

  it('is short where there is little to say', () => {
    expect(encodeWrite(write.set('a.b', 1))).to.deep.equal(['set', 'a.b', 1]);
    expect(encodeWrite(write.delete('a'))).to.deep.equal(['delete', 'a']);
    expect(encodeWrite(write.increment('n', 2))).to.deep.equal(['increment', 'n', 2]);
  });

  it('keeps a version of 0: that is the condition of `create`', () => {
    expect(travelled(write.set('a', 1, { ifVersion: 0 }))).to.include({ ifVersion: 0 });
    expect(travelled(write.delete('a', { ifVersion: 0 }))).to.include({ ifVersion: 0 });
    expect(travelled(write.increment('a', 1, { ifVersion: 0 }))).to.include({ ifVersion: 0 });
  });
});

describe('decodeWrite', () => {
  it('freezes what is written', () => {
    const decoded = decodeWrite(['set', 'a', { b: [{ c: 1 }] }], roomy);

    expect(decoded).to.have.nested.property('value.b[0]').that.is.frozen;
  });

  for (const [what, code] of [
    ['nothing', undefined],
    ['an object', { type: 'set', path: 'a', value: 1 }],
    ['an empty array', []],
    ['an unknown type', ['steal', 'a']],
    ['a type of the prototype', ['constructor', 'a']],
    ['details that are none', ['set', 'a', 1, 'soon']],
    ['details that are null', ['set', 'a', 1, null]],
    ['an expiry that is no number', ['set', 'a', 1, { expiresAt: 'soon' }]],
    ['an expiry for ever', ['set', 'a', 1, { expiresAt: Number.POSITIVE_INFINITY }]],
    ['a version below 0', ['set', 'a', 1, { ifVersion: -1 }]],
    ['a version that is no integer', ['delete', 'a', 1.5]],
    ['a version that is text', ['check', 'a', '1']],
    ['no version to check', ['check', 'a']],
    ['nothing to add', ['increment', 'a']],
    ['to add no number', ['increment', 'a', Number.NaN]],
    ['to restore no object', ['restore', [1], []]],
    ['to restore no expiries', ['restore', {}, undefined]],
    ['an expiry that is no pair', ['restore', {}, [{ a: 1 }]]],
    ['an expiry without time', ['restore', {}, [['a']]]],
    ['a hole for an expiry', ['restore', {}, new Array(2)]],
    ['four billion holes for expiries', ['restore', {}, new Array(2 ** 32 - 1)]],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => decodeWrite(code, roomy))
        .to.throw(InvalidOptionError)
        .that.has.property('message')
        .that.matches(/^Expected a write to the shared storage to make sense, got /);
    });
  }

  it('refuses bad paths, of expiries too', () => {
    for (const code of [
      ['set', 'a..b', 1],
      ['delete', '__proto__.x'],
      ['increment', ['constructor'], 1],
      ['check', 7, 1],
      ['restore', {}, [['prototype', 1]]],
    ]) {
      expect(() => decodeWrite(code, roomy), JSON.stringify(code)).to.throw(StoragePathError);
    }
  });

  it('refuses values that cannot be stored', () => {
    for (const value of [undefined, Number.NaN, 1n, new Map(), JSON.parse('{"__proto__":1}')]) {
      expect(() => decodeWrite(['set', 'a', value], roomy)).to.throw(StorageValueError);
    }
  });

  it('counts the path where it limits how deep a value is', () => {
    expect(() => decodeWrite(['set', 'a', { b: 1 }], small)).to.not.throw();
    for (const code of [
      ['set', 'a.b', { c: 1 }],
      ['set', 'a.b.c', 1],
      ['restore', { a: { b: { c: 1 } } }, []],
    ]) {
      expect(() => decodeWrite(code, small))
        .to.throw(StorageLimitError)
        .with.nested.property('details.limit', 'maxDepth');
    }
  });

  it('lets what is restored be as large as everything', () => {
    const text = 'x'.repeat(200);

    expect(() => decodeWrite(['restore', { text }, []], small)).to.not.throw();
    expect(() => decodeWrite(['set', 'text', text], small)).to.throw(StorageLimitError);
    expect(() => decodeWrite(['restore', { text, more: text }, []], small)).to.throw(StorageLimitError);
  });

  it('takes `keepExpiry` for nothing but true', () => {
    for (const keepExpiry of [1, 'true', {}, null]) {
      expect(decodeWrite(['set', 'a', 1, { keepExpiry }], roomy)).to.include({ keepExpiry: false });
    }
  });
});

describe('everything', () => {
  it('is a frozen copy of an object, and of nothing else', () => {
    const given = { a: { b: 1 } };

    const whole = everything(given, deepestRoom);

    expect(whole).to.deep.equal(given);
    expect(whole).to.not.equal(given);
    expect(whole.a).to.be.frozen;
    for (const other of [null, 1, 'text', []])
      expect(() => everything(other, deepestRoom)).to.throw(InvalidOptionError);
  });
});
