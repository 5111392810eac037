/** How long to wait between tries that keep failing. */
export interface BackoffSettings {
  /** Wait after the first failure, in ms. */
  readonly initial: number;
  /** Longest wait, in ms. */
  readonly max: number;
  /** What each wait is multiplied by to get the next. */
  readonly factor: number;
  /** Part of the wait, from 0 to 1, that is left to chance, so that those who failed together do not return together. */
  readonly jitter: number;
}

/**
 * The wait in ms before try number `attempt`, which counts from 0. Chance only shortens it, so `max` is never exceeded.
 *
 * @param random as `Math.random`: at least 0 and less than 1.
 */
export function backoffDelay(attempt: number, settings: BackoffSettings, random: () => number): number {
  const { initial, max, factor, jitter } = settings;
  // Zero times a power that overflowed would not be a number.
  const delay = initial === 0 ? 0 : Math.min(max, initial * factor ** attempt);
  return delay * (1 - jitter * random());
}
