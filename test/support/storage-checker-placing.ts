import { finding, nameOf, type Operation } from './storage-checker-operations.js';
import {
  type Erasure,
  keyOf,
  type Observation,
  type StoredWrite,
  type Timeline,
  type Timelines,
} from './storage-checker-timeline.js';

/** Much less than the distance of two writes, and more than there are steps in a transaction. */
const epsilon = 1e-4;

/** Finds out whose values were seen, and which version every write has: the order that the store gave them. */
export function placeWrites(timelines: Timelines): void {
  const registers = [...timelines.byPath.values()].filter(({ isCounter }) => !isCounter);
  for (const register of registers) attribute(register, timelines);
  for (const writes of timelines.writesOf.values()) inferSteps(writes);
  for (const register of registers) {
    sortOut(register);
    new Deletions(register).place(timelines);
    sortOut(register);
  }
  findDoubles(timelines);
}

/** When a write had certainly taken effect. */
export function doneAt({ operation, seen }: StoredWrite): number {
  return operation.outcome === 'ok' ? Math.min(operation.settled, seen) : seen;
}

function sortOut(register: Timeline): void {
  register.placed = register.writes.filter(({ version }) => version !== undefined).sort(byVersion);
  register.unplaced = register.writes.filter(({ version }) => version === undefined);
}

function byVersion(one: StoredWrite, other: StoredWrite): number {
  return (one.version ?? 0) - (other.version ?? 0);
}

/** Every value has one writer. */
function attribute(register: Timeline, timelines: Timelines): void {
  const { writers } = register;
  const failed = new Map(register.failed.map(write => [keyOf(write.value), write]));
  for (const write of register.writes) {
    if (write.value === undefined) continue;

    const key = keyOf(write.value);
    if (writers.has(key) || failed.has(key)) throw new Error(`${key} was written to ${register.path} more than once`);
    writers.set(key, write);
  }
  for (const seen of register.observations) {
    if (seen.value === undefined) continue;

    const key = keyOf(seen.value);
    const complaint = claim(seen, writers.get(key));
    const culprit = failed.get(key);
    const operations = [(seen.write ?? culprit)?.operation ?? [], seen.operation].flat();
    const why = !seen.write && culprit ? `which ${nameOf(culprit.operation)} failed to write` : complaint;
    if (why) timelines.report(finding('phantom', `${describe(seen)}, ${why}`, ...operations, seen.event));
  }
}

/** Notes that a write was seen. @returns what is wrong with that */
function claim(seen: Observation, write: StoredWrite | undefined): string | undefined {
  if (!write) return 'which nobody wrote';
  seen.write = write;
  if (write.operation.invoked > seen.to) return `before ${nameOf(write.operation)} wrote it`;

  write.seen = Math.min(write.seen, seen.to);
  if (seen.version === undefined) return undefined;

  write.version ??= seen.version;
  return write.version === seen.version ? undefined : `version ${seen.version}, but it was written as ${write.version}`;
}

function describe({ operation, path, value }: Observation): string {
  return `${nameOf(operation)} saw ${keyOf(value)} at ${path}`;
}

/** If one write of a transaction took place, so did the others, right beside it; deletions may have found nothing. */
function inferSteps(writes: readonly StoredWrite[]): void {
  const known = writes.findIndex(({ version }) => version !== undefined);
  const start = writes[known]?.version;
  if (writes.length < 2 || start === undefined) return;

  writes.forEach((write, at) => {
    if (write.type !== 'delete' && write.type !== 'increment') write.version ??= start + (at - known) * epsilon;
  });
}

/** Two writes never have the same version. */
function findDoubles(timelines: Timelines): void {
  const owners = new Map<number, StoredWrite>();
  for (const { placed } of timelines.byPath.values()) {
    for (const write of placed) {
      const owner = owners.get(write.version ?? 0);
      if (owner) {
        const both = `${nameOf(owner.operation)} and ${nameOf(write.operation)}`;
        timelines.report(
          finding('duplicateVersion', `${both} have version ${write.version}`, owner.operation, write.operation),
        );
      }
      owners.set(write.version ?? 0, write);
    }
  }
}

/** A deletion that a watch saw, and when it took place: at some time between. */
interface Span {
  readonly version: number;
  readonly after: number;
  readonly before: number;
}

