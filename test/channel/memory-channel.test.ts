import { expect } from 'chai';
import { describe, it } from 'mocha';
import { MemoryChannel, memoryChannelPair } from '../../lib/channel/memory-channel.js';
import { ChannelClosedError } from '../../lib/errors/errors.js';
import { ChannelInbox } from '../support/channel-inbox.js';
import { mirror } from '../support/mirror.js';
import { channelContract, type Mirrored } from './channel-contract.js';

for (const serialization of ['json', 'advanced'] as const) {
  channelContract(`MemoryChannel (${serialization})`, async (): Promise<Mirrored> => {
    const [channel, far] = memoryChannelPair({ serialization });
    mirror(far);
    return { channel, inbox: new ChannelInbox(channel), [Symbol.asyncDispose]: async () => channel.close() };
  });
}

describe('MemoryChannel', () => {
  it('delivers what its serialization makes of a payload', async () => {
    const [json, farJson] = memoryChannelPair();
    const [advanced, farAdvanced] = memoryChannelPair({ serialization: 'advanced' });
    const payload = { at: new Date(0), gone: undefined };
    const inboxes = [new ChannelInbox(farJson), new ChannelInbox(farAdvanced)] as const;

    json.write(payload, undefined, () => {});
    advanced.write(payload, undefined, () => {});

    expect(await inboxes[0].first(1)).to.deep.equal([{ at: '1970-01-01T00:00:00.000Z' }]);
    expect(await inboxes[1].first(1)).to.deep.equal([payload]);
  });

  it('names what is at the other end', () => {
    const names = memoryChannelPair().map(({ name }) => name);

    expect(names).to.deep.equal(['worker', 'primary']);
    expect(memoryChannelPair({ names: ['a', 'b'] })[1].name).to.equal('b');
  });

  it('holds what is written while it is stalled', async () => {
    const [near, far] = memoryChannelPair();
    const inbox = new ChannelInbox(far);
    near.stall();

    expect(near.write('a', undefined, () => {})).to.equal(false);
    await Promise.resolve();
    expect(near.waiting).to.equal(1);

    near.resume();
    expect(await inbox.first(1)).to.deep.equal(['a']);
  });

  it('fails what is stalled when it closes', async () => {
    const [near, far] = memoryChannelPair();
    const inbox = new ChannelInbox(far);
    near.stall();
    const told = new Promise(resolve => near.write('a', undefined, resolve));

    near.close();

    expect(await told).to.be.instanceOf(ChannelClosedError);
    await inbox.closed;
    expect(inbox.payloads).to.deep.equal([]);
  });

  it('refuses what JSON has no text for', () => {
    const [near] = memoryChannelPair();
    let told: Error | undefined;

    near.write(undefined, undefined, error => {
      told = error;
    });

    expect(told).to.be.instanceOf(TypeError);
  });

  it('is not connected before it has a peer', () => {
    const alone = new MemoryChannel('nobody', 'json');

    alone.close();

    expect(alone.connected).to.equal(false);
  });

  it('turns whatever a payload throws into an error', () => {
    const [near] = memoryChannelPair();
    let told: Error | undefined;
    const payload = {
      toJSON() {
        throw 'no error';
      },
    };

    near.write(payload, undefined, error => {
      told = error;
    });

    expect(told?.message).to.equal('no error');
  });
});
