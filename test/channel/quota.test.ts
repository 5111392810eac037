import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Quota } from '../../lib/channel/quota.js';
import { ScriptedChannel } from '../support/scripted-channel.js';

const channel = new ScriptedChannel();

function quota(maxQueuedMessages?: number, maxQueuedBytes?: number): Quota {
  return new Quota(channel, { maxQueuedMessages, maxQueuedBytes });
}

async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  void promise.then(() => {
    over = true;
  });
  await new Promise(resolve => setImmediate(resolve));
  return over;
}

describe('Quota', () => {
  it('refuses one message too many', () => {
    const two = quota(2);
    two.add(10);

    expect(two.refusal(10)).to.equal(undefined);
    two.add(10);
    expect(two.refusal(10)?.details).to.deep.equal({ peer: 'worker 1', limit: 'maxQueuedMessages' });
  });

  it('refuses a byte too many, until there are less again', () => {
    const hundred = quota(undefined, 100);
    hundred.add(60);

    expect(hundred.refusal(40)).to.equal(undefined);
    expect(hundred.refusal(41)?.details.limit).to.equal('maxQueuedBytes');
    hundred.release(60);
    expect(hundred.refusal(41)).to.equal(undefined);
  });

  it('has no limits by itself', () => {
    const any = quota();
    any.add(Number.MAX_SAFE_INTEGER);

    expect(any.refusal(1)).to.equal(undefined);
    expect(any.messages).to.equal(1);
  });

  it('tells when nothing is left', async () => {
    const any = quota();
    any.add(1);
    any.add(1);
    const empty = any.empty();
    any.release(1);

    expect(await isOver(empty)).to.equal(false);
    any.release(1);
    expect(await isOver(empty)).to.equal(true);
    expect(await isOver(any.empty())).to.equal(true);
  });

  it('tells when half of the messages and of the bytes are gone', async () => {
    const both = quota(4, 100);
    for (const bytes of [10, 10, 60]) both.add(bytes);
    const half = both.half();
    both.release(10);

    expect(await isOver(half)).to.equal(false);
    both.release(60);
    expect(await isOver(half)).to.equal(true);
  });

  it('is at half at once without limits', async () => {
    expect(await isOver(quota().half())).to.equal(true);
  });

  it('tells what it reaches', () => {
    const any = quota();
    any.add(50);

    expect([any.reaches(1, 100), any.reaches(2, 50), any.reaches(2, 51)]).to.deep.equal([true, true, false]);
  });
});
