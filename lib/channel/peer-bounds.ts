import { defaultRequestTimeout } from './order.js';
import type { PeerOptions } from './peer-options.js';

/** What a peer makes of its options, once. */
export interface PeerBounds {
  readonly timeout: number;
  readonly mostPending: number;
  /** Whoever leaves more than that unread gets no answers any more: no worker of ours ever does. */
  readonly mostUnread: number;
}

export function boundsOf({ defaultTimeout, maxPendingRequests, maxQueuedMessages, distrust }: PeerOptions): PeerBounds {
  const mostPending = maxPendingRequests ?? 100_000;
  const mostUnread = distrust ? 2 * mostPending + (maxQueuedMessages ?? 100_000) : Number.POSITIVE_INFINITY;
  return { timeout: defaultTimeout ?? defaultRequestTimeout, mostPending, mostUnread };
}
