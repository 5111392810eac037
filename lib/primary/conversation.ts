import { IpcChannel } from '../channel/ipc-channel.js';
import { Peer } from '../channel/peer.js';
import type { PeerHooks } from '../channel/peer-options.js';
import { RawPeer } from './raw-peer.js';
import type { WorkerProcessParts } from './worker-process.js';

/** What the primary says to one worker, whether or not the worker's script uses this library. */
export type Conversation = Pick<Peer, 'send' | 'request' | 'control' | 'cork' | 'uncork' | 'pending' | 'close'>;

/** Begins the conversation with a process that was just forked. */
export function converse(
  { node, slot, readyOn, serialization, clock }: WorkerProcessParts,
  hooks: PeerHooks,
): Conversation {
  const channel = new IpcChannel(node.process, { name: slot.name, serialization });
  return readyOn === 'hello' ? new Peer(channel, hooks, { clock }) : new RawPeer(channel, hooks);
}
