import type { PeerLimits } from '../channel/peer-options.js';
import type { ItemCheck } from '../channel/stream-reader.js';
import type { ConversationOptions } from './conversation.js';
import type { ResolvedPrimaryOptions } from './options.js';
import type { PlacedProcessParts } from './placed-process.js';
import type { Sweep } from './sweep.js';
import type { ProcessBehindHandle, WorkerHandle } from './worker-handle.js';
import type { WorkerLife, WorkerTalk } from './worker-observers.js';

/** Time limits of a worker's life, in milliseconds, and how much may wait for it. */
export type WorkerLimits = Pick<ResolvedPrimaryOptions, 'readyTimeout' | 'drainTimeout' | 'killTimeout' | 'heartbeat'> &
  PeerLimits;

/** What a `WorkerProcess` is made of. */
export interface WorkerProcessParts extends Omit<ConversationOptions, 'name'>, PlacedProcessParts {
  readonly limits: WorkerLimits;
  readonly life: WorkerLife;
  /** Looks regularly at whether the worker still lives. */
  readonly sweep: Sweep;
  /** The descriptor of the worker's watchdog; `undefined` where there is none. */
  readonly watchdog: number | undefined;
  readonly talk: WorkerTalk;
  /** The reply as its schema makes it; rejects when it does not fit. */
  readonly checkedReply: (message: unknown, reply: Promise<unknown>) => Promise<unknown>;
  /** The same for the items of a stream. */
  readonly itemCheck: (message: unknown) => ItemCheck | undefined;
  /** Makes the handle by which users know the process. */
  readonly handle: (worker: ProcessBehindHandle) => WorkerHandle;
}