/** A deletion that somebody asked for, and the first and last of the erasures that it may be. */
interface Candidate {
  readonly write: StoredWrite;
  readonly first: number;
  readonly last: number;
}

/**
 * Deletions leave no value behind that tells whose they are. Each erasure is given to one that may have done it, those
 * first that could do few others; unanswered ones come last, as they may have done nothing.
 */
class Deletions {
  readonly #register: Timeline;
  readonly #erasures: readonly Span[];

  constructor(register: Timeline) {
    this.#register = register;
    this.#erasures = this.#windows();
  }

  place(timelines: Timelines): void {
    const deletions = this.#register.writes.filter(({ type }) => type === 'delete');
    let waiting = deletions.map(write => this.#candidate(write)).filter(({ first, last }) => first <= last);
    waiting.sort((one, other) => one.last - other.last || settled(one) - settled(other));
    this.#erasures.forEach(({ version }, at) => {
      const chosen = waiting.find(({ first, last }) => first <= at && at <= last);
      const seen = this.#register.erasures.get(version);
      if (chosen) assign(chosen, version, seen);
      else if (seen)
        timelines.report(finding('phantom', `Nobody deleted ${this.#register.path}`, seen.operation, seen.event));
      waiting = waiting.filter(each => each !== chosen);
    });
  }

  /** Between the beginnings of all writes before and the ends of all writes after. */
  #windows(): Span[] {
    const { placed, erasures } = this.#register;
    const windows: Span[] = [];
    const versions = [...erasures.keys()].sort((one, other) => one - other);
    let at = 0;
    let after = 0;
    for (const version of versions) {
      for (let write = placed[at]; write && (write.version ?? 0) < version; write = placed[++at])
        after = Math.max(after, write.operation.invoked);
      windows.push({ version, after, before: erasures.get(version)?.event.time ?? Number.POSITIVE_INFINITY });
    }
    let before = Number.POSITIVE_INFINITY;
    at = placed.length - 1;
    return windows
      .reverse()
      .map(window => {
        for (let write = placed[at]; write && (write.version ?? 0) > window.version; write = placed[--at])
          before = Math.min(before, doneAt(write));
        before = Math.min(before, window.before);
        return { ...window, before };
      })
      .reverse();
  }

  #candidate(write: StoredWrite): Candidate {
    const { invoked, settled: end } = write.operation;
    const { expected } = write;
    if (expected !== undefined) {
      const only = this.#erasures.findIndex(({ version }) => version > expected);
      return { write, first: only < 0 ? 0 : only, last: only };
    }
    const first = this.#erasures.findIndex(({ before }) => before >= invoked);
    const last = this.#erasures.findLastIndex(({ after }) => after <= end);
    return { write, first: first < 0 ? this.#erasures.length : first, last };
  }
}

function assign({ write }: Candidate, version: number, seen: Erasure | undefined): void {
  write.version = version;
  write.isGuess = write.expected === undefined || write.operation.outcome !== 'ok';
  write.seen = seen?.event.time ?? write.seen;
}

function settled({ write }: Candidate): number {
  return Math.min(write.operation.settled, Number.MAX_SAFE_INTEGER);
}

/** The operation that wrote last before a version, and what it wrote. */
export function before(register: Timeline, version: number): StoredWrite | undefined {
  return register.placed[countBelow(register, version) - 1];
}

/** The first write after a version. */
export function after(register: Timeline, version: number): StoredWrite | undefined {
  const at = countBelow(register, version);
  return register.placed[at]?.version === version ? register.placed[at + 1] : register.placed[at];
}

function countBelow({ placed }: Timeline, version: number): number {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle]?.version ?? 0) < version) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A time and a version before which something may have been deleted. */
export interface Limit {
  readonly until: number;
  readonly below: number;
}

/** Whether what was written may have been deleted before a time and a version, by a deletion that no watch saw. */
export function maybeDeleted(timelines: Timelines, write: StoredWrite, { until, below }: Limit): boolean {
  const { version = 0, operation, path } = write;
  const register = timelines.byPath.get(path);
  if (!register || timelines.isWatched(path, version, Math.min(below, after(register, version)?.version ?? below)))
    return false;

  const isPossible = (each: Operation) => each.settled >= operation.invoked && each.invoked <= until;
  return register.writes.some(each => each.type === 'delete' && isPossible(each.operation));
}
