import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Channel } from '../../lib/channel/channel.js';
import { ChannelClosedError } from '../../lib/errors/errors.js';
import type { ChannelInbox } from '../support/channel-inbox.js';

/** A channel whose far end is a mirror, and the way to be rid of it. */
export interface Mirrored extends AsyncDisposable {
  readonly channel: Channel;
  /** Already listening. */
  readonly inbox: ChannelInbox;
}

function write(channel: Channel, payload: unknown): Promise<Error | undefined> {
  return new Promise(resolve => channel.write(payload, undefined, resolve));
}

function reflected(...payloads: readonly unknown[]): readonly unknown[] {
  return payloads.map(payload => ({ payload, handled: false }));
}

/** What a channel may be unable to do. */
export interface ContractOptions {
  /** Whether it carries handles. @default true */
  readonly handles?: boolean;
}

/** What every channel promises. */
export function channelContract(
  title: string,
  open: () => Promise<Mirrored>,
  { handles = true }: ContractOptions = {},
): void {
  describe(`${title} keeps the contract of a channel`, () => {
    it('carries payloads in order', async () => {
      await using mirrored = await open();
      const payloads = Array.from({ length: 200 }, (_, index) => [index, { text: 'é'.repeat(index) }]);

      for (const payload of payloads) mirrored.channel.write(payload, undefined, () => {});

      expect(await mirrored.inbox.first(200)).to.deep.equal(reflected(...payloads));
    });

    it('tells later, and once, that a payload was taken', async () => {
      await using mirrored = await open();
      const told: unknown[] = [];

      mirrored.channel.write('a', undefined, error => told.push(error));
      expect(told).to.deep.equal([]);

      await mirrored.inbox.first(1);
      expect(told).to.deep.equal([undefined]);
    });

    it('tells at once, and once, that a payload cannot be encoded, and goes on', async () => {
      await using mirrored = await open();
      const told: (Error | undefined)[] = [];

      mirrored.channel.write({ of: [() => {}, 1n, Symbol('s'), circular()] }, undefined, error => told.push(error));
      expect(told).to.have.lengthOf(1);
      expect(told[0]).to.be.instanceOf(Error);
      expect(await write(mirrored.channel, 'next')).to.equal(undefined);

      expect(await mirrored.inbox.first(1)).to.deep.equal(reflected('next'));
      expect(told).to.have.lengthOf(1);
    });

    if (handles) {
      it('carries a handle with its payload', async () => {
        await using mirrored = await open();
        const server = createServer().listen(0, '127.0.0.1');
        await once(server, 'listening');

        mirrored.channel.write('with', server, () => {});
        mirrored.channel.write('without', undefined, () => {});

        expect(await mirrored.inbox.first(2)).to.deep.equal([
          { payload: 'with', handled: true },
          { payload: 'without', handled: false },
        ]);
        if (server.listening) server.close();
      });
    }

    it('refuses what is written after it was closed, at once', async () => {
      await using mirrored = await open();
      mirrored.channel.close();
      let told: Error | undefined;

      mirrored.channel.write('late', undefined, error => {
        told = error;
      });

      expect(told).to.be.instanceOf(ChannelClosedError);
      expect(mirrored.channel.connected).to.equal(false);
    });

    it('says once that it is closed, however often it is closed', async () => {
      await using mirrored = await open();
      mirrored.channel.close();
      mirrored.channel.close();

      await mirrored.inbox.closed;

      mirrored.channel.close();
      expect(mirrored.inbox.closings).to.equal(1);
    });

    it('notices that the far end closed it', async () => {
      await using mirrored = await open();
      expect(mirrored.channel.connected).to.equal(true);

      mirrored.channel.write('close', undefined, () => {});
      await mirrored.inbox.closed;

      expect(mirrored.channel.connected).to.equal(false);
    });

    it('calls back exactly once for every write, though it closes in between', async () => {
      await using mirrored = await open();
      const calls = new Array<number>(500).fill(0);

      for (const index of calls.keys()) {
        mirrored.channel.write({ filler: 'x'.repeat(1_000) }, undefined, () => {
          calls[index] = (calls[index] ?? 0) + 1;
        });
        if (index === 250) mirrored.channel.close();
      }
      await mirrored.inbox.closed;

      expect(new Set(calls)).to.deep.equal(new Set([1]));
    });
  });
}

function circular(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}
