import { Server } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { defaultRules, mayBeLarge, nextBatch, type Waiting, worthGathering } from '../../lib/channel/outbox-rules.js';
import { messageFrame, storeFrame } from '../../lib/protocol/frame.js';

const { aloneBytes, mostBytes, mostFrames } = defaultRules;
const handle = new Server();

function waiting(weight: number, withHandle = false): Waiting {
  return { weight, handle: withHandle ? handle : undefined };
}

describe('nextBatch', () => {
  it('is empty when nothing waits', () => {
    expect(nextBatch([])).to.deep.equal([]);
  });

  it('takes everything that fits', () => {
    const queue = [waiting(10), waiting(10)];

    expect(nextBatch(queue)).to.deep.equal(queue);
  });

  it('is cut at a number of frames', () => {
    expect(nextBatch(new Array(1_000).fill(waiting(1)))).to.have.lengthOf(mostFrames);
  });

  it('is cut at a number of bytes', () => {
    const weight = mostBytes / 8;

    expect(nextBatch(new Array(20).fill(waiting(weight)))).to.have.lengthOf(8);
  });

  it('leaves a frame with a handle alone', () => {
    const [before, carrier, after] = [waiting(1), waiting(1, true), waiting(1)];

    expect(nextBatch([before, carrier, after])).to.deep.equal([before]);
    expect(nextBatch([carrier, after])).to.deep.equal([carrier]);
  });

  it('leaves a large frame alone', () => {
    const [before, large, after] = [waiting(1), waiting(aloneBytes), waiting(1)];

    expect(nextBatch([before, large, after])).to.deep.equal([before]);
    expect(nextBatch([large, after])).to.deep.equal([large]);
  });

  it('cuts any queue into batches that keep the order and the limits', () => {
    const anyWaiting = fc.record({
      weight: fc.oneof(fc.nat(100), fc.nat(100_000)),
      handle: fc.option(fc.constant(handle), { freq: 5, nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(anyWaiting, { maxLength: 600 }), queue => {
        const taken: Waiting[] = [];
        while (taken.length < queue.length) {
          const batch = nextBatch(queue.slice(taken.length));
          const bytes = batch.reduce((total, { weight }) => total + weight, 0);
          expect(batch.length).to.be.within(1, mostFrames);
          if (batch.length > 1) {
            expect(bytes).to.be.at.most(mostBytes);
            expect(batch.some(each => each.handle !== undefined || each.weight >= aloneBytes)).to.equal(false);
          }
          taken.push(...batch);
        }
        expect(taken).to.deep.equal(queue);
      }),
    );
  });
});

describe('worthGathering', () => {
  it('answers a single frame at once', () => {
    expect([0, 1].map(received => worthGathering(received))).to.deep.equal([false, false]);
  });

  it('gathers the answers to a few, and lets many flow', () => {
    expect([2, 64, 65, mostFrames].map(received => worthGathering(received))).to.deep.equal([true, true, false, false]);
  });
});

describe('mayBeLarge', () => {
  it('lets through what a replica is told, and nothing else', () => {
    expect(mayBeLarge(storeFrame(0, { parts: [] }))).to.equal(true);
    expect(mayBeLarge(storeFrame(1, 'an answer'))).to.equal(false);
    expect(mayBeLarge(messageFrame('a message'))).to.equal(false);
  });
});
