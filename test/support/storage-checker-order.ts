import type { HistoryEvent } from './history.js';
import { Floor, Knowledge, type Mark } from './storage-checker-floor.js';
import { type FindingKind, finding, nameOf, type Operation } from './storage-checker-operations.js';
import { after, doneAt, maybeDeleted } from './storage-checker-placing.js';
import type { Observation, StoredWrite, Timeline, Timelines } from './storage-checker-timeline.js';

/** Whether what everybody saw agrees with one order of all writes, and that order with the time. */
export class OrderCheck {
  readonly #timelines: Timelines;
  readonly #known = new Knowledge();
  /** Versions and times negated: the least version that was not asked for until a time. */
  readonly #future = new Floor();
  readonly #lost = new Set<StoredWrite>();

  constructor(timelines: Timelines) {
    this.#timelines = timelines;
    for (const timeline of timelines.byPath.values()) this.#learn(timeline);
    for (const operation of timelines.operations) this.#learnVersions(operation);
  }

  run(): void {
    for (const timeline of this.#timelines.byPath.values()) {
      if (timeline.isCounter) continue;

      for (const write of timeline.placed) this.#checkWrite(write);
      for (const seen of timeline.observations) this.#checkRead(timeline, seen);
      this.#checkUnplaced(timeline);
    }
  }

  /** An acknowledged write that is gone: with half of its transaction, if the other half is there. */
  reportLost(write: StoredWrite, ...witnesses: readonly (Operation | HistoryEvent)[]): void {
    if (this.#lost.has(write)) return;

    this.#lost.add(write);
    const { operation, path } = write;
    const others = this.#timelines.writesOf.get(operation) ?? [];
    const isHalf = others.some(other => other !== write && Number.isFinite(other.seen));
    const kind = isHalf ? 'halfTransaction' : 'lostWrite';
    const message = isHalf ? `${nameOf(operation)} wrote not all` : `${nameOf(operation)} was lost`;
    this.#timelines.report(
      finding(kind, `${message}: ${path} ${JSON.stringify(write.value)}`, operation, ...witnesses),
    );
  }

  #learn({ placed, observations }: Timeline): void {
    for (const { operation, version, isGuess } of placed) {
      if (version === undefined || isGuess) continue;

      this.#future.add({ time: -operation.invoked, version: -version, source: operation });
      if (operation.outcome === 'ok') this.#known.add(operation, operation.settled, version);
    }
    for (const { operation, to, write, kind } of observations)
      if (write?.version !== undefined && kind !== 'final') this.#known.add(operation, to, write.version);
  }

  /** What an entry or a change says of a version was true, whatever it was the version of. */
  #learnVersions(operation: Operation): void {
    const { op, answer, changes } = operation;
    for (const { version, time } of op === 'entry' && answer ? [answer] : changes)
      if (version !== undefined) this.#known.add(operation, time, version);
  }

  #checkWrite({ operation, version = 0, path, isGuess }: StoredWrite): void {
    const floor = this.#known.common.before(operation.invoked);
    if (isGuess || floor.version <= version || !floor.source) return;

    const message = `${nameOf(operation)} wrote ${path} as ${version}, after ${nameOf(floor.source)} knew ${floor.version}`;
    this.#timelines.report(finding('versionOrder', message, operation, floor.source));
  }

  #checkRead(register: Timeline, seen: Observation): void {
    if (seen.kind === 'watch') return;

    const known = seen.kind === 'replica' ? this.#known.of(seen.operation.process) : this.#known.common;
    const floor = known.before(seen.from);
    const missed =
      seen.value === undefined ? this.#missedByNothing(register, seen, floor) : missedByValue(register, seen, floor);
    if (missed) this.#reportStale(seen, missed, floor);
  }

  #missedByNothing(register: Timeline, seen: Observation, floor: Mark): StoredWrite | undefined {
    const end = -this.#future.before(-seen.to).version;
    const { placed } = register;
    const isNothing = (begin: number, next: StoredWrite | undefined) =>
      begin < end && (next?.version ?? Number.POSITIVE_INFINITY) > floor.version;
    if (isNothing(0, placed[0])) return undefined;
    if (placed.some(({ type, version = 0 }, at) => type === 'delete' && isNothing(version, placed[at + 1])))
      return undefined;

    const missed = placed.findLast(({ type, version = 0 }) => type !== 'delete' && version <= floor.version);
    return missed && !maybeDeleted(this.#timelines, missed, { until: seen.to, below: end }) ? missed : undefined;
  }

  #reportStale(seen: Observation, missed: StoredWrite, floor?: Mark): void {
    const { operation, kind, event } = seen;
    if (kind === 'final' && missed.type !== 'delete') {
      this.reportLost(missed, operation);
      return;
    }
    const names: Record<Observation['kind'], FindingKind> = {
      strong: 'staleGet',
      replica: 'readBackwards',
      final: 'lostWrite',
      watch: 'watchOrder',
    };
    const found = JSON.stringify(seen.value) ?? 'nothing';
    const since = floor?.source ? `, though ${nameOf(floor.source)} knew ${floor.version}` : '';
    const message = `${nameOf(operation)} saw ${found} at ${seen.path} and not ${nameOf(missed.operation)}${since}`;
    const about = [operation, event, missed.operation, floor?.source ?? []].flat();
    this.#timelines.report(finding(names[kind], message, ...about));
  }

  /** Whether a watch must have seen a write, whichever version it has, and did not. */
  #isOverdue({ path, erasures }: Timeline, { operation, type }: StoredWrite): boolean {
    const from = this.#known.common.before(operation.invoked).version;
    const to = -this.#future.before(-operation.settled).version;
    if (!this.#timelines.isWatched(path, from, to)) return false;

    return type !== 'delete' || ![...erasures.keys()].some(version => version > from && version < to);
  }

  /** Acknowledged writes whose version nobody saw: whatever was done before them must not be seen after them. */
  #checkUnplaced(register: Timeline): void {
    const barriers = new Floor();
    const byTime = new Map<number, StoredWrite>();
    for (const write of register.unplaced) {
      const { outcome, settled, invoked } = write.operation;
      if (outcome !== 'ok' || write.seen < Number.POSITIVE_INFINITY) continue;

      if (this.#isOverdue(register, write)) this.reportLost(write);
      byTime.set(invoked, write);
      barriers.add({ time: settled, version: invoked, source: write.operation });
    }
    if (byTime.size === 0) return;

    for (const seen of register.observations) {
      if (seen.kind === 'watch' || seen.kind === 'replica') continue;

      const missed = byTime.get(barriers.before(seen.from).version);
      if (missed && isOlder(register, seen, missed)) this.#reportStale(seen, missed);
    }
  }
}

function missedByValue(register: Timeline, { write }: Observation, floor: Mark): StoredWrite | undefined {
  if (write?.version === undefined) return undefined;

  const next = after(register, write.version);
  return (next?.version ?? Number.POSITIVE_INFINITY) <= floor.version ? next : undefined;
}

/** Whether what was seen was there before a write began; nothing was, if nobody ever deleted. */
function isOlder(register: Timeline, { write, value }: Observation, missed: StoredWrite): boolean {
  if (value !== undefined) return write !== undefined && doneAt(write) < missed.operation.invoked;

  return missed.type !== 'delete' && !register.writes.some(({ type }) => type === 'delete');
}
