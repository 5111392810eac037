import type { StorageChange, StorageWatch } from '../../lib/index.js';

/** A method of the storage, and what it is called with. */
export type Step = readonly [method: string, ...args: unknown[]];

/** A change as it is compared: its number, where it is and what is there since. */
export type Seen = readonly [version: number, path: string, value: unknown, type: StorageChange['type']];

/** What a loop over a watch has read, and what it failed with. */
export interface ReadOutcome {
  readonly seen: readonly Seen[];
  readonly version: number;
  readonly failure?: Failure | undefined;
}

/** What a watch of numbers, each one greater than the last, has read. */
export interface Digest {
  readonly count: number;
  /** How often a version did not rise, or a number was not the next one. */
  readonly faults: number;
  readonly failure?: Failure | undefined;
}

/** What is left of an error. */
export interface Failure {
  readonly code: unknown;
  readonly details: unknown;
}

/** What each step came to: its result, `null` for `undefined`, or a {@link Failure}. */
export async function outcomesOf(storage: object, steps: readonly Step[]): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (const [method, ...args] of steps) {
    try {
      outcomes.push((await Reflect.get(storage, method).apply(storage, args)) ?? null);
    } catch (error) {
      outcomes.push(failureFrom(error));
    }
  }
  return outcomes;
}

/** Reads so many changes, or up to one of this value; a failure is told, not thrown. */
export async function readSome(
  watch: StorageWatch,
  { count = Number.POSITIVE_INFINITY, until }: { readonly count?: number; readonly until?: unknown },
): Promise<ReadOutcome> {
  const seen: Seen[] = [];
  try {
    while (seen.length < count) {
      const { value: change, done } = await watch.next();
      if (done) break;

      seen.push([change.version, change.path, change.value, change.type]);
      if (until !== undefined && change.value === until) break;
    }
  } catch (error) {
    return { seen, version: watch.version, failure: failureFrom(error) };
  }
  return { seen, version: watch.version };
}

/** Reads numbers up to one of this value. */
export async function digestOf(watch: StorageWatch, until: unknown): Promise<Digest> {
  let [count, faults] = [0, 0];
  let last: { version: number; value: unknown } = { version: watch.version, value: undefined };
  try {
    for await (const { version, value } of watch) {
      count++;
      if (version <= last.version || (last.value !== undefined && value !== Number(last.value) + 1)) faults++;
      last = { version, value };
      if (value === until) break;
    }
  } catch (error) {
    return { count, faults, failure: failureFrom(error) };
  }
  return { count, faults };
}

export function failureFrom(error: unknown): Failure {
  const { code, details } = error as Failure;
  return { code, details };
}
