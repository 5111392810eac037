import type { SendHandle } from 'node:child_process';
import type { IncomingCall } from '../../lib/channel/incoming-call.js';
import { type MemoryChannel, memoryChannelPair } from '../../lib/channel/memory-channel.js';
import { Peer } from '../../lib/channel/peer.js';
import type { PeerHooks, PeerOptions } from '../../lib/channel/peer-options.js';
import type { ControlFrame } from '../../lib/protocol/frame.js';
import type { Serialization } from '../../lib/protocol/json-safe.js';
import { FakeClock } from './fake-clock.js';

/** Remembers what a peer told its owner; requests wait for the test to answer them unless it sets `answer`. */
export class RecordingHooks implements PeerHooks {
  readonly messages: unknown[] = [];
  readonly handles: (SendHandle | undefined)[] = [];
  readonly requests: IncomingCall[] = [];
  readonly frames: ControlFrame[] = [];
  /** The handles of the frames. */
  readonly framesWith: (SendHandle | undefined)[] = [];
  readonly violations: string[] = [];
  readonly failures: { readonly error: unknown; readonly body: unknown }[] = [];
  closings = 0;
  answer: ((request: IncomingCall) => void) | undefined;
  hear: ((body: unknown) => void) | undefined;

  message(body: unknown, handle: SendHandle | undefined): void {
    this.messages.push(body);
    this.handles.push(handle);
    this.hear?.(body);
  }

  request(request: IncomingCall): void {
    this.requests.push(request);
    this.answer?.(request);
  }

  control(frame: ControlFrame, handle?: SendHandle): void {
    this.frames.push(frame);
    this.framesWith.push(handle);
  }

  violation(reason: string): void {
    this.violations.push(reason);
  }

  closed(): void {
    this.closings++;
  }

  sendFailed(error: unknown, body: unknown): void {
    this.failures.push({ error, body });
  }
}

/** One end of a conversation in memory, with everything a test may want to reach. */
export interface Speaker {
  readonly peer: Peer;
  readonly hooks: RecordingHooks;
  readonly channel: MemoryChannel;
}

/** How a conversation is set up. */
export interface ConversationOptions extends Partial<PeerOptions> {
  readonly serialization?: Serialization;
}

/** Two peers that talk over channels in memory, with one clock that stands still. */
export function conversation({ serialization = 'json', ...options }: ConversationOptions = {}) {
  const clock = new FakeClock();
  const [toWorker, toPrimary] = memoryChannelPair({ serialization });
  const speaker = (channel: MemoryChannel): Speaker => {
    const hooks = new RecordingHooks();
    return { channel, hooks, peer: new Peer(channel, hooks, { clock, ...options }) };
  };
  return { clock, primary: speaker(toWorker), worker: speaker(toPrimary) };
}

/** Resolves when everything that is on its way in memory has arrived, answers included. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
