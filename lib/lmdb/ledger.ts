import type { Storable, StoredChange } from '../storage/store.js';
import { addToSum, childKey, encodeRecord, type Head, rootKey, type Step, type StoredRecord } from './record.js';

/** An object whose properties are records of their own. */
interface Branch {
  version: number;
  expiresAt: number | undefined;
  readonly children: Map<string, Mark>;
}

/** What is known of a record: of a value its version only, since there may be many. */
type Mark = number | Branch;

/** A value that takes the place of what is at a key. */
interface Replacement {
  readonly value: Storable;
  readonly version: number;
  readonly expiresAt: number | undefined;
}

/**
 * Objects with longer keys are kept as one value. No path leads into them, since one has at most 1,024 bytes; and with the
 * longest name behind it a key has no more bytes than lmdb takes.
 */
const longestBranchKey = 1_100;

/**
 * Which records there are, and so which ones a change makes, replaces and removes.
 *
 * An object has a record without its properties, so that a write touches what it is about, and not all that is around it. The
 * version of an object is the greatest at and below it: its record has to be written anew only when something below is gone.
 */
export class Ledger {
  #root: Branch = { version: 0, expiresAt: undefined, children: new Map() };
  #records = 1;
  #sum = 0;
  #steps: Step[] = [];

  /** A ledger of records that are there already, parents first; `undefined` if a parent is missing. */
  static from(records: Iterable<StoredRecord>): Ledger | undefined {
    const ledger = new Ledger();
    ledger.#records = 0;
    for (const record of records) if (!ledger.#enter(record)) return undefined;
    return ledger;
  }

  /** What the records amount to, for the {@link Head}. */
  get total(): Omit<Head, 'version'> {
    return { records: this.#records, sum: this.#sum };
  }

  /** The steps since the last call. */
  takeSteps(): readonly Step[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  /** Enters what has changed. */
  apply(change: StoredChange): void {
    const { segments } = change.path;
    const name = segments.at(-1);
    if (name === undefined) {
      this.#root = this.#replace(rootKey, this.#root, { ...change, value: change.value ?? {} }) as Branch;
      return;
    }
    const { branch, key } = this.#parentOf(segments, change.version);
    const own = childKey(key, name);
    const before = branch.children.get(name);
    if (change.value !== undefined) {
      branch.children.set(name, this.#replace(own, before, change as Replacement));
    } else if (before !== undefined) {
      this.#removeAll(own, before);
      branch.children.delete(name);
      this.#renew(key, branch, change.version);
    }
  }

  /** Enters when something expires that is there already. */
  setExpiry(segments: readonly string[], value: Storable, expiresAt: number): void {
    const name = segments.at(-1);
    const { branch, key } = this.#parentOf(segments, 0);
    const mark = name === undefined ? this.#root : branch.children.get(name);
    if (mark === undefined) return;

    const own = name === undefined ? rootKey : childKey(key, name);
    if (typeof mark === 'object') mark.expiresAt = expiresAt;
    const version = typeof mark === 'object' ? mark.version : mark;
    this.#put(own, encodeRecord(own, typeof mark === 'object' ? undefined : value, { version, expiresAt }));
  }

  /** The object that the last segment is a name in, which is made if it is missing. */
  #parentOf(segments: readonly string[], version: number): { readonly branch: Branch; readonly key: Buffer } {
    let branch = this.#root;
    let key = rootKey;
    for (let index = 0; index < segments.length - 1; index++) {
      const name = segments[index] as string;
      key = childKey(key, name);
      let next = branch.children.get(name);
      if (typeof next !== 'object') {
        next = this.#replace(key, next, { value: {}, version, expiresAt: undefined }) as Branch;
        branch.children.set(name, next);
      }
      branch = next;
    }
    return { branch, key };
  }

  #replace(key: Buffer, before: Mark | undefined, replacement: Replacement): Mark {
    const { value, version } = replacement;
    this.#count(before, version);
    if (!isObject(value) || key.length > longestBranchKey) {
      this.#put(key, encodeRecord(key, value, replacement));
      if (typeof before === 'object') this.#removeBelow(key, before);
      return version;
    }
    this.#put(key, encodeRecord(key, undefined, replacement));
    const children = new Map<string, Mark>();
    const old = typeof before === 'object' ? before.children : undefined;
    for (const name of Object.keys(value)) {
      const below = { value: value[name] as Storable, version, expiresAt: undefined };
      children.set(name, this.#replace(childKey(key, name), old?.get(name), below));
    }
    for (const [name, mark] of old ?? []) if (!children.has(name)) this.#removeAll(childKey(key, name), mark);
    return { version, expiresAt: replacement.expiresAt, children };
  }

  /** Writes the record of an object again, from which something was removed. */
  #renew(key: Buffer, branch: Branch, version: number): void {
    this.#count(branch, version);
    branch.version = version;
    this.#put(key, encodeRecord(key, undefined, branch));
  }

  #removeAll(key: Buffer, mark: Mark): void {
    this.#records--;
    this.#add(-versionOf(mark));
    this.#steps.push({ key, bytes: undefined });
    if (typeof mark === 'object') this.#removeBelow(key, mark);
  }

  #removeBelow(key: Buffer, { children }: Branch): void {
    for (const [name, mark] of children) this.#removeAll(childKey(key, name), mark);
  }

  #put(key: Buffer, bytes: Buffer): void {
    this.#steps.push({ key, bytes });
  }

  /** A record of this version takes the place of one that may have been there. */
  #count(before: Mark | undefined, version: number): void {
    if (before === undefined) this.#records++;
    this.#add(version - (before === undefined ? 0 : versionOf(before)));
  }

  #add(difference: number): void {
    this.#sum = addToSum(this.#sum, difference);
  }

  /** Takes over a record that exists. @returns false if what it should be in does not */
  #enter({ segments, value, version, expiresAt }: StoredRecord): boolean {
    const mark = value === undefined ? { version, expiresAt, children: new Map<string, Mark>() } : version;
    const name = segments.at(-1);
    if (name === undefined) {
      if (typeof mark !== 'object') return false;

      this.#count(undefined, version);
      this.#root = mark;
      return true;
    }
    let branch: Mark | undefined = this.#root;
    for (let index = 0; index < segments.length - 1 && typeof branch === 'object'; index++) {
      branch = branch.children.get(segments[index] as string);
    }
    if (typeof branch !== 'object') return false;

    this.#count(undefined, version);
    branch.children.set(name, mark);
    return true;
  }
}

function versionOf(mark: Mark): number {
  return typeof mark === 'object' ? mark.version : mark;
}

function isObject(value: Storable): value is { readonly [key: string]: Storable } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
