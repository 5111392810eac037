import { expect } from 'chai';
import { describe, it } from 'mocha';
import { IncomingStreams } from '../../lib/channel/incoming-streams.js';
import { memoryChannelPair } from '../../lib/channel/memory-channel.js';
import { Outbox } from '../../lib/channel/outbox.js';
import { type Frame, FrameKind, openFrame } from '../../lib/protocol/frame.js';
import { unpackFrames } from '../../lib/protocol/frame-run.js';
import type { Serialization } from '../../lib/protocol/json-safe.js';
import { settled } from '../support/conversation.js';

/** Streams, and what arrives at the other side. */
function setUp(serialization: Serialization = 'json') {
  const arrived: Frame[] = [];
  const [channel, other] = memoryChannelPair({ serialization });
  other.listen({ received: payload => void arrived.push(...unpackFrames(payload as Frame[])), closed: () => {} });
  const onFailure = (error: unknown, [kind, id]: Frame) => {
    if (kind === FrameKind.item) streams.itemFailed(id, error);
  };
  const streams: IncomingStreams = new IncomingStreams(new Outbox(channel, { onFailure }));
  const open = (id: number, credit = 100) => {
    const stream = streams.open(openFrame(id, credit, { type: 'menu' }));
    if (stream === undefined) throw new Error(`${id} is in use`);
    return stream;
  };
  return { streams, open, arrived, channel };
}

async function* yields(...values: unknown[]) {
  yield* values;
}

describe('IncomingStreams', () => {
  it('sends items and the end, and counts what still runs', async () => {
    const { streams, open, arrived } = setUp();
    const over = open(3).reply(yields('soup', 'salad'));
    expect(streams.size).to.equal(1);

    await over;
    await settled();

    expect(arrived).to.deep.equal([
      [FrameKind.item, 3, 'soup'],
      [FrameKind.item, 3, 'salad'],
      [FrameKind.end, 3],
    ]);
    expect(streams.size).to.equal(0);
  });

  it('sends errors as plain data', async () => {
    const { open, arrived } = setUp();

    open(1).fail(new RangeError('too many'));
    await settled();

    expect(arrived[0]?.slice(0, 2)).to.deep.equal([FrameKind.end, 1]);
    expect(arrived[0]?.[2]).to.include({ name: 'RangeError', message: 'too many' });
  });

  it('refuses an id that is in use', async () => {
    const { streams, open } = setUp();
    const first = open(1);

    expect(streams.open(openFrame(1, 1, 'again'))).to.equal(undefined);
    first.fail('enough');
    open(1);
    // The first, which is over, does not take the second with it.
    first.fail('again');

    expect(streams.size).to.equal(1);
  });

  it('refuses what cannot be taken in', async () => {
    const { streams, arrived } = setUp();

    streams.refuse(5, new Error('too large'));
    await settled();

    expect(arrived[0]).to.have.nested.property('[2].message', 'too large');
    expect([streams.size, streams.wasOpened(5), streams.wasOpened(6)]).to.deep.equal([0, true, false]);
  });

  it('passes room and leaving on, if the stream still runs', async () => {
    const { streams, open, arrived } = setUp();
    const over = open(1, 1).reply(yields(1, 2, 3));
    streams.grant(1, 1);
    streams.grant(9, 1);
    await settled();
    expect(arrived).to.have.lengthOf(2);

    streams.cancel(1);
    streams.cancel(9);
    await over;

    expect(streams.size).to.equal(0);
  });

  it('leaves all when the other side is gone', async () => {
    const { streams, open } = setUp();
    const calls = [open(1, 1), open(2, 1)];
    const over = calls.map(call => call.reply(yields(1, 2)));

    streams.close('gone');
    await Promise.all(over);

    expect(calls.map(({ signal }) => signal.reason)).to.deep.equal(['gone', 'gone']);
    expect(streams.size).to.equal(0);
  });

  it('waits while its outbox is crowded', async () => {
    const { open, arrived, channel } = setUp();
    channel.stall();
    const large = 'x'.repeat(64 * 1024);
    let made = 0;
    const over = open(1, 1000).reply(
      (async function* () {
        while (made < 100) yield `${made++}${large}`;
      })(),
    );

    await settled();
    expect(made).to.be.within(4, 16);
    channel.resume();
    await over;
    await settled();

    expect(arrived.filter(([kind]) => kind === FrameKind.item)).to.have.lengthOf(100);
  });

  describe('an item that cannot be sent', () => {
    it('ends the stream, and leaves the generator', async () => {
      const { open, arrived } = setUp();
      let left = false;
      await open(1).reply(
        (async function* () {
          try {
            yield 1;
            yield 1n;
            yield 3;
          } finally {
            left = true;
          }
        })(),
      );
      await settled();

      expect(left).to.equal(true);
      expect(arrived.map(([kind]) => kind)).to.deep.equal([FrameKind.item, FrameKind.end]);
      expect(arrived[1]).to.have.nested.property('[2].code', 'CLUSTER_UNSERIALIZABLE_MESSAGE');
    });

    it('is told by the end, though it comes to light after that, once', async () => {
      for (const values of [[new WeakMap()], [1, new WeakMap(), 3], [new WeakMap(), new WeakMap()]]) {
        const { open, arrived, channel } = setUp('advanced');
        channel.stall();
        // What follows this one waits for it, and is encoded together.
        open(1).fail('first');
        await open(2).reply(yields(...values));

        channel.resume();
        await settled();

        const ends = arrived.filter(([kind, id]) => kind === FrameKind.end && id === 2);
        expect(ends).to.have.lengthOf(1);
        expect(ends[0]).to.have.nested.property('[2].code', 'CLUSTER_UNSERIALIZABLE_MESSAGE');
      }
    });
  });
});
