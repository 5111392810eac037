import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PartialFailure } from '../../lib/channel/partial-failure.js';

describe('PartialFailure', () => {
  it('has a reason for the frames that failed, and for no others', () => {
    const reason = new Error('prevented');
    const failure = new PartialFailure(reason, [0, 2]);

    expect([0, 1, 2, 3].map(place => failure.at(place))).to.deep.equal([reason, undefined, reason, undefined]);
    expect(failure.cause).to.equal(reason);
  });
});
