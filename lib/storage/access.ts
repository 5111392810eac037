import { StorageDeniedError } from '../errors/storage-errors.js';
import type { OptionDeclaration } from '../lifecycle/option-table.js';
import { attempt } from '../util/attempt.js';
import { nonEmptyString, oneOf } from '../util/check.js';
import { type AccessLevel, type AccessNode, accessTree, nodeAt, seenOf } from './access-node.js';
import { partOf } from './narrow.js';
import { parsePath, pathOf, type StoragePath } from './storage-path.js';
import type { Storable, StoredChange, StoredEntry, StoreSnapshot } from './store.js';
import type { Tree } from './tree.js';

/** What a group may do, by path: the longest that leads to something decides about it; where there is none, it may write. */
export interface AccessRules {
  readonly [path: string]: AccessLevel;
}

/** The option `storage.access`: {@link AccessRules} by group. */
export const accessRule: OptionDeclaration = {
  entries: {
    name: nonEmptyString,
    each: {
      entries: {
        name: {
          expected: 'a path of the storage',
          accepts: path => attempt(() => parsePath(path) !== undefined, false),
        },
        each: oneOf('none', 'read', 'write'),
      },
    },
  },
};

const nothing: { readonly [key: string]: Storable } = Object.freeze({});

/**
 * What a group may see of a storage, and change.
 *
 * It sees an object without what it may not read. An object that it may not read is there for it only if there is something
 * in it that it may read; then it is there with nothing else in it.
 */
export class Access {
  /** Whose they are. */
  readonly group: string;
  readonly rules: AccessRules;
  readonly #root: AccessNode;

  constructor(group: string, rules: AccessRules = {}) {
    this.group = group;
    this.rules = rules;
    this.#root = accessTree(rules);
  }

  /** Whether there is anything that the group may not read: if not, it sees all as it is. */
  get restrictsReading(): boolean {
    return this.#root.sees !== 'all';
  }

  /** Whether there is anything that the group may not write. */
  get restrictsWriting(): boolean {
    return !this.#root.mayWrite;
  }

  /** Whether there may be something for it to see at the path. */
  mayRead(path: StoragePath): boolean {
    return this.#at(path.segments).sees !== 'none';
  }

  /** Whether it may write what is at the path, and everything below. */
  mayWrite(path: StoragePath): boolean {
    return this.#at(path.segments).mayWrite;
  }

  /** @throws {@link StorageDeniedError} with code `CLUSTER_STORAGE_DENIED` */
  assertRead(path: StoragePath): void {
    if (!this.mayRead(path)) throw this.#denial(path, 'read');
  }

  /** @throws {@link StorageDeniedError} with code `CLUSTER_STORAGE_DENIED` */
  assertWrite(path: StoragePath): void {
    if (!this.mayWrite(path)) throw this.#denial(path, 'write');
  }

  /** What of a value at the path the group sees: frozen, and the value itself if that is all of it; `undefined` if nothing. */
  prune(value: Storable | undefined, { segments }: StoragePath): Storable | undefined {
    const seen = value === undefined ? undefined : seenOf(value, this.#at(segments));
    return segments.length === 0 ? (seen ?? nothing) : seen;
  }

  /** What of everything the group sees. */
  whole(value: { readonly [key: string]: Storable }): { readonly [key: string]: Storable } {
    // Of an object there is an object to see, or nothing.
    return (seenOf(value, this.#root) ?? nothing) as { readonly [key: string]: Storable };
  }

  /** An entry at the path, as the group sees it. */
  entry(entry: StoredEntry, path: StoragePath): StoredEntry | undefined {
    const value = this.prune(entry.value, path);
    return value === entry.value ? entry : value === undefined ? undefined : { ...entry, value };
  }

  /** A snapshot, as the group sees it. */
  snapshot(snapshot: StoreSnapshot): StoreSnapshot {
    if (!this.restrictsReading) return snapshot;

    const value = this.whole(snapshot.value);
    const isSeen = (path: StoragePath) => partOf(value, path.segments, 0) !== undefined;
    return { ...snapshot, value, expiries: snapshot.expiries.filter(({ path }) => isSeen(path)) };
  }

  /**
   * A change, as the group sees it: what it makes of all that the group saw before, is all that the group sees afterwards;
   * `undefined` if it sees nothing of it. What is gone is to be taken out by {@link removeFrom}.
   */
  narrow(change: StoredChange): StoredChange | undefined {
    const { segments } = change.path;
    const node = this.#at(segments);
    if (node.sees === 'all') return change;
    if (change.made) return this.#narrowMade(change, segments.length - change.made);
    if (node.sees === 'none') return undefined;
    if (change.type !== 'set') return change;

    const value = this.prune(change.value, change.path);
    if (value === change.value) return change;
    return value === undefined ? { ...change, type: 'delete', value, expiresAt: undefined } : { ...change, value };
  }

  /**
   * Removes what is at a path from a tree of what the group sees, and the objects above that the group may not read if there
   * is nothing left in them.
   */
  removeFrom(tree: Pick<Tree, 'delete' | 'keys'>, { segments }: StoragePath): void {
    tree.delete(segments);
    for (let length = segments.length - 1; length > 0; length--) {
      const above = segments.slice(0, length);
      // It holds nothing but what rules lead to, so there is not much to list.
      if (this.#at(above).level !== 'none' || tree.keys(above).length > 0) return;

      tree.delete(above);
    }
  }

  /** The change is that of an object, so many segments deep, with all that was made in it, of which some may be seen. */
  #narrowMade(change: StoredChange, depth: number): StoredChange | undefined {
    const { segments } = change.path;
    const top = segments.slice(0, depth);
    const made = segments.slice(depth).reduceRight<Storable | undefined>(inside, change.value) as Storable;
    const value = seenOf(made, this.#at(top));
    if (value === undefined) return undefined;

    return { ...change, path: pathOf(top), value, expiresAt: undefined, made: undefined };
  }

  #at(segments: readonly string[]): AccessNode {
    return nodeAt(this.#root, segments);
  }

  #denial({ text }: StoragePath, access: 'read' | 'write'): StorageDeniedError {
    const what = text === '' ? 'all of the storage' : `\`${text}\` in the storage`;
    const { group } = this;
    return new StorageDeniedError(`The group \`${group}\` may not ${access} ${what}`, { path: text, group, access });
  }
}

function inside(value: Storable | undefined, segment: string): Storable {
  return { [segment]: value as Storable };
}
