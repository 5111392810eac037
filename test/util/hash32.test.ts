import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { hash32 } from '../../lib/util/hash32.js';

function bitsOf(value: number): number {
  return value.toString(2).replaceAll('0', '').length;
}

describe('hash32', () => {
  it('gives what it has always given: keys must not move when the library is updated', () => {
    expect(['', 'a', 'default-0', 'äöü', '🍲'].map(text => hash32(text))).to.deep.equal([
      0, 721_651_713, 2_863_990_870, 429_939_558, 807_061_604,
    ]);
    expect(hash32('a', 1)).to.equal(3_663_734_039);
  });

  it('gives an unsigned 32-bit integer for any text and seed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
        const hash = hash32(text, seed);
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).to.equal(true);
      }),
    );
  });

  it('changes half of the bits when one bit of the text or of the seed changes', () => {
    const flips: number[] = [];
    for (let number = 0; number < 2_000; number++) {
      const text = `key-${number}`;
      const neighbour = `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) ^ (1 << (number % 7)))}`;
      flips.push(bitsOf((hash32(text) ^ hash32(neighbour)) >>> 0));
      flips.push(bitsOf((hash32(text, number) ^ hash32(text, number ^ (1 << (number % 31)))) >>> 0));
    }
    const mean = flips.reduce((sum, count) => sum + count, 0) / flips.length;

    expect(mean).to.be.within(15.8, 16.2);
    expect(Math.min(...flips)).to.be.at.least(3);
  });

  it('spreads keys that hardly differ evenly', () => {
    const buckets = new Array<number>(64).fill(0);
    for (let number = 0; number < 64_000; number++) {
      const bucket = hash32(String(number)) >>> 26;
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    const chiSquare = buckets.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);

    // 63 degrees of freedom: more than 120 has a chance of 1 in 50,000.
    expect(chiSquare).to.be.below(120);
  });

  it('tells texts apart that differ in length, order or the upper byte of a letter', () => {
    const texts = ['', '\0', '\0\0', 'ab', 'ba', 'a', '\u0161', 'aa', 'aaa'];

    expect(new Set(texts.map(text => hash32(text))).size).to.equal(texts.length);
  });
});
