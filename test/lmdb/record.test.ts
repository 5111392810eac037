import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  childKey,
  decodeHead,
  decodeRecord,
  encodeRecord,
  headKey,
  headStep,
  isSound,
  longestKey,
  rootKey,
  versionOf,
} from '../../lib/lmdb/record.js';
import { parsePath } from '../../lib/storage/storage-path.js';

function keyOf(...segments: readonly string[]): Buffer {
  return segments.reduce(childKey, rootKey);
}

const segment = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(text => text.isWellFormed());

describe('childKey', () => {
  it('keeps apart what looks alike', () => {
    const paths = [
      ['a', 'b'],
      ['ab'],
      ['a\0b'],
      ['a', '\0b'],
      ['a.b'],
      ['a\0\x01b'],
      ['\0', '\x01'],
      ['\0\x01'],
      ['A'],
      ['á'],
      ['a\u0301'],
    ];
    const keys = paths.map(path => keyOf(...path).toString('hex'));

    expect(new Set(keys).size).to.equal(paths.length);
  });

  it('begins with the key of the object, and no other one does', () => {
    const [parent, child, stranger] = [keyOf('user'), keyOf('user', 'x'), keyOf('users', 'x')];

    expect(child.subarray(0, parent.length).equals(parent)).to.equal(true);
    expect(stranger.subarray(0, parent.length).equals(parent)).to.equal(false);
  });

  it('takes any path within the bytes that lmdb takes', () => {
    for (const longest of [
      Array(31).fill('\u{1f600}'.repeat(8)),
      Array(4).fill('x'.repeat(255)),
      Array(4).fill('\0'.repeat(255)),
    ]) {
      expect(keyOf(...parsePath(longest).segments).length).to.be.lessThan(longestKey - 3 * 256);
    }
  });
});

describe('encodeRecord', () => {
  it('writes what decodeRecord reads', () => {
    const version = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const expiresAt = fc.option(fc.double({ noNaN: true }), { nil: undefined });
    const value = fc.option(
      fc.jsonValue().map(each => JSON.parse(JSON.stringify(each))),
      { nil: undefined },
    );
    const property = fc.property(
      fc.array(segment, { maxLength: 8 }),
      value,
      version,
      expiresAt,
      (segments, stored, ...facts) => {
        const [number, expiry] = facts;
        const key = keyOf(...segments);
        const bytes = encodeRecord(key, stored, { version: number, expiresAt: expiry });

        expect(isSound(key, bytes)).to.equal(true);
        expect(versionOf(bytes)).to.equal(number);
        expect(decodeRecord(key, bytes)).to.deep.equal({ segments, version: number, expiresAt: expiry, value: stored });
      },
    );
    fc.assert(property);
  });

  it('tells an object with records of its own from an empty one, and from null', () => {
    const values = [undefined, {}, null].map(value => {
      return decodeRecord(rootKey, encodeRecord(rootKey, value, { version: 1, expiresAt: undefined })).value;
    });

    expect(values).to.deep.equal([undefined, {}, null]);
  });
});

describe('isSound', () => {
  const key = keyOf('a', 'b');
  const bytes = encodeRecord(key, { list: [1, 2, 3] }, { version: 7, expiresAt: 1_000 });

  it('notices each single bit that is another', () => {
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(isSound(key, damaged), `bit ${bit}`).to.equal(false);
    }
  });

  it('notices what is cut off, and what is zero', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(isSound(key, bytes.subarray(0, length))).to.equal(false);
    expect(isSound(key, Buffer.alloc(bytes.length))).to.equal(false);
  });

  it('notices the record of another key', () => expect(isSound(keyOf('a', 'c'), bytes)).to.equal(false));
});

describe('headStep', () => {
  it('writes what decodeHead reads', () => {
    const head = { version: 12, records: 3, sum: 2 ** 52 - 1 };
    const { key, bytes } = headStep(head);

    expect(key).to.equal(headKey);
    expect(isSound(key, bytes)).to.equal(true);
    expect(decodeHead(bytes)).to.deep.equal(head);
  });

  it('is read by nobody who knows another format', () => {
    expect(decodeHead(Buffer.from('{"format":2,"version":1}    '))).to.equal(undefined);
  });
});
