import type { HistoryEvent } from './history.js';
import { finding, nameOf } from './storage-checker-operations.js';
import { after } from './storage-checker-placing.js';
import type { Observation, StoredWrite, Timeline, Timelines } from './storage-checker-timeline.js';

/** The versions at which what was seen at a path was there. */
interface Window {
  readonly seen: Observation;
  readonly write: StoredWrite | undefined;
  readonly first: number;
  /** When it was replaced, and by what. */
  readonly end: number;
  readonly next: StoredWrite | undefined;
}

/** Whether whoever read several paths at once saw them as they were at one time, and no transaction half done. */
export function checkTransactions(timelines: Timelines): void {
  const reads = new Map<HistoryEvent, Window[]>();
  for (const timeline of timelines.byPath.values()) {
    if (timeline.isCounter) continue;

    for (const seen of timeline.observations) {
      const window = seen.kind === 'final' || seen.event.change === 'set' ? undefined : windowOf(timeline, seen);
      const windows = reads.get(seen.event);
      if (window && windows) windows.push(window);
      else if (window) reads.set(seen.event, [window]);
    }
  }
  for (const windows of reads.values()) if (windows.length > 1) checkRead(timelines, windows);
}

function windowOf(register: Timeline, seen: Observation): Window | undefined {
  const { write, value } = seen;
  const isMysterious = value === undefined && register.writes.some(({ type }) => type === 'delete');
  const first = value === undefined ? 0 : write?.version;
  if (first === undefined || isMysterious) return undefined;

  const next = after(register, first);
  return { seen, write, first, end: next?.version ?? Number.POSITIVE_INFINITY, next };
}

function checkRead(timelines: Timelines, windows: readonly Window[]): void {
  const newest = windows.reduce((one, other) => (other.first > one.first ? other : one));
  const oldest = windows.reduce((one, other) => (other.end < one.end ? other : one));
  if (!newest.write || !oldest.next) return;

  // Between the writes of one transaction nobody sees anything.
  const steps = timelines.writesOf.get(newest.write.operation) ?? [];
  const last = Math.max(newest.first, ...steps.map(({ version = 0 }) => version));
  if (last < oldest.end) return;

  const { operation, event, value, path, kind } = newest.seen;
  const isHalf = [newest.write, oldest.next].some(write => write.operation.op === 'transaction');
  const name = isHalf ? 'halfTransaction' : kind === 'replica' ? 'readBackwards' : 'staleGet';
  const missed = `not ${nameOf(oldest.next.operation)} at ${oldest.seen.path}`;
  const message = `${nameOf(operation)} saw ${JSON.stringify(value)} at ${path}, and ${missed}`;
  timelines.report(finding(name, message, operation, event, newest.write.operation, oldest.next.operation));
}
