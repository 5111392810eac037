/** The other end of `bench/outbox.ts`: counts messages, and answers requests with what they ask. */
import { IpcChannel } from '../../lib/channel/ipc-channel.js';
import { Peer } from '../../lib/channel/peer.js';
import { helloFrame } from '../../lib/protocol/frame.js';
import { systemClock } from '../../lib/util/clock.js';
import { Counter } from './counter.js';
import type { PeerSettings } from './peer-pair.js';

const { serialization, rules }: PeerSettings = JSON.parse(process.argv[2] ?? '{}');
const counter = new Counter();
const peer: Peer = new Peer(
  new IpcChannel(process, { name: 'primary', serialization }),
  {
    message: () => counter.arrived(),
    request: incoming => {
      const { body } = incoming;
      if (isExpectation(body)) counter.expect(body.expect, () => incoming.reply(true));
      else incoming.reply(body);
    },
    control() {},
    violation() {},
    closed() {},
    sendFailed() {},
  },
  { clock: systemClock, rules },
);
void peer.control(helloFrame());

function isExpectation(body: unknown): body is { readonly expect: number } {
  return typeof body === 'object' && body !== null && 'expect' in body;
}
