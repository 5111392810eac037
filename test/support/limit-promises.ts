import type { OptionPromise } from './option-contract.js';

function limit(byDefault: number): OptionPromise {
  return {
    expected: 'an integer >= 1 or Infinity',
    byDefault,
    good: [1, Number.POSITIVE_INFINITY],
    bad: [
      [0, '`0` (number)'],
      [1.5, '`1.5` (number)'],
      ['1 MiB', '`"1 MiB"` (string)'],
    ],
  };
}

/** What is promised of the limits, which a primary and a worker share. */
export const limitPromises: Readonly<Record<string, OptionPromise>> = {
  maxQueuedMessages: limit(100_000),
  maxQueuedBytes: limit(64 * 1024 * 1024),
  maxPendingRequests: limit(100_000),
  maxMessageBytes: limit(64 * 1024 * 1024),
};
