import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Broadcast } from '../../lib/channel/broadcast.js';
import { messageFrame } from '../../lib/protocol/frame.js';

describe('Broadcast', () => {
  it('is settled when it is on its way to everybody', async () => {
    const broadcast = new Broadcast('soup', 2);

    broadcast.sent();
    broadcast.sent();

    expect(await broadcast.settled).to.deep.equal([]);
  });

  it('tells whom it did not reach', async () => {
    const broadcast = new Broadcast('soup', 2);
    const error = new Error('gone');

    broadcast.failed(error);
    broadcast.sent();

    expect(await broadcast.settled).to.deep.equal([error]);
  });

  it('has one frame for all', () => {
    expect(new Broadcast({ type: 'soup' }, 2).frame).to.deep.equal(messageFrame({ type: 'soup' }));
  });

  it('is weighed once for each serialization', () => {
    let reads = 0;
    const body = {
      get dish() {
        reads++;
        return 'soup';
      },
    };
    const broadcast = new Broadcast(body, 2);

    const weights = [1, 2, 3].map(() => broadcast.weigh({ serialization: 'json' }));
    broadcast.weigh({ serialization: 'advanced' });

    expect(new Set(weights).size).to.equal(1);
    expect(reads).to.equal(2);
  });

  it('says for each serialization what it cannot carry', () => {
    const broadcast = new Broadcast({ big: 1n }, 2);

    expect(broadcast.weigh({ serialization: 'json' })).to.deep.equal({ path: 'big', found: 'a BigInt' });
    expect(broadcast.weigh({ serialization: 'advanced' })).to.be.a('number');
  });
});
