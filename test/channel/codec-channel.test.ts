import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Codec } from '../../lib/channel/codec.js';
import { CodecChannel, withCodec } from '../../lib/channel/codec-channel.js';
import { IpcChannel } from '../../lib/channel/ipc-channel.js';
import { memoryChannelPair } from '../../lib/channel/memory-channel.js';
import { Peer } from '../../lib/channel/peer.js';
import { UnserializableMessageError } from '../../lib/errors/errors.js';
import { helloFrame, messageFrame, stopFrame } from '../../lib/protocol/frame.js';
import type { Serialization } from '../../lib/protocol/json-safe.js';
import { ChannelInbox } from '../support/channel-inbox.js';
import { bytesCodec, msgpackrCodec, textCodec } from '../support/codecs.js';
import { RecordingHooks, settled } from '../support/conversation.js';
import { FakeClock } from '../support/fake-clock.js';
import { mirror } from '../support/mirror.js';
import { rejection } from '../support/thrown.js';
import { channelContract, type Mirrored } from './channel-contract.js';

const fixture = new URL('../fixtures/channel-mirror.js', import.meta.url);

async function inMemory(codec: Codec, serialization: Serialization): Promise<Mirrored> {
  const [near, far] = memoryChannelPair({ serialization });
  mirror(new CodecChannel(far, codec));
  const channel = new CodecChannel(near, codec);
  return { channel, inbox: new ChannelInbox(channel), [Symbol.asyncDispose]: async () => channel.close() };
}

