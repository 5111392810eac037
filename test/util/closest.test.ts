import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { closest } from '../../lib/util/closest.js';

const names = ['workerCount', 'workerScript', 'heartbeat', 'restart', 'on'];

describe('closest', () => {
  for (const [slip, word] of [
    ['a wrong letter', 'workerCoumt'],
    ['a letter too few', 'workrCount'],
    ['a letter too many', 'workerCounts'],
    ['two letters swapped', 'wokrerCount'],
    ['the wrong case', 'workercount'],
  ] as const) {
    it(`sees through ${slip}`, () => {
      expect(closest(word, names)).to.equal('workerCount');
    });
  }

  it('gives undefined when nothing is near', () => {
    expect([closest('storage', names), closest('', names), closest('xx', names)]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('gives the nearest, and the first of several as near', () => {
    expect([closest('cart', ['card', 'cast', 'car']), closest('cast', ['cart', 'casts', 'cast'])]).to.deep.equal([
      'card',
      'cast',
    ]);
  });

  it('does not measure very long words', () => {
    expect(closest('x'.repeat(65), ['x'.repeat(65)])).to.equal(undefined);
  });

  it('finds any word of three letters or more after one letter was dropped', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{3,20}$/), fc.nat(19), (word, at) => {
        const position = at % word.length;
        expect(closest(word.slice(0, position) + word.slice(position + 1), [word])).to.equal(word);
      }),
    );
  });
});
