import type { OptionDeclarations } from '../lifecycle/option-table.js';
import { integer } from '../util/check.js';

/** How much may wait between two processes, and how large a message may be. */
export interface LimitOptions {
  /** How many messages and requests may wait to be sent to one process; one more rejects with `BackpressureError`. @default 100_000 */
  readonly maxQueuedMessages?: number | undefined;
  /** How many bytes, roughly, these may take. @default 64 MiB */
  readonly maxQueuedBytes?: number | undefined;
  /** How many requests to one process may wait for their answer, and as many from it; one more rejects with `BackpressureError`. @default 100_000 */
  readonly maxPendingRequests?: number | undefined;
  /** How many bytes, roughly, one message may take: a larger one rejects with `MessageTooLargeError`, and is dropped when received. @default 64 MiB */
  readonly maxMessageBytes?: number | undefined;
}

/** {@link LimitOptions} after every check. */
export type ResolvedLimits = { readonly [L in keyof LimitOptions]-?: number };

const limit = integer({ min: 1, orInfinity: true });
const mebibyte = 1024 * 1024;

/** The same for a primary and for a worker. */
export const limitDeclarations: OptionDeclarations = {
  maxQueuedMessages: { default: 100_000, ...limit },
  maxQueuedBytes: { default: 64 * mebibyte, ...limit },
  maxPendingRequests: { default: 100_000, ...limit },
  maxMessageBytes: { default: 64 * mebibyte, ...limit },
};
