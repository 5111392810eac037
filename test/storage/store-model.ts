import { sizeOf } from '../../lib/storage/size.js';
import { textOf } from '../../lib/storage/storage-path.js';
import type { Storable, StoredChange, StoreLimits, StoreSnapshot, Write } from '../../lib/storage/store.js';

type Plain = { [key: string]: Storable };

interface Deadline {
  readonly segments: readonly string[];
  readonly expiresAt: number;
  /** Breaks ties. */
  readonly turn: number;
}

/** What a write did: everything of a change but its weight. */
export type ModelChange = Omit<StoredChange, 'weight' | 'path'> & { readonly path: string };

/** Everything that a store could be asked. */
export interface Picture {
  readonly version: number;
  readonly value: Storable;
  /** Of every path at which there is something. */
  readonly versions: Readonly<Record<string, number>>;
  readonly expiries: Readonly<Record<string, number>>;
  readonly keys: number;
}

class Refused extends Error {}

/** A store as one would write it in an hour: it copies everything, and remembers the version of each single path. */
export class StoreModel {
  changes: ModelChange[] = [];
  #version = 0;
  #data: Plain = {};
  #versions = new Map<string, number>([['', 0]]);
  #deadlines = new Map<string, Deadline>();
  #turns = 0;
  readonly #limits: Pick<StoreLimits, 'maxKeys' | 'maxBytes'>;

  constructor(limits: Pick<StoreLimits, 'maxKeys' | 'maxBytes'>) {
    this.#limits = limits;
  }

