import type { Codec } from '../channel/codec.js';
import { withCodec } from '../channel/codec-channel.js';
import { Gathering } from '../channel/gathering.js';
import { IpcChannel, type IpcEndpoint } from '../channel/ipc-channel.js';
import { Peer } from '../channel/peer.js';
import type { PeerHooks, PeerLimits } from '../channel/peer-options.js';
import type { Clock } from '../util/clock.js';
import type { ReadyOn, Serialization } from './options.js';
import { RawPeer } from './raw-peer.js';

/** What the primary says to one worker, whether or not the worker's script uses this library. */
export type Conversation = Pick<
  Peer,
  'send' | 'cast' | 'request' | 'open' | 'control' | 'storage' | 'cork' | 'uncork' | 'room' | 'pending' | 'close'
> & {
  /** What messages may hold; `undefined` for a worker that understands no frames. */
  readonly carries: Serialization | undefined;
};

/** How a conversation is held. */
export interface ConversationOptions {
  /** The worker's name, for errors. */
  readonly name: string;
  readonly serialization: Serialization;
  /** Only for a worker that says hello: others get bare messages. */
  readonly codec?: Codec | undefined;
  readonly readyOn: ReadyOn;
  readonly clock: Clock;
  /** @default none but the size of a message */
  readonly bounds?: PeerLimits | undefined;
}

/** What one worker says may lead to messages to all. */
const gathering = new Gathering();

/** Begins the conversation with a process that was just forked. */
export function converse(process: IpcEndpoint, hooks: PeerHooks, options: ConversationOptions): Conversation {
  const { codec, readyOn, clock, bounds } = options;
  const channel = new IpcChannel(process, options);
  if (readyOn !== 'hello') return new RawPeer(channel, hooks, bounds);

  return new Peer(withCodec(channel, codec), hooks, { ...bounds, clock, distrust: true, gathering });
}
