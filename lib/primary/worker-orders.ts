import type { SendHandle } from 'node:child_process';
import type { Abortable } from '../util/abortable.js';

/** What to send to one worker. */
export interface WorkerSendOrder<M> extends Abortable {
  /** Kept by reference until the promise settles: do not change it before. */
  readonly message: M;
  /** A socket or server that goes to the worker with the message. */
  readonly handle?: SendHandle | undefined;
}

/** What to ask one worker. */
export interface WorkerRequestOrder<M> extends WorkerSendOrder<M> {
  /** Milliseconds until `RequestTimeoutError`; `Infinity` is allowed. @default 30_000 */
  readonly timeout?: number | undefined;
}

/** What to ask one worker, and read its answer item by item. */
export type WorkerStreamOrder<M> = Omit<WorkerSendOrder<M>, 'handle'>;
