import { expect } from 'chai';
import { describe, it } from 'mocha';
import { attempt } from '../../lib/util/attempt.js';

describe('attempt', () => {
  it('gives what was seen', () => {
    expect(attempt(() => 1, 2)).to.equal(1);
  });

  it('gives the other value when looking throws', () => {
    const blind = () => {
      throw new Error('no');
    };

    expect(attempt(blind, 2)).to.equal(2);
  });
});
