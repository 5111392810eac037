import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { backoffDelay } from '../../lib/util/backoff.js';

const settings = { initial: 100, max: 1_000, factor: 2, jitter: 0 };

describe('backoffDelay', () => {
  it('grows by the factor up to the longest wait', () => {
    const delays = [0, 1, 2, 3, 4].map(attempt => backoffDelay(attempt, settings, () => 0));

    expect(delays).to.deep.equal([100, 200, 400, 800, 1_000]);
  });

  it('leaves a part to chance', () => {
    const delays = [0, 0.5, 0.999].map(chance => backoffDelay(1, { ...settings, jitter: 0.5 }, () => chance));

    expect(delays.map(Math.round)).to.deep.equal([200, 150, 100]);
  });

  it('stays at zero when it starts there, however often it failed', () => {
    expect(backoffDelay(10_000, { ...settings, initial: 0 }, () => 0)).to.equal(0);
  });

  it('is never negative, never longer than the longest wait, and always a number', () => {
    const shape = fc.record({
      initial: fc.nat(1_000),
      max: fc.nat(100_000),
      factor: fc.double({ min: 1, max: 100, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.nat(100_000), shape, fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, each, chance) => {
        expect(backoffDelay(attempt, each, () => chance)).to.be.within(0, each.max);
      }),
    );
  });
});
