import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { least } from '../../lib/primary/least.js';

describe('least', () => {
  it('is nobody when there is nobody', () => {
    expect(least([], () => 0)).to.equal(undefined);
  });

  it('is the first of those that are equal', () => {
    const sizes = new Map([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);

    expect(least(sizes.keys(), name => sizes.get(name) ?? 0)).to.equal('b');
  });

  it('is somebody, even if all are infinitely far', () => {
    expect(least(['a', 'b'], () => Number.POSITIVE_INFINITY)).to.equal('a');
  });

  it('is what a stable sort would put first', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ size: fc.integer({ min: 0, max: 5 }) })), members => {
        expect(least(members, ({ size }) => size)).to.equal([...members].sort((a, b) => a.size - b.size)[0]);
      }),
    );
  });
});
