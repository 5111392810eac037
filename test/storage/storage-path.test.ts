import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { StoragePathError } from '../../lib/errors/storage-errors.js';
import { childPath, parsePath, pathOf, root, segmentFault, textOf } from '../../lib/storage/storage-path.js';
import { rejection } from '../support/thrown.js';

/** Text with many of the characters that mean something. */
const segment = fc
  .oneof(fc.string({ unit: fc.constantFrom('a', '.', '\\', ' ', '\u00e9', '0') }), fc.string({ unit: 'grapheme' }))
  .filter(text => text.length <= 20 && segmentFault(text) === undefined);
const segments = fc.array(segment, { maxLength: 8 });

describe('parsePath', () => {
  it('splits dot notation', () => {
    expect(parsePath('users.anna.age')).to.deep.equal({ text: 'users.anna.age', segments: ['users', 'anna', 'age'] });
    expect(parsePath('a')).to.deep.equal({ text: 'a', segments: ['a'] });
  });

  it('takes an array of segments', () => {
    expect(parsePath(['users', 'anna@example.org', 'age'])).to.deep.equal({
      text: 'users.anna@example\\.org.age',
      segments: ['users', 'anna@example.org', 'age'],
    });
  });

  it('takes the empty string and the empty array for the root', () => {
    expect(parsePath('')).to.equal(root);
    expect(parsePath([])).to.equal(root);
    expect(root).to.deep.equal({ text: '', segments: [] });
  });

  it('lets a backslash make a dot or a backslash part of a segment', () => {
    expect(parsePath('a\\.b.c').segments).to.deep.equal(['a.b', 'c']);
    expect(parsePath('a\\\\.b').segments).to.deep.equal(['a\\', 'b']);
    expect(parsePath('\\\\\\..\\.').segments).to.deep.equal(['\\.', '.']);
  });

  it('makes one text of the same segments, and the same segments of it', () => {
    fc.assert(
      fc.property(segments, each => {
        const path = parsePath(each);
        expect(path.segments).to.deep.equal(each);
        expect(parsePath(path.text)).to.equal(path);
        expect(parsePath([...each])).to.equal(path);
      }),
    );
  });

  it('takes two texts for the same path never', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '.', '\\') });
    fc.assert(
      fc.property(text, each => {
        const path = (() => {
          try {
            return parsePath(each);
          } catch {
            return undefined;
          }
        })();
        if (path !== undefined) expect(textOf(path.segments)).to.equal(each);
      }),
      { numRuns: 2_000 },
    );
  });

  it('freezes what it gives', () => {
    const path = parsePath('a.b');

    expect(Object.isFrozen(path) && Object.isFrozen(path.segments)).to.equal(true);
  });

  it('keeps nothing of an array that is changed later', () => {
    const input = ['a', 'b'];
    const path = parsePath(input);
    input[1] = 'c';

    expect(path.segments).to.deep.equal(['a', 'b']);
  });

  it('reads an array once', () => {
    let reads = 0;
    const shifty = new Proxy(['a', 'b'], {
      get: (target, key) => (key === '1' && reads++ > 0 ? '__proto__' : Reflect.get(target, key)),
    });

    expect(parsePath(shifty).segments).to.deep.equal(['a', 'b']);
  });

  const long = 'x'.repeat(257);
  const refused: readonly (readonly [name: string, input: unknown, reason: RegExp])[] = [
    ['a number', 5, /neither a string nor an array/],
    ['undefined', undefined, /neither a string nor an array/],
    ['null', null, /neither a string nor an array/],
    ['an object', { length: 1, 0: 'a' }, /neither a string nor an array/],
    ['a symbol', Symbol('a'), /neither a string nor an array/],
    ['a String', new String('a'), /neither a string nor an array/],
    ['a leading dot', '.a', /empty/],
    ['a trailing dot', 'a.', /empty/],
    ['two dots', 'a..b', /empty/],
    ['a dot alone', '.', /empty/],
    ['an empty segment alone', [''], /empty/],
    ['an empty segment in an array', ['a', '', 'b'], /empty/],
    ['__proto__', 'a.__proto__.b', /`__proto__`/],
    ['prototype', 'a.prototype', /`prototype`/],
    ['constructor', 'constructor.a', /`constructor`/],
    ['__proto__ in an array', ['__proto__'], /`__proto__`/],
    ['an array in an array', ['a', ['b']], /no string/],
    ['a number in an array', ['a', 1], /no string/],
    ['a hole', new Array(2), /no string/],
    ['a backslash at the end', 'a\\', /backslash/],
    ['a backslash before a letter', 'a\\b', /backslash/],
    ['a long segment', long, /256 characters/],
    ['a long segment in an array', ['a', long], /256 characters/],
    ['segments too long to be joined', Array.from({ length: 32 }, () => 'x'.repeat(20_000_000)), /256 characters/],
    ['33 segments', Array.from({ length: 33 }, () => 'a').join('.'), /32 segments/],
    ['33 segments in an array', Array.from({ length: 33 }, () => 'a'), /32 segments/],
    ['a huge array', new Array(4_000_000_000), /32 segments/],
    ['more than 1,024 bytes', Array.from({ length: 5 }, () => 'x'.repeat(250)), /1024 bytes/],
    ['1,024 characters of two bytes', Array.from({ length: 4 }, () => '\u00e9'.repeat(200)), /1024 bytes/],
    ['a huge text', 'a.'.repeat(10_000_000), /1024 bytes/],
    ['half a character', 'a.\ud800', /well-formed/],
    ['the other half', ['\udc00'], /well-formed/],
  ];
  for (const [name, input, reason] of refused) {
    it(`refuses ${name}`, () => {
      expect(() => parsePath(input))
        .to.throw(StoragePathError, reason)
        .that.deep.includes({ code: 'CLUSTER_STORAGE_PATH' })
        .with.nested.property('details.path', input);
    });
  }

  it('refuses the same again, since it remembers no mistakes', () => {
    for (let round = 0; round < 3; round++) expect(() => parsePath('a.__proto__')).to.throw(StoragePathError);
  });

  it('accepts what is just not too much', () => {
    for (const input of ['x'.repeat(256), Array.from({ length: 32 }, () => 'a'), '\u00e9'.repeat(256)])
      expect(parsePath(input).segments).to.have.length.above(0);
    const [four, rest] = [Array.from({ length: 4 }, () => 'x'.repeat(204)), 'y'.repeat(204)];
    expect(parsePath([...four, rest]).text).to.have.lengthOf(1_024);
  });

  it('says what is wrong', async () => {
    const error = await rejection(() => parsePath('a..b'));

    expect(error.message).to.equal('The storage path `"a..b"` (string) is refused: a segment is empty');
    expect(error.details).to.deep.equal({ path: 'a..b', reason: 'a segment is empty' });
  });

  it('remembers paths that are in use, whatever else is asked for', () => {
    const used = parsePath('in.use');
    const unused = parsePath('not.in.use');

    for (let index = 0; index < 25_000; index++) {
      parsePath(`stream.${index}`);
      if (index % 1_000 === 0) expect(parsePath('in.use')).to.equal(used);
    }

    expect(parsePath('in.use')).to.equal(used);
    expect(parsePath('not.in.use')).to.not.equal(unused);
    expect(parsePath('not.in.use')).to.deep.equal(unused);
  });
});

describe('childPath', () => {
  it('is the path of a name below another', () => {
    expect(childPath(root, 'a.b')).to.deep.equal(parsePath(['a.b']));
    expect(childPath(parsePath('a.b'), 'c\\')).to.deep.equal(parsePath(['a', 'b', 'c\\']));
  });
});

describe('pathOf', () => {
  it('is the path of segments', () => {
    fc.assert(
      fc.property(segments, each => {
        expect(pathOf(each)).to.deep.equal(parsePath(each));
      }),
    );
    expect(pathOf([])).to.equal(root);
  });
});

describe('segmentFault', () => {
  it('is undefined for what can be a name', () => {
    for (const name of ['a', 'a.b', '0', ' ', '__proto', 'toString', 'Constructor'])
      expect(segmentFault(name)).to.equal(undefined);
  });

  it('says what is wrong with the rest', () => {
    for (const name of ['', '__proto__', 'constructor', 'prototype', '\ud800', 'x'.repeat(257)])
      expect(segmentFault(name)).to.be.a('string');
  });
});
