import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Broadcast } from '../../lib/channel/broadcast.js';
import { messageFrame } from '../../lib/protocol/frame.js';
import { rejection } from '../support/thrown.js';

describe('Broadcast', () => {
  it('resolves when it is on its way to everybody, with an array of its own', async () => {
    const receivers = ['ann', 'bob'];
    const broadcast = new Broadcast('soup', receivers);

    broadcast.sent();
    broadcast.sent();

    expect(await broadcast.outcome)
      .to.deep.equal(receivers)
      .and.satisfy((outcome: unknown) => outcome !== receivers);
  });

  it('rejects when it was tried for everybody, and tells whom it did not reach', async () => {
    const broadcast = new Broadcast('soup', ['ann', 'bob']);
    const gone = new Error('gone');

    broadcast.failed(gone);
    broadcast.sent();

    const error = await rejection(broadcast.outcome);
    expect(error).to.be.instanceOf(AggregateError).that.includes({ message: 'The message did not reach 1 of 2' });
    expect(error).to.have.deep.property('errors', [gone]);
  });

  it('may be ignored', async () => {
    const broadcast = new Broadcast('soup', ['ann']);
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.once('unhandledRejection', note);

    broadcast.failed(new Error('gone'));
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', note);

    expect(unhandled).to.deep.equal([]);
  });

  it('has one frame for all', () => {
    expect(new Broadcast({ type: 'soup' }, ['ann']).frame).to.deep.equal(messageFrame({ type: 'soup' }));
  });

  it('is weighed once for each serialization', () => {
    let reads = 0;
    const body = {
      get dish() {
        reads++;
        return 'soup';
      },
    };
    const broadcast = new Broadcast(body, ['ann']);

    const weights = [1, 2, 3].map(() => broadcast.weigh({ serialization: 'json' }));
    for (const _ of [1, 2]) broadcast.weigh({ serialization: 'advanced' });

    expect(new Set(weights).size).to.equal(1);
    expect(reads).to.equal(2);
  });

  it('says for each serialization what it cannot carry', () => {
    const broadcast = new Broadcast({ big: 1n }, ['ann']);

    expect(broadcast.weigh({ serialization: 'json' })).to.deep.equal({ path: 'big', found: 'a BigInt' });
    expect(broadcast.weigh({ serialization: 'advanced' })).to.be.a('number');
  });
});
