import type { StorageChange } from './shared-storage.js';
import type { StoragePath } from './storage-path.js';
import type { Storable, StoredChange } from './store.js';

/** A change as somebody sees it who looks at its path, or above. */
export function seenAbove({ version, type, path, value }: StoredChange): StorageChange {
  return Object.freeze({ version, type, path: path.text, value });
}

/** A change as somebody sees it who looks at `path`, which is below that of the change: only what is there matters. */
export function seenBelow(change: StoredChange, path: StoragePath): StorageChange {
  const value = partOf(change.value, path.segments, change.path.segments.length);
  const type = value === undefined && change.type === 'set' ? 'delete' : change.type;
  return Object.freeze({ version: change.version, type, path: path.text, value });
}

/**
 * What a change is to somebody who looks at `path`: itself if it is there or below; if it is above, the change of what is
 * at `path`, which may be from nothing to nothing; `undefined` if it is elsewhere.
 */
export function narrow(change: StoredChange, path: StoragePath): StorageChange | undefined {
  const [there, here] = [change.path.segments, path.segments];
  const shared = Math.min(there.length, here.length);
  for (let index = 0; index < shared; index++) {
    if (there[index] !== here[index]) return undefined;
  }
  return shared === here.length ? seenAbove(change) : seenBelow(change, path);
}

/** What is in a value at the segments from number `from` on; arrays are values, and nothing is inherited. */
export function partOf(value: Storable | undefined, segments: readonly string[], from: number): Storable | undefined {
  let part = value;
  for (let index = from; index < segments.length; index++) {
    const segment = segments[index] as string; // The loop ends where they do.
    if (!isSubtree(part) || !Object.hasOwn(part, segment)) return undefined;

    part = part[segment];
  }
  return part;
}

/** Whether a value is an object that paths lead into. */
export function isSubtree(value: Storable | undefined): value is { readonly [key: string]: Storable } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
