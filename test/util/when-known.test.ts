import { expect } from 'chai';
import { describe, it } from 'mocha';
import { whenKnown } from '../../lib/util/when-known.js';
import { rejection } from '../support/thrown.js';

describe('whenKnown', () => {
  it('goes on at once with what is known', () => {
    expect(whenKnown(2, value => value + 1)).to.equal(3);
    expect(() =>
      whenKnown(2, () => {
        throw new RangeError('no');
      }),
    ).to.throw(RangeError);
  });

  it('goes on later with what is known later', async () => {
    expect(await whenKnown(Promise.resolve(2), value => value + 1)).to.equal(3);
    expect(await whenKnown(2, async value => value + 1)).to.equal(3);
  });

  it('does not go on with what will never be known', async () => {
    const lost = Promise.reject(new RangeError('lost'));

    expect(await rejection(async () => whenKnown(lost, () => expect.fail()))).to.be.instanceOf(RangeError);
  });
});
