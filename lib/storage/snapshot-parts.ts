import { attempt } from '../util/attempt.js';
import { isSubtree } from './narrow.js';
import { childPath, parsePath, root, type StoragePath } from './storage-path.js';
import type { Storable } from './store.js';

/** A piece of a snapshot: a path, and everything at it. */
export type SnapshotPart = readonly [path: string, value: Storable];

/** So much goes at once: more would keep other traffic waiting. */
const fairWeight = 64 * 1024;

/**
 * A snapshot in pieces that are not large, in lists that are not either: set one after the other, they give the whole.
 *
 * Large objects are taken apart; a single value is one piece, however large. Made as they are asked for.
 */
export function* snapshotParts(whole: Storable, most = fairWeight): Generator<SnapshotPart[]> {
  let list: SnapshotPart[] = [];
  let weight = 0;
  for (const [path, value, cost] of pieces(root, whole, most)) {
    if (weight + cost > most && list.length > 0) {
      yield list;
      list = [];
      weight = 0;
    }
    list.push([path.text, value]);
    weight += cost;
  }
  if (list.length > 0) yield list;
}

function* pieces(path: StoragePath, value: Storable, most: number): Generator<[StoragePath, Storable, number]> {
  const cost = path.text.length + weigh(value, most);
  if (isSubtree(value) && (path === root || cost > most) && hasParts(path, value)) {
    for (const name in value) yield* pieces(childPath(path, name), value[name] as Storable, most);
  } else if (path !== root) yield [path, value, cost];
}

/** Whether there is something in an object, and paths lead to all of that. */
function hasParts(path: StoragePath, value: object): boolean {
  let isEmpty = true;
  const isPlain = path.segments.length < 15;
  for (const name in value) {
    isEmpty = false;
    // Most are so short that it is not worth making a path to know.
    const isShort = isPlain && path.text.length + 2 * name.length < 255;
    if (!isShort && !canBeRead(childPath(path, name))) return false;
  }
  return !isEmpty;
}

/** Values may be nested deeper, and have longer names on the way, than a path may. */
function canBeRead({ text }: StoragePath): boolean {
  return attempt(() => parsePath(text).text === text, false);
}

/**
 * Roughly how much it is; as soon as that is more than `most`, something more than that. With `for…in`, as above, since a list of
 * 100,000 entries would be made to look at a few.
 */
function weigh(value: Storable, most: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;

  let total = 2;
  for (const name in value) {
    total += name.length + 4 + weigh((value as { readonly [name: string]: Storable })[name] as Storable, most - total);
    if (total > most) break;
  }
  return total;
}
