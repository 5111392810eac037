import { Deadline, Expiries } from './expiries.js';
import { type Marked, Marks, visitDeadlines } from './marks.js';
import { sizeOf, weightOfContainer, weightOfKey } from './size.js';
import type { StoragePath } from './storage-path.js';
import type { Expiry, Storable, StoredEntry, StoreSnapshot, Write } from './store.js';
import { Tree } from './tree.js';

/** How much more there is since something was changed. */
export interface Growth {
  readonly keys: number;
  readonly weight: number;
  /** How many levels below the root what was written is, with all in it. */
  readonly depth: number;
  /** How much of the weight is what was written. */
  readonly written: number;
}

/** One thing that was changed, and so what takes it back. */
export interface Step {
  readonly marked: Marked;
  /** What was there, down from the level of `marked`. */
  readonly previous: Storable | undefined;
  /** When it expires since then. */
  readonly deadline: Deadline | undefined;
  readonly growth: Growth;
}

/** A write that sets something. */
export type SetWrite = Extract<Write, { readonly type: 'set' }>;

/** A write that replaces everything. */
export type RestoreWrite = Extract<Write, { readonly type: 'restore' }>;

/** Something that is stored, as another store has kept it. */
export interface KeptEntry {
  readonly path: StoragePath;
  /** An object may come empty, and what is in it afterwards. */
  readonly value: Storable;
  readonly version: number;
  readonly expiresAt: number | undefined;
}

/** What a store in memory holds: data, versions and deadlines, which always agree, and how much that is. */
export class Contents {
  readonly #tree = new Tree();
  readonly #marks = new Marks();
  readonly #expiries = new Expiries();
  #keys = 0;
  #weight = weightOfContainer;

  /** Properties of all objects. */
  get keys(): number {
    return this.#keys;
  }

  /** Bytes, roughly. */
  get weight(): number {
    return this.#weight;
  }

  /** What expires next. */
  get nextDeadline(): Deadline | undefined {
    return this.#expiries.first;
  }

  /** What is there, not frozen: not to be given away or kept. */
  get({ segments }: StoragePath): Storable | undefined {
    return this.#tree.get(segments);
  }

  read({ segments }: StoragePath): Storable | undefined {
    return this.#tree.read(segments);
  }

  namesIn({ segments }: StoragePath): string[] {
    return this.#tree.keys(segments);
  }

  /** 0 for nothing. */
  versionOf({ segments }: StoragePath): number {
    return this.#tree.has(segments) ? this.#marks.version(segments) : 0;
  }

  expiryOf({ segments }: StoragePath): number | undefined {
    return this.#marks.deadline(segments)?.expiresAt;
  }

