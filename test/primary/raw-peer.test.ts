import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { memoryChannelPair } from '../../lib/channel/memory-channel.js';
import { StreamReader } from '../../lib/channel/stream-reader.js';
import { ChannelClosedError, UnserializableMessageError, WrongCallError } from '../../lib/errors/errors.js';
import { RawPeer } from '../../lib/primary/raw-peer.js';
import { readyFrame } from '../../lib/protocol/frame.js';
import { rejection } from '../support/thrown.js';

function setUp() {
  const [channel, far] = memoryChannelPair();
  const told: unknown[][] = [];
  const note =
    (name: string) =>
    (...facts: unknown[]) =>
      void told.push([name, ...facts]);
  const received: unknown[] = [];
  far.listen({ received: payload => received.push(payload), closed: () => {} });
  const hooks = { message: note('message'), request: note('request'), control: note('control') };
  const peer = new RawPeer(channel, {
    ...hooks,
    ...{ violation: note('violation'), sendFailed: note('sendFailed'), closed: note('closed') },
  });
  return { peer, channel, far, received, told };
}

describe('RawPeer', () => {
  describe('#send', () => {
    it('sends what it is given, bare', async () => {
      const { peer, received } = setUp();

      await peer.send({ cmd: 'start' });
      await peer.send('stop');

      expect(received).to.deep.equal([{ cmd: 'start' }, 'stop']);
    });

    it('holds what is sent while corked, and keeps the order', async () => {
      const { peer, received } = setUp();
      peer.cork();
      const sent = Promise.all([peer.send(1), peer.send(2)]);
      await undefined;
      expect(received).to.deep.equal([]);

      peer.uncork();
      await Promise.all([sent, peer.send(3)]);

      expect(received).to.deep.equal([1, 2, 3]);
    });

    it('takes a message that is held back when its signal aborts', async () => {
      const { peer, received, told } = setUp();
      const abort = new AbortController();
      peer.cork();
      const sent = peer.send(1, { signal: abort.signal });
      abort.abort(new Error('closed'));
      peer.uncork();
      await peer.send(2);

      expect(await rejection(sent)).to.have.property('message', 'closed');
      expect(received).to.deep.equal([2]);
      expect(told).to.deep.equal([]);
    });

    it('sends nothing for a signal that is aborted already', async () => {
      const { peer, received } = setUp();

      expect(await rejection(peer.send(1, { signal: AbortSignal.abort(new Error('closed')) }))).to.have.property(
        'message',
        'closed',
      );
      await peer.send(2);

      expect(received).to.deep.equal([2]);
    });

    it('does not mind a signal that aborts when the message is sent', async () => {
      const { peer, received } = setUp();
      const abort = new AbortController();
      peer.cork();
      const sent = peer.send(1, { signal: abort.signal });
      peer.uncork();
      abort.abort();
      await sent;

      expect(received).to.deep.equal([1]);
    });

    it('leaves no listener on a signal that lives long', async () => {
      const { peer } = setUp();
      const { signal } = new AbortController();
      peer.cork();
      const sent = peer.send(1, { signal });
      expect(getEventListeners(signal, 'abort')).to.have.lengthOf(1);
      peer.uncork();
      await sent;

      expect(getEventListeners(signal, 'abort')).to.have.lengthOf(0);
    });

    it('refuses what cannot be carried, and tells', async () => {
      const { peer, told } = setUp();
      const body = { amount: 1n };

      const error = await rejection(peer.send(body));

      expect(error)
        .to.be.instanceOf(UnserializableMessageError)
        .with.property('message')
        .that.matches(/^The message holds at `.*amount` .+, which json serialization cannot carry$/);
      expect(told).to.deep.equal([['sendFailed', error, body]]);
    });

    it('rejects when the channel is closed, and tells', async () => {
      const { peer, far, told } = setUp();
      far.close();
      await undefined;

      expect(await rejection(peer.send(1))).to.be.instanceOf(ChannelClosedError);

      expect(told.map(([name]) => name)).to.include.members(['closed', 'sendFailed']);
    });
  });

  it('passes on whatever comes, also what looks like a frame', async () => {
    const { far, told } = setUp();
    far.write([readyFrame()], undefined, () => {});
    far.write('ready', undefined, () => {});
    await undefined;

    expect(told).to.deep.equal([
      ['message', [readyFrame()], undefined],
      ['message', 'ready', undefined],
    ]);
  });

  describe('#request', () => {
    it('rejects: nobody could answer', async () => {
      const error = await rejection(setUp().peer.request({ type: 'status' }));

      expect(error).to.be.instanceOf(WrongCallError);
      expect(error.details).to.deep.equal({ type: 'status', use: 'send' });
    });
  });

  describe('#open', () => {
    it('ends the stream: nobody could answer', async () => {
      const { peer } = setUp();
      const reader = new StreamReader({ open: each => peer.open({ type: 'menu' }, { reader: each }) });

      const error = await rejection(reader.next());

      expect(error).to.be.instanceOf(WrongCallError).with.deep.property('details', { type: 'menu', use: 'send' });
    });
  });

  describe('#control', () => {
    it('says nothing, since nobody would understand', async () => {
      const { peer, received } = setUp();
      await peer.control();
      await peer.send(1);

      expect(received).to.deep.equal([1]);
      expect(peer.pending).to.equal(0);
    });
  });

  describe('#close', () => {
    it('rejects what is held and what is sent later', async () => {
      const { peer, received, told } = setUp();
      const error = new Error('gone');
      peer.cork();
      const held = peer.send(1);
      peer.close(error);
      peer.uncork();

      expect(await rejection(held)).to.equal(error);
      expect(await rejection(peer.send(2))).to.equal(error);
      expect(told).to.deep.equal([
        ['sendFailed', error, 1],
        ['sendFailed', error, 2],
      ]);
      expect(received).to.deep.equal([]);
    });
  });
});
