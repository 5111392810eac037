import type { HistoryEvent } from './history.js';
import { checkCounters } from './storage-checker-counters.js';
import { checkLocks } from './storage-checker-locks.js';
import { type FinalState, type Finding, operationsOf } from './storage-checker-operations.js';
import { OrderCheck } from './storage-checker-order.js';
import { placeWrites } from './storage-checker-placing.js';
import { Timelines } from './storage-checker-timeline.js';
import { checkTransactions } from './storage-checker-transactions.js';
import { checkWatches } from './storage-checker-watches.js';
import { checkWrites } from './storage-checker-writes.js';

export type { FinalState, Finding, FindingKind } from './storage-checker-operations.js';

/**
 * Whether a shared storage did what it promises, judged by what its users did and saw, in the order of time, and by what
 * is there in the end. The store numbers its writes, so there is nothing to search: the numbers are the order, and all
 * that is to be checked is whether everybody's view agrees with it, and it with the time.
 *
 * What a history has to be like: a path is written or incremented, and has nothing written above or below it; each value
 * is written to a path once; increments add more than 0; nothing expires. A watch of the root that lives from the first to
 * the last write makes the versions of updates and deletions known; without it less is found.
 */
export function checkStorage(history: readonly HistoryEvent[], final: FinalState): Finding[] {
  const timelines = new Timelines(operationsOf(history), final);
  placeWrites(timelines);
  const order = new OrderCheck(timelines);
  order.run();
  checkWrites(timelines);
  checkCounters(timelines);
  checkWatches(timelines, order);
  checkTransactions(timelines);
  checkLocks(timelines, history);
  return timelines.findings;
}
