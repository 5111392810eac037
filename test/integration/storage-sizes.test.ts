import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { one, openOwner, run, sharersOf } from '../support/sharers.js';

const large = 'x'.repeat(60_000);

describe('a value in the storage that is larger than `maxMessageBytes`', () => {
  leavesNothingBehind();

  it('reaches a replica, though nobody can ask for it', async () => {
    await using primary = await openOwner({ maxMessageBytes: 130_000 });
    const [worker] = sharersOf(primary);
    await one(worker, 'attach');
    await primary.storage.set('both', { one: large, other: large, third: large });

    const outcomes = await run(worker, ['get', 'both.one'], ['peek', 'both.other'], ['get', 'both']);
    expect(outcomes.slice(0, 2)).to.deep.equal([large, large]);
    expect(outcomes[2]).to.include({ code: 'CLUSTER_MESSAGE_TOO_LARGE' });
  });

  it('is in what a replica begins with', async () => {
    await using primary = await openOwner({
      maxMessageBytes: 50_000,
      storage: { initial: { text: large, small: 'enough' } },
    });
    const [worker] = sharersOf(primary);

    expect(await run(worker, ['attach'], ['peek', 'small'])).to.deep.equal([null, 'enough']);
  });
});
