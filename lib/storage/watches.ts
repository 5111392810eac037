import type { Abortable } from '../util/abortable.js';
import { narrow, seenAbove, seenBelow } from './narrow.js';
import { PathNode } from './path-node.js';
import type { StorageChange } from './shared-storage.js';
import type { StoragePath } from './storage-path.js';
import type { Storable, StoredChange } from './store.js';
import { Watch } from './watch.js';

/** How a watch begins. */
export interface WatchOpening extends Abortable {
  /** After which write: every change that it is told of is later. */
  readonly from: number;
  /** What is at the path now. */
  readonly value: Storable | undefined;
  /** Whether that is told first, as a change of type `initial`; makes no sense with a `history`. @default false */
  readonly initial?: boolean | undefined;
  /** What took place between `from` and now. @default nothing did */
  readonly history?: readonly StoredChange[] | undefined;
  readonly maxQueued: number;
}

/**
 * All watches of a process.
 *
 * A change costs what its path is long, and something for each watch that it concerns, however many others there are.
 */
export class Watches {
  readonly #root = new PathNode<Watch>();
  #size = 0;
  #closed: { readonly reason: unknown } | undefined;

  /** How many there are that take changes. */
  get size(): number {
    return this.#size;
  }

  /**
   * Watches a path from now on, or from some time ago.
   *
   * What was there then is not known: a watch that begins with a `history` may tell that something is gone that was not there.
   */
  open(path: StoragePath, { from, value, initial, history = [], maxQueued, signal }: WatchOpening): Watch {
    const exists = value !== undefined;
    const watch = new Watch({
      ...{ path, version: from, exists: history.length === 0 ? exists : undefined, maxQueued, signal },
      ended: ended => this.#remove(ended),
    });
    if (this.#closed) watch.fail(this.#closed.reason);
    if (watch.ended) return watch;

    this.#root.add(path.segments, watch);
    this.#size++;
    if (initial) watch.push(Object.freeze({ version: from, type: 'initial', path: path.text, value }));
    for (const change of history) pushTo(watch, narrow(change, path));
    watch.exists = exists;
    return watch;
  }

  /** Tells everybody concerned what took place, the oldest first. */
  tell(changes: readonly StoredChange[]): void {
    for (const change of changes) {
      if (this.#size > 0) this.#tellOne(change);
    }
  }

  /** Ends all watches: each loop fails, with an error of its own that is made when it has read what waits. */
  failAll(makeError: (watch: Watch) => unknown): void {
    fail(this.#root, makeError);
  }

  /** Nothing will ever change again: all watches end, and later ones at once. */
  close(reason: unknown): void {
    this.#closed = { reason };
    this.failAll(() => reason);
  }

  #tellOne(change: StoredChange): void {
    let node: PathNode<Watch> | undefined = this.#root;
    let seen = pushToAll(node, change, undefined);
    for (const segment of change.path.segments) {
      node = node.children.get(segment);
      if (node === undefined) return;

      seen = pushToAll(node, change, seen);
    }
    for (const child of node.children.values()) tellBelow(child, change);
  }

  #remove(watch: Watch): void {
    if (this.#root.delete(watch.path.segments, watch)) this.#size--;
  }
}

/** Those above the change, and at its path, see the same; it is made for the first of them. */
function pushToAll(
  { members }: PathNode<Watch>,
  change: StoredChange,
  seen: StorageChange | undefined,
): StorageChange | undefined {
  if (members.size === 0) return seen;

  const shared = seen ?? seenAbove(change);
  for (const watch of members) watch.push(shared);
  return shared;
}

function tellBelow(node: PathNode<Watch>, change: StoredChange): void {
  for (const watch of node.members) watch.push(seenBelow(change, watch.path));
  for (const child of node.children.values()) tellBelow(child, change);
}

function fail(node: PathNode<Watch>, makeError: (watch: Watch) => unknown): void {
  // A watch that ends takes itself, and nodes that only led to it, out of this tree.
  for (const child of [...node.children.values()]) fail(child, makeError);
  for (const watch of [...node.members]) watch.failLater(makeError);
}

function pushTo(watch: Watch, change: StorageChange | undefined): void {
  if (change !== undefined) watch.push(change);
}