async function forked(codec: Codec, serialization: Serialization): Promise<Mirrored> {
  const env = { ...process.env, SERIALIZATION: serialization, CODEC: codec.name };
  const child = fork(fixture, { serialization, env });
  const channel = new CodecChannel(new IpcChannel(child, { name: 'child', serialization }), codec);
  await new ChannelInbox(channel).first(1);
  return { channel, inbox: new ChannelInbox(channel), [Symbol.asyncDispose]: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

for (const [codec, serialization] of [
  [textCodec, 'json'],
  [textCodec, 'advanced'],
  [bytesCodec, 'advanced'],
  [msgpackrCodec, 'advanced'],
] as const) {
  channelContract(`CodecChannel (${codec.name}, ${serialization}, in memory)`, () => inMemory(codec, serialization));
  channelContract(`CodecChannel (${codec.name}, ${serialization}, over IPC)`, () => forked(codec, serialization));
}

/** Two ends in memory: what the test says at `far` goes out as it is, what `near` writes can be looked at there. */
function oneSided(codec: Codec, serialization: Serialization = 'advanced') {
  const [inner, far] = memoryChannelPair({ serialization });
  const near = new CodecChannel(inner, codec);
  return { near, far, heard: new ChannelInbox(far), inbox: new ChannelInbox(near) };
}

/** What `write` says at once. */
function refusal(channel: CodecChannel, payload: unknown): Error | undefined {
  let told: Error | undefined;
  channel.write(payload, undefined, error => {
    told = error;
  });
  return told;
}

describe('CodecChannel', () => {
  it('is what the channel below it is, but carries what its codec carries', () => {
    const { near, far } = oneSided({ ...textCodec, carries: undefined });

    expect([near.name, near.connected, near.serialization]).to.deep.equal(['worker', true, 'json']);
    expect(oneSided(bytesCodec).near.serialization).to.equal('advanced');
    far.close();
    expect(near.connected).to.equal(false);
  });

  it('writes what its codec makes of a payload', async () => {
    const { near, heard } = oneSided(textCodec);

    near.write({ dish: 'soup' }, undefined, () => {});

    expect(await heard.first(1)).to.deep.equal(['text:{"dish":"soup"}']);
  });

  it('lets frames of the library pass as they are, both ways', async () => {
    const { near, far, heard, inbox } = oneSided(textCodec);
    const batch = [helloFrame(), stopFrame('reload', 5)];

    near.write(batch, undefined, () => {});
    far.write(batch, undefined, () => {});

    expect(await heard.first(1)).to.deep.equal([batch]);
    expect(await inbox.first(1)).to.deep.equal([batch]);
  });

  it('encodes a batch as soon as one frame of it is a user’s', async () => {
    const { near, heard } = oneSided(textCodec);
    const batch = [helloFrame(), messageFrame('soup')];

    near.write(batch, undefined, () => {});

    expect(await heard.first(1)).to.deep.equal([textCodec.encode(batch)]);
  });

  it('refuses bytes where only JSON goes, and says what to do', () => {
    const { near } = oneSided(bytesCodec, 'json');

    expect(refusal(near, 'a'))
      .to.be.instanceOf(UnserializableMessageError)
      .with.property('message', "Codec `bytes` returns bytes, which need `serialization: 'advanced'`");
  });

  it('does not even encode once it is closed', () => {
    let encoded = 0;
    const { near } = oneSided({ ...textCodec, encode: () => String(encoded++) });
    near.close();

    expect(refusal(near, 'a')).to.have.property('code', 'CLUSTER_CHANNEL_CLOSED');
    expect(encoded).to.equal(0);
  });

  for (const [what, encode, message] of [
    ['nothing', () => undefined, 'Codec `text` has to return a string or bytes, got `undefined`'],
    [
      'a promise',
      () => Promise.reject(new Error('unseen')),
      'Codec `text` has to return a string or bytes, got `Promise` (object)',
    ],
    ['an error', () => rethrow(new RangeError('too big')), 'too big'],
    ['what is no error', () => rethrow('no error'), 'no error'],
  ] as const) {
    it(`reports at once that its codec returns, or throws, ${what}`, () => {
      // A codec in JavaScript can do all of this.
      const { near } = oneSided({ ...textCodec, encode: encode as Codec['encode'] });

      expect(refusal(near, 'a')).to.be.instanceOf(Error).with.property('message', message);
    });
  }

  for (const [what, payload, message] of [
    ['an object', { frames: [] }, 'A payload that codec `text` did not encode'],
    ['a batch of a user’s that was not encoded', [messageFrame('a')], 'A payload that codec `text` did not encode'],
    ['text that cannot be decoded', 'text:{', 'A payload that codec `text` cannot decode'],
  ] as const) {
    it(`makes an error, which is no batch, of ${what}`, async () => {
      const { far, inbox } = oneSided(textCodec);

      far.write(payload, undefined, () => {});
      const [error] = await inbox.first(1);

      expect(error).to.be.instanceOf(TypeError).with.property('message', message);
    });
  }

  it('survives a codec that decodes asynchronously', async () => {
    const { far, inbox } = oneSided({ ...textCodec, decode: () => Promise.reject(new Error('unseen')) });

    far.write('text', undefined, () => {});

    expect(await inbox.first(1)).to.have.lengthOf(1);
  });

  it('is a violation to a peer, whatever cannot be decoded, and other traffic goes on', async () => {
    const [inner, far] = memoryChannelPair({ serialization: 'advanced' });
    const hooks = new RecordingHooks();
    new Peer(new CodecChannel(inner, textCodec), hooks, { clock: new FakeClock() });

    for (const payload of [7, null, {}, 'junk', new Uint8Array(9), [messageFrame('forged')], [7], 'text:7']) {
      far.write(payload, undefined, () => {});
    }
    far.write(textCodec.encode([messageFrame('soup')]), undefined, () => {});
    await settled();

    expect(hooks.violations).to.deep.equal(new Array(8).fill('a payload that is no batch of frames'));
    expect(hooks.messages).to.deep.equal(['soup']);
  });

  it('fails only the message that cannot be encoded', async () => {
    const [inner, far] = memoryChannelPair();
    const encode = (batch: unknown) => {
      const text = textCodec.encode(batch);
      return text.includes('burnt') ? rethrow(new RangeError('it is burnt')) : text;
    };
    const peer = new Peer(new CodecChannel(inner, { ...textCodec, encode }), new RecordingHooks(), {
      clock: new FakeClock(),
    });
    const heard = new ChannelInbox(far);

    const first = peer.send('soup');
    const error = await rejection(peer.send('burnt'));
    await Promise.all([first, peer.send('salad')]);

    expect(error).to.be.instanceOf(UnserializableMessageError).with.property('message').that.includes('it is burnt');
    expect(heard.payloads.map(String).map(textCodec.decode)).to.deep.equal([
      [messageFrame('soup')],
      [messageFrame('salad')],
    ]);
  });

  it('holds a message to what its codec carries', async () => {
    const [inner] = memoryChannelPair({ serialization: 'advanced' });
    const options = { clock: new FakeClock() };
    const text = new Peer(new CodecChannel(inner, textCodec), new RecordingHooks(), options);
    const bytes = new Peer(new CodecChannel(inner, bytesCodec), new RecordingHooks(), options);
    const message = { dishes: new Map([['soup', 1n]]) };

    expect(await rejection(text.send(message))).to.have.nested.property('details.path', 'dishes');
    expect(await bytes.send(message)).to.equal(undefined);
  });
});

describe('withCodec', () => {
  it('is the channel itself without a codec', () => {
    const [channel] = memoryChannelPair();

    expect(withCodec(channel, undefined)).to.equal(channel);
    expect(withCodec(channel, textCodec)).to.be.instanceOf(CodecChannel);
  });
});

function rethrow(error: unknown): never {
  throw error;
}
