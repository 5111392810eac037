import type { Worker } from 'node:cluster';
import type { PeerLimits } from '../channel/peer-options.js';
import type { ItemCheck } from '../channel/stream-reader.js';
import type { Slot } from '../supervision/slot.js';
import type { ConversationOptions } from './conversation.js';
import type { ResolvedPrimaryOptions } from './options.js';
import type { Tally } from './statistics.js';
import type { ProcessBehindHandle, WorkerHandle } from './worker-handle.js';
import type { WorkerLife, WorkerTalk } from './worker-observers.js';

/** Time limits of a worker's life, in milliseconds, and how much may wait for it. */
export type WorkerLimits = Pick<ResolvedPrimaryOptions, 'readyTimeout' | 'drainTimeout' | 'killTimeout'> & PeerLimits;

/** What a `WorkerProcess` is made of. */
export interface WorkerProcessParts extends Omit<ConversationOptions, 'name'> {
  readonly node: Worker;
  readonly slot: Slot;
  /** Which process of the slot it is. */
  readonly generation: number;
  readonly limits: WorkerLimits;
  /** What happens is counted here, as long as the process is in this slot. */
  readonly tally: Tally;
  readonly life: WorkerLife;
  readonly talk: WorkerTalk;
  /** The reply as its schema makes it; rejects when it does not fit. */
  readonly checkedReply: (message: unknown, reply: Promise<unknown>) => Promise<unknown>;
  /** The same for the items of a stream. */
  readonly itemCheck: (message: unknown) => ItemCheck | undefined;
  /** Makes the handle by which users know the process. */
  readonly handle: (worker: ProcessBehindHandle) => WorkerHandle;
}
