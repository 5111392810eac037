import { IpcChannel, type IpcEndpoint } from '../channel/ipc-channel.js';
import { Peer } from '../channel/peer.js';
import type { PeerHooks, PeerLimits } from '../channel/peer-options.js';
import type { Clock } from '../util/clock.js';
import type { ReadyOn, Serialization } from './options.js';
import { RawPeer } from './raw-peer.js';

/** What the primary says to one worker, whether or not the worker's script uses this library. */
export type Conversation = Pick<
  Peer,
  'send' | 'cast' | 'request' | 'control' | 'cork' | 'uncork' | 'room' | 'pending' | 'close'
>;

/** How a conversation is held. */
export interface ConversationOptions {
  /** The worker's name, for errors. */
  readonly name: string;
  readonly serialization: Serialization;
  readonly readyOn: ReadyOn;
  readonly clock: Clock;
  /** @default none but the size of a message */
  readonly bounds?: PeerLimits | undefined;
}

/** Begins the conversation with a process that was just forked. */
export function converse(process: IpcEndpoint, hooks: PeerHooks, options: ConversationOptions): Conversation {
  const { readyOn, clock, bounds } = options;
  const channel = new IpcChannel(process, options);
  return readyOn === 'hello'
    ? new Peer(channel, hooks, { ...bounds, clock, distrust: true })
    : new RawPeer(channel, hooks, bounds);
}
