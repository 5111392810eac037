import { Server } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RelayChannel } from '../../lib/channel/relay-channel.js';
import { WorkerExitedError } from '../../lib/errors/errors.js';
import type { Encoded } from '../../lib/protocol/frame.js';
import type { Serialization } from '../../lib/protocol/json-safe.js';
import { ChannelInbox } from '../support/channel-inbox.js';
import { mirror } from '../support/mirror.js';
import { channelContract, type Mirrored } from './channel-contract.js';

/** Two ends, and somebody between them who tells each when the other is closed. */
function relayed(serialization: Serialization = 'json'): [RelayChannel, RelayChannel] {
  const ends: RelayChannel[] = [];
  const open = (name: string, other: number) => {
    return new RelayChannel({
      ...{ name, serialization },
      post: (content, done) => {
        queueMicrotask(() => {
          ends[other]?.receive(content);
          done(undefined);
        });
      },
    });
  };
  const [near, far] = [open('worker 2', 1), open('worker 1', 0)];
  ends.push(near, far);
  const { close } = far;
  far.close = function tellNear(error?: Error) {
    close.call(this, error);
    near.close();
  };
  return [near, far];
}

for (const serialization of ['json', 'advanced'] as const) {
  const open = async (): Promise<Mirrored> => {
    const [channel, far] = relayed(serialization);
    mirror(far);
    return { channel, inbox: new ChannelInbox(channel), [Symbol.asyncDispose]: async () => channel.close() };
  };
  channelContract(`RelayChannel (${serialization})`, open, { handles: false });
}

/** A channel whose parcels wait for the test. */
function held() {
  const parcels: { readonly content: Encoded; readonly done: (error?: Error) => void }[] = [];
  const channel = new RelayChannel({
    ...{ name: 'worker 2', serialization: 'json' },
    post: (content, done) => void parcels.push({ content, done: error => done(error) }),
  });
  return { channel, parcels, inbox: new ChannelInbox(channel) };
}

describe('RelayChannel', () => {
  it('gives its payloads away encoded', () => {
    const { channel, parcels } = held();
    channel.write([[2, 0, 'soup']], undefined, () => {});

    expect(parcels[0]?.content).to.equal('[[2,0,"soup"]]');
    expect([channel.name, channel.serialization, channel.connected]).to.deep.equal(['worker 2', 'json', true]);
  });

  it('refuses handles at once', () => {
    const { channel, parcels } = held();
    const told: (Error | undefined)[] = [];
    channel.write([], new Server(), error => told.push(error));

    expect(told[0]).to.have.property('code', 'CLUSTER_UNSERIALIZABLE_MESSAGE');
    expect(parcels).to.deep.equal([]);
  });

  it('says of what cannot be decoded that something came, and no more', () => {
    const { channel, inbox } = held();
    for (const garbage of ['[', 'b!', '', Buffer.from([1])]) channel.receive(garbage);
    channel.receive('[1]');

    expect(inbox.payloads).to.deep.equal([undefined, undefined, undefined, undefined, [1]]);
  });

  it('ends what is not answered with the reason it is closed for, later and once', async () => {
    const { channel, parcels, inbox } = held();
    const gone = new WorkerExitedError('gone', { workerId: 2, name: 'cook' });
    const told: (Error | undefined)[] = [];
    channel.write(1, undefined, error => told.push(error));
    channel.write(2, undefined, error => told.push(error));
    parcels[0]?.done();
    channel.close(gone);
    expect(told).to.deep.equal([undefined]);

    await inbox.closed;
    parcels[1]?.done();
    channel.receive('[1]');

    expect(told).to.deep.equal([undefined, gone]);
    expect(inbox.payloads).to.deep.equal([]);
  });
});
