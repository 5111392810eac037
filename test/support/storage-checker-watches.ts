import type { HistoryEvent } from './history.js';
import { isInside, rangeOf } from './storage-checker-coverage.js';
import { finding, nameOf, type Operation } from './storage-checker-operations.js';
import type { OrderCheck } from './storage-checker-order.js';
import type { StoredWrite, Timelines } from './storage-checker-timeline.js';

/** A version that a watch may have to see. */
interface Known {
  readonly version: number;
  readonly path: string;
  /** `undefined` if nobody can tell whose it is. */
  readonly write: StoredWrite | undefined;
}

/** Whether every watch saw each version on its path that anybody knows of, once and in order. */
export function checkWatches(timelines: Timelines, order: OrderCheck): void {
  const known = knownVersions(timelines);
  for (const watch of timelines.operations) {
    if (watch.op !== 'watch') continue;

    checkSequence(timelines, watch);
    for (const missing of missedBy(watch, known)) {
      const { write, version, path } = missing;
      const message = `${nameOf(watch)} missed version ${version} at ${path}`;
      if (write && !Number.isFinite(write.seen)) order.reportLost(write, watch);
      else timelines.report(finding('watchGap', message, ...[watch, write?.operation ?? []].flat()));
    }
  }
}

function knownVersions(timelines: Timelines): Known[] {
  const known = new Map<number, Known>();
  for (const { path, placed, observations, isCounter } of timelines.byPath.values()) {
    for (const write of placed) known.set(write.version ?? 0, { version: write.version ?? 0, path, write });
    if (!isCounter) continue;

    for (const { version } of observations)
      if (version !== undefined) known.set(version, { version, path, write: undefined });
  }
  return [...known.values()].sort((one, other) => one.version - other.version);
}

function checkSequence(timelines: Timelines, watch: Operation): void {
  const seen = new Set<number>();
  let greatest: HistoryEvent | undefined;
  for (const change of watch.changes) {
    const { version = 0 } = change;
    const why = `${nameOf(watch)} saw version ${version} at ${change.path}`;
    if (seen.has(version)) {
      const first = watch.changes.find(each => each.version === version) ?? change;
      timelines.report(finding('watchRepetition', `${why} again`, first, change));
    } else if (greatest && version < (greatest.version ?? 0)) {
      timelines.report(finding('watchOrder', `${why} after ${greatest.version}`, greatest, change));
    } else greatest = change;
    seen.add(version);
  }
}

function missedBy(watch: Operation, known: readonly Known[]): Known[] {
  const seen = new Set(watch.changes.map(({ version }) => version));
  const { path, first, last } = rangeOf(watch);
  const isMissing = (each: Known) => each.version > first && each.version <= last && !seen.has(each.version);
  return known.filter(each => isMissing(each) && isInside(each.path, path));
}
