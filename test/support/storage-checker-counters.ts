import { Floor, Knowledge } from './storage-checker-floor.js';
import { type FindingKind, finding, nameOf, type Operation } from './storage-checker-operations.js';
import type { Observation, StoredWrite, Timeline, Timelines } from './storage-checker-timeline.js';

/** Whether counters that only rise count everything once: their sums are the order of what happened to them. */
export function checkCounters(timelines: Timelines): void {
  for (const timeline of timelines.byPath.values()) if (timeline.isCounter) new CounterCheck(timelines, timeline).run();
}

class CounterCheck {
  readonly #timelines: Timelines;
  readonly #counter: Timeline;
  /** Acknowledged increments, by their sum. */
  readonly #acknowledged: readonly StoredWrite[];
  /** Sums. */
  readonly #known = new Knowledge();
  /** How much was added for certain before a time, and at most until then. */
  readonly #least: Totals;
  readonly #most: Totals;

  constructor(timelines: Timelines, counter: Timeline) {
    this.#timelines = timelines;
    this.#counter = counter;
    const acknowledged = counter.writes.filter(({ sum }) => sum !== undefined);
    this.#acknowledged = acknowledged.sort((one, other) => (one.sum ?? 0) - (other.sum ?? 0));
    this.#least = new Totals(acknowledged.map(({ operation, by }) => [operation.settled, by]));
    this.#most = new Totals(counter.writes.map(({ operation, by }) => [operation.invoked, by]));
    for (const { operation, sum = 0 } of acknowledged) this.#known.add(operation, operation.settled, sum);
    for (const { operation, to, value } of counter.observations)
      if (sumOf(value) <= this.#most.before(to)) this.#known.add(operation, to, sumOf(value));
  }

  run(): void {
    this.#checkSums();
    for (const seen of this.#counter.observations) this.#checkRead(seen);
    this.#checkVersions();
    this.#checkWatches();
  }

  /** Each increment has a part of the sum of its own, and that not before it began. */
  #checkSums(): void {
    let last: StoredWrite | undefined;
    for (const write of this.#acknowledged) {
      const { operation, sum = 0, by } = write;
      const base = sum - by;
      const floor = this.#known.common.before(operation.invoked);
      const least = this.#least.before(operation.invoked);
      if (last && base < (last.sum ?? 0))
        this.#broken(`made ${sum} of ${base}, as others did`, last.operation, operation);
      else if (floor.source && base < floor.version)
        this.#broken(`made ${sum} after ${floor.version}`, floor.source, operation);
      else if (base < least) this.#broken(`made ${sum} when there were at least ${least}`, operation);
      else if (sum > this.#most.before(operation.settled)) this.#broken(`made ${sum}, more than was added`, operation);
      last = write;
    }
  }

  #broken(what: string, ...about: readonly [Operation, ...Operation[]]): void {
    const message = `${nameOf(about.at(-1) ?? about[0])} ${what} at ${this.#counter.path}`;
    this.#timelines.report(finding('brokenCounter', message, ...about));
  }

  #checkRead(seen: Observation): void {
    const { operation, kind, event, to, from } = seen;
    const sum = sumOf(seen.value);
    const isFinal = kind === 'final';
    const what = `${nameOf(operation)} saw ${JSON.stringify(seen.value) ?? 'nothing'} at ${this.#counter.path}`;
    const most = this.#most.before(to);
    if (sum > most || Number.isNaN(sum)) {
      const why = `${what}, but at most ${most} had been added`;
      this.#timelines.report(finding(isFinal ? 'brokenCounter' : 'phantom', why, operation, event));
      return;
    }
    if (kind === 'watch') return;

    const known = kind === 'replica' ? this.#known.of(operation.process) : this.#known.common;
    const floor = known.before(from);
    const least = kind === 'replica' ? 0 : this.#least.before(from);
    if (sum >= floor.version && sum >= least) return;

    const name: FindingKind = isFinal ? 'brokenCounter' : kind === 'replica' ? 'readBackwards' : 'staleGet';
    const why = sum < floor.version ? `after ${floor.version}` : `but at least ${least} had been added`;
    this.#timelines.report(finding(name, `${what}, ${why}`, ...[operation, event, floor.source ?? []].flat()));
  }

  /** Greater sums have greater versions. */
  #checkVersions(): void {
    const numbered = this.#counter.observations.filter(({ version }) => version !== undefined);
    numbered.sort((one, other) => (one.version ?? 0) - (other.version ?? 0));
    for (const [at, seen] of numbered.entries()) {
      const last = numbered[at - 1];
      if (!last) continue;

      const isSame = last.version === seen.version;
      const [sum, base] = [sumOf(seen.value), sumOf(last.value)];
      if (isSame ? sum === base : sum > base) continue;

      const message = `${this.#counter.path} was ${base} as ${last.version} and ${sum} as ${seen.version}`;
      const kind = isSame ? 'duplicateVersion' : 'versionOrder';
      this.#timelines.report(finding(kind, message, last.operation, last.event, seen.operation, seen.event));
    }
  }

  /** Acknowledged sums whose version nobody knows, between the first and the last that a watch saw. */
  #checkWatches(): void {
    const numbered = new Set(
      this.#counter.observations.flatMap(({ value, version }) => (version === undefined ? [] : sumOf(value))),
    );
    const nameless = this.#acknowledged.filter(({ sum = 0 }) => !numbered.has(sum));
    const watches = new Map<Operation, number[]>();
    for (const { operation, kind, value } of this.#counter.observations)
      if (kind === 'watch') watches.set(operation, [...(watches.get(operation) ?? []), sumOf(value)]);
    for (const [watch, sums] of watches) {
      const [first, last] = [Math.min(...sums), Math.max(...sums)];
      for (const { sum = 0, operation } of nameless) {
        if (sum <= first || sum >= last) continue;

        const message = `${nameOf(watch)} missed ${sum} at ${this.#counter.path}`;
        this.#timelines.report(finding('watchGap', message, watch, operation));
      }
    }
  }
}

/** Nothing counts as 0. */
function sumOf(value: unknown): number {
  return value === undefined ? 0 : typeof value === 'number' ? value : Number.NaN;
}

/** How much of something there was before a time. */
class Totals {
  readonly #floor = new Floor();

  constructor(parts: (readonly [time: number, amount: number])[]) {
    let total = 0;
    for (const [time, amount] of parts.sort(([one], [other]) => one - other)) {
      total += amount;
      this.#floor.add({ time, version: total, source: undefined });
    }
  }

  before(time: number): number {
    return Math.max(0, this.#floor.before(time).version);
  }
}