  /** What the writes return, or `undefined` if they are refused. */
  commit(writes: readonly Write[], now: number): readonly (number | boolean)[] | undefined {
    this.expire(now);
    const before = this.#state();
    try {
      const results = writes.map(write => this.#apply(write, now));
      this.#checkLimits(before.data);
      if (writes.length === 0) this.#version++;
      return results;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.changes = before.changes;
      this.#version = before.version;
      this.#data = before.data;
      this.#versions = before.versions;
      this.#deadlines = before.deadlines;
      return undefined;
    }
  }

  expire(now: number): void {
    for (;;) {
      const due = [...this.#deadlines.values()].filter(({ expiresAt }) => expiresAt <= now);
      const [first] = due.sort((one, other) => one.expiresAt - other.expiresAt || one.turn - other.turn);
      if (first === undefined) return;

      this.#remove(first.segments, 'expire');
    }
  }

  picture(): Picture {
    return {
      version: this.#version,
      value: structuredClone(this.#data),
      versions: Object.fromEntries([...this.#versions].sort()),
      expiries: Object.fromEntries([...this.#deadlines].map(([text, { expiresAt }]) => [text, expiresAt]).sort()),
      keys: countKeys(this.#data),
    };
  }

  #state() {
    return {
      changes: [...this.changes],
      version: this.#version,
      data: structuredClone(this.#data),
      versions: new Map(this.#versions),
      deadlines: new Map(this.#deadlines),
    };
  }

  #checkLimits(before: Plain): void {
    const { maxKeys, maxBytes } = this.#limits;
    const [was, is] = [sizeOf(before), sizeOf(this.#data)];
    if (is.keys > maxKeys && is.keys > was.keys) throw new Refused();
    if (is.weight > maxBytes && is.weight > was.weight) throw new Refused();
  }

  #deadline(segments: readonly string[], expiresAt: number | undefined): Deadline | undefined {
    return expiresAt === undefined ? undefined : { segments, expiresAt, turn: this.#turns++ };
  }

  #apply(write: Write, now: number): number | boolean {
    const { segments, text } = write.path;
    const version = this.#versions.get(text) ?? 0;
    if (write.type === 'restore') return this.#restore(write, now);
    if (write.ifVersion !== undefined && write.ifVersion !== version) throw new Refused();
    if (write.type === 'check') return version;
    if (write.type === 'delete') return this.#remove(segments, 'delete');
    if (write.type === 'increment') return this.#increment(segments, write.by);

    const deadline = write.keepExpiry ? this.#deadlines.get(text) : this.#deadline(segments, write.expiresAt);
    return this.#set(segments, write.value, deadline);
  }

  #increment(segments: readonly string[], by: number): number {
    const before = this.#at(segments) ?? 0;
    if (this.#at(segments) === null || typeof before !== 'number' || !Number.isFinite(before + by)) throw new Refused();

    this.#set(segments, before + by, this.#deadlines.get(textOf(segments)));
    return before + by;
  }

  #set(segments: readonly string[], value: Storable, deadline: Deadline | undefined): number {
    if (segments.length === 0 && !isObject(value)) throw new Refused();
    for (let level = 0; level < segments.length; level++) {
      const above = this.#at(segments.slice(0, level));
      if (above !== undefined && !isObject(above)) throw new Refused();
    }
    const made = segments.filter((_, level) => level > 0 && this.#at(segments.slice(0, level)) === undefined).length;
    this.#forget(segments);
    this.#version++;
    this.#data = withValue(this.#data, segments, structuredClone(value)) as Plain;
    for (let level = 0; level < segments.length; level++)
      this.#versions.set(textOf(segments.slice(0, level)), this.#version);
    for (const path of pathsIn(value, segments)) this.#versions.set(textOf(path), this.#version);
    if (deadline !== undefined) this.#deadlines.set(textOf(segments), deadline);
    this.#tell('set', segments, { expiresAt: deadline?.expiresAt, ...(made > 0 && { made }) });
    return this.#version;
  }

  #remove(segments: readonly string[], type: 'delete' | 'expire'): boolean {
    if (this.#at(segments) === undefined) return false;
    const blank = segments.length === 0 && Object.keys(this.#data).length === 0;
    if (blank && !this.#deadlines.has('')) return false;

    this.#forget(segments);
    this.#version++;
    this.#data = without(this.#data, segments);
    for (let level = 0; level <= Math.max(0, segments.length - 1); level++)
      this.#versions.set(textOf(segments.slice(0, level)), this.#version);
    this.#tell(type, segments, { expiresAt: undefined });
    return true;
  }

  #restore({ value, expiries }: Extract<Write, { readonly type: 'restore' }>, now: number): number {
    let left: Storable = value;
    for (const { path, expiresAt } of expiries) {
      if (expiresAt <= now && at(left, path.segments) !== undefined) left = without(left, path.segments);
    }
    this.#set([], left, undefined);
    for (const { path, expiresAt } of expiries) {
      const deadline = this.#deadline(path.segments, expiresAt);
      if (deadline && expiresAt > now && this.#at(path.segments) !== undefined)
        this.#deadlines.set(path.text, deadline);
    }
    return this.#version;
  }

  #tell(type: StoredChange['type'], segments: readonly string[], rest: Pick<StoredChange, 'expiresAt' | 'made'>): void {
    const value = type === 'set' ? structuredClone(this.#at(segments)) : undefined;
    this.changes.push({ version: this.#version, type, path: textOf(segments), value, ...rest });
  }

  /** Everything at a path or below is to be replaced. */
  #forget(segments: readonly string[]): void {
    for (const path of pathsIn(this.#at(segments) ?? null, segments)) {
      this.#versions.delete(textOf(path));
      this.#deadlines.delete(textOf(path));
    }
  }

  #at(segments: readonly string[]): Storable | undefined {
    return at(this.#data, segments);
  }
}

function at(data: Storable, segments: readonly string[]): Storable | undefined {
  let value: Storable | undefined = data;
  for (const segment of segments) value = isObject(value) ? new Map(Object.entries(value)).get(segment) : undefined;
  return value;
}

function isObject(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy in which something else is at the path. */
function withValue(base: Storable | undefined, segments: readonly string[], value: Storable): Storable {
  const [first, ...rest] = segments;
  if (first === undefined) return value;

  const members = new Map(isObject(base) ? Object.entries(base) : []);
  return Object.fromEntries(members.set(first, withValue(members.get(first), rest, value)));
}

/** A copy in which there is nothing at the path, where there is something now. */
function without(base: Storable | undefined, segments: readonly string[]): Plain {
  const [first, ...rest] = segments;
  if (first === undefined) return {};

  const members = new Map(isObject(base) ? Object.entries(base) : []);
  if (rest.length === 0) members.delete(first);
  else members.set(first, without(members.get(first), rest));
  return Object.fromEntries(members);
}

/** All paths of a value and of what is in its objects. */
function* pathsIn(value: Storable, at: readonly string[]): Iterable<readonly string[]> {
  yield at;
  if (isObject(value)) for (const [key, each] of Object.entries(value)) yield* pathsIn(each, [...at, key]);
}

/** Whether some of it expires at the same time. */
export function hasTies({ expiries }: Picture): boolean {
  const times = Object.values(expiries);
  return new Set(times).size < times.length;
}

/** Properties of all objects. */
export function countKeys(value: Storable): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, each) => sum + countKeys(each), own);
}

/** What a snapshot and the versions of all its paths say, in the words of the model. */
export function pictureOf(
  { version, value, expiries }: StoreSnapshot,
  versionOf: (path: readonly string[]) => number,
): Picture {
  const versions = [...pathsIn(value, [])].map(path => [textOf(path), versionOf(path)] as const);
  return {
    version,
    value,
    versions: Object.fromEntries(versions.sort()),
    expiries: Object.fromEntries(expiries.map(({ path, expiresAt }) => [path.text, expiresAt] as const).sort()),
    keys: countKeys(value),
  };
}
