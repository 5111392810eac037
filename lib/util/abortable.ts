import { whenAborted } from './when-aborted.js';

/** Accepted by every operation that waits. */
export interface Abortable {
  /** Ends the waiting early: the promise rejects with the signal's `reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Settles like `promise`, or rejects with the signal's `reason` when that comes first.
 *
 * Only the waiting ends: whatever `promise` stands for goes on, and its late rejection counts as handled. The listener
 * on the signal is removed either way, so a signal that lives long does not collect them.
 */
export function waitOrAbort<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;

  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    promise.then(resolve, reject).then(whenAborted(signal, abort));
    if (signal.aborted) abort();
  });
}