  entry(path: StoragePath): StoredEntry | undefined {
    const value = this.read(path);
    if (value === undefined) return undefined;

    return { value, version: this.#marks.version(path.segments), expiresAt: this.expiryOf(path) };
  }

  snapshot(): Pick<StoreSnapshot, 'value' | 'expiries'> {
    const expiries = Array.from(this.#expiries, ({ path, expiresAt }) => ({ path, expiresAt }));
    return { value: this.#tree.snapshot(), expiries };
  }

  /** @throws {@link StorageTypeError} with code `CLUSTER_STORAGE_TYPE`; nothing has changed then */
  set({ path, value, expiresAt, keepExpiry = false }: Omit<SetWrite, 'type'>, version: number): Step {
    const { segments } = path;
    const deadline = keepExpiry ? this.#marks.deadline(segments) : deadlineOf(path, expiresAt);
    const { level, previous } = this.#tree.set(segments, value);
    const marked = this.#marks.write(segments, level, version);

    visitDeadlines(marked.previous, each => this.#expiries.remove(each));
    if (deadline !== undefined) this.#expire(deadline);
    return this.#grown({ marked, previous, deadline, growth: growthOf(segments, level, { value, previous }) });
  }

  /** Removes what is at the path; the root gets empty. @returns `undefined` if there is nothing */
  remove({ segments }: StoragePath, version: number): Step | undefined {
    if (segments.length === 0 && this.#isBlank) return undefined;

    const previous = this.#tree.remove(segments);
    if (previous === undefined) return undefined;

    const marked = this.#marks.remove(segments, version);
    visitDeadlines(marked.previous, each => this.#expiries.remove(each));
    return this.#grown({ marked, previous, deadline: undefined, growth: shrinkageOf(segments, previous) });
  }

  /** Replaces everything; what has expired before `now` is left out. */
  restore({ path, value, expiries }: Omit<RestoreWrite, 'type'>, version: number, now: number): Step {
    const { segments } = path;
    const { previous } = this.#tree.set(segments, value);
    const marked = this.#marks.write(segments, -1, version);
    this.#expiries.clear();

    const isDue = ({ expiresAt }: Expiry) => expiresAt <= now;
    for (const each of expiries.filter(isDue)) this.#tree.remove(each.path.segments);
    for (const each of expiries) if (!isDue(each)) this.#expireIfThere(each);

    const left = this.#tree.get(segments) as Storable;
    return this.#grown({
      marked,
      previous,
      deadline: undefined,
      growth: growthOf(segments, -1, { value: left, previous }),
    });
  }

  /** Takes a step back; those after it have been taken back. */
  undo({ marked, previous, deadline, growth }: Step): void {
    const segments = marked.segments.slice(0, marked.level + 1);
    if (previous === undefined) this.#tree.remove(segments);
    else this.#tree.set(segments, previous);
    this.#marks.undo(marked);

    if (marked.level < 0) this.#expiries.clear();
    else if (deadline !== undefined) this.#expiries.remove(deadline);
    visitDeadlines(marked.previous, each => this.#expiries.add(each));
    this.#keys -= growth.keys;
    this.#weight -= growth.weight;
  }

  /** Fills it with what another store has kept; objects come before what is in them. */
  load(entries: Iterable<KeptEntry>): void {
    for (const { path, value, version, expiresAt } of entries) {
      this.#tree.set(path.segments, value);
      this.#marks.place(path.segments, version);
      if (expiresAt !== undefined) this.#expireIfThere({ path, expiresAt });
    }
    const { keys, weight } = sizeOf(this.#tree.get([]) as Storable);
    this.#keys = keys;
    this.#weight = weight;
  }

  get #isBlank(): boolean {
    return this.#keys === 0 && this.#marks.deadline([]) === undefined;
  }

  #expireIfThere({ path, expiresAt }: Expiry): void {
    const deadline = this.#tree.has(path.segments) ? deadlineOf(path, expiresAt) : undefined;
    if (deadline !== undefined) this.#expire(deadline);
  }

  #expire(deadline: Deadline): void {
    const before = this.#marks.expire(deadline.path.segments, deadline);
    if (before !== undefined) this.#expiries.remove(before);
    this.#expiries.add(deadline);
  }

  #grown(step: Step): Step {
    this.#keys += step.growth.keys;
    this.#weight += step.growth.weight;
    return step;
  }
}

function deadlineOf(path: StoragePath, expiresAt: number | undefined): Deadline | undefined {
  return expiresAt === undefined || expiresAt === Number.POSITIVE_INFINITY ? undefined : new Deadline(path, expiresAt);
}

interface Exchange {
  readonly value: Storable;
  readonly previous: Storable | undefined;
}

/** What a write adds that has made or replaced what is at a level of its path. */
function growthOf(segments: readonly string[], level: number, { value, previous }: Exchange): Growth {
  const { keys, weight, depth } = sizeOf(value);
  const growth = { keys, weight, depth: segments.length + depth, written: weight };
  if (previous !== undefined) {
    const before = sizeOf(previous);
    growth.keys -= before.keys;
    growth.weight -= before.weight;
    return growth;
  }
  for (let made = level; made < segments.length; made++) {
    growth.keys++;
    growth.weight += weightOfKey(segments[made] as string) + (made > level ? weightOfContainer : 0);
  }
  return growth;
}

function shrinkageOf(segments: readonly string[], previous: Storable): Growth {
  const { keys, weight } = sizeOf(previous);
  const name = segments.at(-1);
  if (name === undefined) return { keys: -keys, weight: weightOfContainer - weight, depth: 0, written: 0 };

  return { keys: -keys - 1, weight: -weight - weightOfKey(name), depth: 0, written: 0 };
}
