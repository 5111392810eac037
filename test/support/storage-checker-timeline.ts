import type { HistoryEvent, TransactionStep } from './history.js';
import { isInside, type Range, rangeOf } from './storage-checker-coverage.js';
import {
  type FinalState,
  type Finding,
  finalRead,
  finding,
  nameOf,
  type Operation,
} from './storage-checker-operations.js';

/** One thing that an operation writes, or may have written. */
export interface StoredWrite {
  readonly operation: Operation;
  readonly type: 'set' | 'create' | 'update' | 'increment' | 'delete';
  readonly path: string;
  /** Of its own on the path; `undefined` for a deletion. */
  readonly value: unknown;
  /** What an increment adds. */
  readonly by: number;
  /** What an increment returned. */
  readonly sum: number | undefined;
  readonly expected: number | undefined;
  /** Its place in the order of all writes, as far as anybody knows it. */
  version: number | undefined;
  /** Whether its version is that of a deletion that somebody else may have made. */
  isGuess: boolean;
  /** When somebody first saw it. */
  seen: number;
}

/** What somebody saw of one path. */
export interface Observation {
  readonly operation: Operation;
  readonly event: HistoryEvent;
  readonly path: string;
  readonly value: unknown;
  readonly version: number | undefined;
  /** When it was seen: at some time between. */
  readonly from: number;
  readonly to: number;
  /** `strong` is true at the primary. */
  readonly kind: 'strong' | 'replica' | 'watch' | 'final';
  /** Whose value it is. */
  write: StoredWrite | undefined;
}

/** A deletion that a watch saw. */
export interface Erasure {
  readonly operation: Operation;
  readonly event: HistoryEvent;
}

/** All that is known of a path below which nothing is. */
export interface Timeline {
  readonly path: string;
  /** Whether it is incremented, and nothing else. */
  readonly isCounter: boolean;
  /** Those that may have happened, and those that have certainly not. */
  readonly writes: StoredWrite[];
  readonly failed: StoredWrite[];
  readonly observations: Observation[];
  /** Value, as text -> the one that wrote it. */
  readonly writers: Map<string, StoredWrite>;
  /** Deletions that a watch saw. */
  readonly erasures: Map<number, Erasure>;
  /** Writes whose version is known, in its order, and those that may have happened at any time. */
  placed: StoredWrite[];
  unplaced: StoredWrite[];
}

/** What everybody did and saw, by path. */
export class Timelines {
  readonly byPath = new Map<string, Timeline>();
  readonly operations: readonly Operation[];
  readonly writesOf = new Map<Operation, StoredWrite[]>();
  /** What each watch must have seen. */
  readonly ranges: readonly Range[];
  readonly findings: Finding[] = [];
  /** Path -> the paths of timelines there and below. */
  readonly #below = new Map<string, Timeline[]>();

  constructor(operations: readonly Operation[], final: FinalState) {
    this.operations = operations;
    this.ranges = operations.filter(({ op }) => op === 'watch').map(rangeOf);
    for (const operation of operations) this.#addWrites(operation);
    for (const timeline of this.byPath.values()) this.#index(timeline);
    for (const operation of operations) this.#addObservations(operation);
    this.#addFinal(final);
  }

  /** The timelines at a path and below it. */
  below(path: string): readonly Timeline[] {
    return this.#below.get(path) ?? [];
  }

  /** Whether a watch must have seen all that happened to a path between two versions. */
  isWatched(path: string, from: number, to: number): boolean {
    return this.ranges.some(range => range.first <= from && range.last >= to && isInside(path, range.path));
  }

  report(found: Finding): void {
    this.findings.push(found);
  }

