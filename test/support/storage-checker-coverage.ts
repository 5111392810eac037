import type { HistoryEvent } from './history.js';
import type { Operation } from './storage-checker-operations.js';

/** The versions of which a watch must have seen all: after `first`, up to `last`. */
export interface Range {
  readonly path: string;
  readonly first: number;
  readonly last: number;
}

/** From what it began with up to the last that it saw. */
export function rangeOf({ path, changes, invoke }: Operation): Range {
  const last = changes.reduce((greatest, { version = 0 }) => Math.max(greatest, version), Number.NEGATIVE_INFINITY);
  return { path, first: startOf(invoke, changes), last };
}

export function isInside(path: string, root: string): boolean {
  return root === '' || path === root || path.startsWith(`${root}.`);
}

/** What was there in the beginning, what the watch resumed after, or else the first that it saw. */
function startOf({ expected }: HistoryEvent, changes: readonly HistoryEvent[]): number {
  if (expected !== undefined) return expected;

  const [first, second] = changes;
  // The version of nothing is 0, whatever happened before.
  const start = first?.change === 'initial' && !first.version ? second : first;
  return start?.version ?? Number.POSITIVE_INFINITY;
}
