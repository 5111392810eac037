import { type Abortable, waitOrAbort } from './abortable.js';
import type { Clock } from './clock.js';

/** How long to wait, and for what. */
export interface WithinOptions extends Abortable {
  readonly clock: Clock;
  /** Milliseconds; `Infinity` is allowed. */
  readonly timeout: number;
  /** Makes the error for when they are over. */
  readonly timedOut: () => Error;
}

/**
 * Settles like `promise`, or rejects when the time is over or the signal aborts, whichever comes first.
 *
 * Only the waiting ends, as with {@link waitOrAbort}; neither a timer nor a listener is left behind.
 */
export async function within<T>(promise: Promise<T>, options: WithinOptions): Promise<T> {
  const { clock, timeout, timedOut, signal } = options;
  const late = new AbortController();
  const timer = clock.after(timeout, () => late.abort(timedOut()));
  try {
    return await waitOrAbort(promise, signal ? AbortSignal.any([signal, late.signal]) : late.signal);
  } finally {
    timer.cancel();
  }
}