  #addWrites(operation: Operation): void {
    const writes = stepsOf(operation)
      .map((step, at) => writeOf(operation, step, at))
      .filter(write => write !== undefined);
    for (const write of writes) {
      const timeline = this.#timeline(write);
      if (operation.outcome === 'fail') timeline.failed.push(write);
      else timeline.writes.push(write);
    }
    if (operation.outcome !== 'fail' && writes.length > 0) this.writesOf.set(operation, writes);
  }

  #timeline({ path, type }: StoredWrite): Timeline {
    const isCounter = type === 'increment';
    let timeline = this.byPath.get(path);
    if (timeline && timeline.isCounter !== isCounter) throw new Error(`${path} is a counter and something else`);
    if (!timeline) {
      const lists = { writes: [], failed: [], observations: [], placed: [], unplaced: [] };
      timeline = { path, isCounter, erasures: new Map(), writers: new Map(), ...lists };
      this.byPath.set(path, timeline);
    }
    return timeline;
  }

  #index(timeline: Timeline): void {
    const segments = timeline.path.split('.');
    for (let depth = 0; depth <= segments.length; depth++) {
      const prefix = segments.slice(0, depth).join('.');
      const list = this.#below.get(prefix);
      if (list) list.push(timeline);
      else this.#below.set(prefix, [timeline]);
    }
  }

  #addObservations(operation: Operation): void {
    const { op, answer, path } = operation;
    if (op === 'watch') for (const change of operation.changes) this.#addChange(operation, change);
    if (operation.outcome !== 'ok' || !answer) return;

    if (op === 'get' || op === 'entry' || op === 'peek')
      this.#observe(operation, answer, { path, value: answer.value, kind: op === 'peek' ? 'replica' : 'strong' });
    // A deletion that found nothing wrote nothing: it is a read.
    if (op === 'delete' && answer.value === false)
      this.#observe(operation, answer, { path, value: undefined, kind: 'strong' });
  }

  #addChange(operation: Operation, change: HistoryEvent): void {
    const path = change.path ?? '';
    if (change.change === 'set' || change.change === 'initial') {
      this.#observe(operation, change, { path, value: change.value, kind: 'watch' });
    } else {
      const { version = 0 } = change;
      const timeline = this.byPath.get(path);
      const first = timeline?.erasures.get(version);
      if (!timeline)
        this.report(finding('phantom', `A watch saw ${path} deleted, which nobody wrote`, operation, change));
      else if (!first || change.time < first.event.time) timeline.erasures.set(version, { operation, event: change });
    }
  }

  #addFinal(final: FinalState): void {
    for (const path of new Set([...this.byPath.keys(), ...final.keys()])) {
      const found = final.get(path);
      const operation = finalRead(path, found?.value, found?.version);
      if (operation.answer) this.#observe(operation, operation.answer, { path, value: found?.value, kind: 'final' });
    }
  }

  /** Something was seen at a path: for every path below, what was seen there. */
  #observe(operation: Operation, event: HistoryEvent, seen: Pick<Observation, 'path' | 'value' | 'kind'>): void {
    const isWatch = seen.kind === 'watch';
    const values = new Map<string, unknown>();
    this.#spread(seen.path, seen.value, values);
    for (const timeline of this.below(seen.path)) {
      const { path } = timeline;
      const value = values.get(path);
      values.delete(path);
      // What a watch began with has the version of everything.
      const isOwn = path === seen.path && value !== undefined && event.change !== 'initial';
      const version = isOwn ? event.version : undefined;
      const from = isWatch ? event.time : operation.invoked;
      const what = { path, value, version, from, to: event.time, kind: seen.kind, write: undefined };
      timeline.observations.push({ operation, event, ...what });
    }
    for (const [path, value] of values)
      this.report(
        finding(
          'phantom',
          `${nameOf(operation)} saw ${JSON.stringify(value)} at ${path}, where nobody wrote`,
          operation,
          event,
        ),
      );
  }

  #spread(path: string, value: unknown, values: Map<string, unknown>): void {
    if (value === undefined) return;

    if (this.byPath.has(path) || typeof value !== 'object' || value === null || Array.isArray(value))
      values.set(path, value);
    else for (const [key, each] of Object.entries(value)) this.#spread(path ? `${path}.${key}` : key, each, values);
  }
}

/** What tells values apart. */
export function keyOf(value: unknown): string {
  return JSON.stringify(value);
}

/** What an operation that writes consists of; nothing for the others. */
function stepsOf({ op, invoke }: Operation): readonly TransactionStep[] {
  if (op === 'transaction') return invoke.steps ?? [];
  if (op !== 'set' && op !== 'create' && op !== 'update' && op !== 'increment' && op !== 'delete') return [];

  const type = op === 'update' ? 'set' : op;
  return [{ type, path: invoke.path ?? '', value: invoke.value, by: invoke.by, ifVersion: invoke.expected }];
}

function writeOf(operation: Operation, step: TransactionStep, at: number): StoredWrite | undefined {
  const { op, answer, outcome } = operation;
  const single = op === 'increment' || op === 'delete' ? answer?.value : answer?.version;
  const result = outcome === 'ok' ? (op === 'transaction' ? answer?.results?.[at] : single) : undefined;
  if (step.type === 'check' || (step.type === 'delete' && result === false)) return undefined;

  const isNumbered = step.type === 'set' || step.type === 'create';
  return {
    operation,
    type: op === 'update' ? 'update' : step.type,
    path: step.path,
    value: step.type === 'delete' ? undefined : step.value,
    by: step.type === 'increment' ? (step.by ?? 1) : 0,
    sum: step.type === 'increment' && typeof result === 'number' ? result : undefined,
    expected: step.type === 'create' ? 0 : step.ifVersion,
    version: isNumbered && typeof result === 'number' ? result : undefined,
    isGuess: false,
    seen: Number.POSITIVE_INFINITY,
  };
}
