import { isSubtree } from './narrow.js';
import { childPath, root, type StoragePath } from './storage-path.js';
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
  if (!isSubtree(value) || (path !== root && cost <= most)) {
    yield [path, value, cost];
    return;
  }
  for (const name in value) yield* pieces(childPath(path, name), value[name] as Storable, most);
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
