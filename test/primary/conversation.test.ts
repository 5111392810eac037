import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Peer } from '../../lib/channel/peer.js';
import { RawPeer } from '../../lib/primary/raw-peer.js';
import { messageFrame } from '../../lib/protocol/frame.js';
import { textCodec } from '../support/codecs.js';
import { fakeProcess, readyProcess } from '../support/worker-process.js';

describe('converse', () => {
  it('speaks in frames with a worker that says hello', () => {
    expect(fakeProcess().worker.conversation).to.be.instanceOf(Peer);
  });

  it('speaks plainly with every other worker', () => {
    for (const readyOn of ['message', 'listening', 'online'] as const) {
      expect(fakeProcess({ readyOn }).worker.conversation).to.be.instanceOf(RawPeer);
    }
  });

  it('encodes by the codec what goes to a worker that says hello', () => {
    const { worker, fake } = readyProcess({ codec: textCodec });

    void worker.conversation.send({ amount: 1 });

    expect(fake.process.written).to.deep.equal([`text:${JSON.stringify([messageFrame({ amount: 1 })])}`]);
  });

  it('sends bare messages to every other worker, codec or not', async () => {
    const { worker, fake } = fakeProcess({ readyOn: 'online', codec: textCodec });
    fake.emit('online');

    await worker.conversation.send({ amount: 1 });

    expect(fake.process.written).to.deep.equal([{ amount: 1 }]);
  });

  it('knows how the channel encodes', async () => {
    const { worker, fake } = fakeProcess({ readyOn: 'online', serialization: 'advanced' });
    fake.emit('online');

    await worker.conversation.send({ amount: 1n });

    expect(fake.process.written).to.deep.equal([{ amount: 1n }]);
  });
});
