import { StorageTypeError } from '../errors/storage-errors.js';
import { deepFreeze } from '../util/deep-freeze.js';
import { isSubtree } from './narrow.js';
import { textOf } from './storage-path.js';
import type { Storable } from './store.js';

/** An object in a tree. Not frozen as long as nobody has read it. */
type Branch = Record<string, Storable>;

/** What a write has replaced, and so what takes it back. */
export interface Replaced {
  /** The last segment that changed what its object holds: the first that was missing, or the last of all; -1 for the root. */
  readonly level: number;
  /** What was there; `undefined` if something was missing. */
  readonly previous: Storable | undefined;
}

/**
 * Plain data by paths of segments: nested objects, so that it takes no more memory than these.
 *
 * What is read is frozen then, if it has not been before, and what is written under something frozen copies the objects
 * on the way to it, without what they hold. So what was read never changes, and what is never read as a whole costs
 * nothing to change. What is frozen here is frozen all the way down: then `Object.isExtensible` is all there is to ask.
 */
export class Tree {
  #root: Branch = {};

  /** What is there, not frozen: not to be given away or kept. */
  get(segments: readonly string[]): Storable | undefined {
    let value: Storable = this.#root;
    for (let level = 0; level < segments.length; level++) {
      const segment = segments[level] as string;
      // Arrays and strings have properties of their own, too.
      if (!isBranch(value) || !Object.hasOwn(value, segment)) return undefined;

      value = value[segment] as Storable;
    }
    return value;
  }

  /** What is there, frozen. */
  read(segments: readonly string[]): Storable | undefined {
    const value = this.get(segments);
    return deepFreeze(value);
  }

  has(segments: readonly string[]): boolean {
    return this.get(segments) !== undefined;
  }

  /** The names in the object that is there; none if there is no object. */
  keys(segments: readonly string[]): string[] {
    const value = this.get(segments);
    return value !== undefined && isBranch(value) ? Object.keys(value) : [];
  }

  /** Everything, frozen. */
  snapshot(): { readonly [key: string]: Storable } {
    return deepFreeze(this.#root);
  }

  /** Replaces everything. The object is the tree's from now on: frozen all the way down, or nobody else's. */
  replaceAll(root: { readonly [key: string]: Storable }): void {
    // A frozen one is copied before anything is written to it.
    this.#root = root as Branch;
  }

  /**
   * Replaces what is there, and makes missing parents. An object is the tree's from now on: frozen all the way down, or
   * nobody else's.
   *
   * @throws {@link StorageTypeError} with code `CLUSTER_STORAGE_TYPE`, if a parent is no object; nothing has changed then
   */
  set(segments: readonly string[], value: Storable): Replaced {
    const last = segments.length - 1;
    if (last < 0) return this.#setRoot(value);

    let branch = this.#thawedRoot();
    for (let level = 0; level < last; level++) {
      const segment = segments[level] as string;
      if (!Object.hasOwn(branch, segment)) {
        branch[segment] = chain(segments, level + 1, value);
        return { level, previous: undefined };
      }
      branch = thawed(branch, segments, level);
    }
    return { level: last, previous: swap(branch, segments[last] as string, value) };
  }

  /** Removes what is there, with all that is below; the root gets empty. @returns what was removed */
  remove(segments: readonly string[]): Storable | undefined {
    const last = segments.length - 1;
    if (last < 0) return this.#setRoot({}).previous;
    // First, so that nothing is copied for nothing.
    if (!this.has(segments)) return undefined;

    let branch = this.#thawedRoot();
    for (let level = 0; level < last; level++) branch = thawed(branch, segments, level);
    const previous = branch[segments[last] as string];
    delete branch[segments[last] as string];
    return previous;
  }

  /** Removes what is there, with all that is below. @returns whether there was something */
  delete(segments: readonly string[]): boolean {
    return this.remove(segments) !== undefined;
  }

  #setRoot(value: Storable): Replaced {
    if (!isBranch(value)) throw inTheWay(value, []);

    const previous = this.#root;
    this.#root = value;
    return { level: -1, previous };
  }

  #thawedRoot(): Branch {
    if (!Object.isExtensible(this.#root)) this.#root = copyOf(this.#root);
    return this.#root;
  }
}

/** Whether it is an object that holds others, and no array. */
function isBranch(value: Storable): value is Branch {
  return isSubtree(value);
}

/** The object at a level of a path, fit to be written to. */
function thawed(parent: Branch, segments: readonly string[], level: number): Branch {
  const segment = segments[level] as string;
  const branch = parent[segment] as Storable;
  if (!isBranch(branch)) throw inTheWay(branch, segments.slice(0, level + 1));
  if (Object.isExtensible(branch)) return branch;

  const copy = copyOf(branch);
  parent[segment] = copy;
  return copy;
}

/** A loop, since for 100,000 properties the spread operator takes twice as long. */
function copyOf(branch: Branch): Branch {
  const copy: Branch = {};
  for (const key of Object.keys(branch)) copy[key] = branch[key] as Storable;
  return copy;
}

function swap(branch: Branch, segment: string, value: Storable): Storable | undefined {
  const previous = Object.hasOwn(branch, segment) ? branch[segment] : undefined;
  branch[segment] = value;
  return previous;
}

/** The value inside objects of its own, one for each segment from a level on. */
function chain(segments: readonly string[], from: number, value: Storable): Storable {
  let inner = value;
  for (let level = segments.length - 1; level >= from; level--) inner = { [segments[level] as string]: inner };
  return inner;
}

function inTheWay(value: Storable, segments: readonly string[]): StorageTypeError {
  const path = textOf(segments);
  const found = kindOf(value);
  const message =
    path === ''
      ? `The root of a storage is an object, not ${found}`
      : `Nothing can be stored below \`${path}\`, which is ${found} and no object`;
  return new StorageTypeError(message, { path, found });
}

/** What kind of value it is, with its article. */
export function kindOf(value: Storable): string {
  if (value === null) return '`null`';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
