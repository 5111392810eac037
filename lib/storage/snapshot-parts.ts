import { isSubtree } from './narrow.js';
import type { Storable } from './store.js';

/** A piece of a snapshot: the names that lead to it, and everything there. No path of users has to be able to. */
export type SnapshotPart = readonly [segments: readonly string[], value: Storable];

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
  for (const [segments, value, cost] of pieces([], whole, most)) {
    if (weight + cost > most && list.length > 0) {
      yield list;
      list = [];
      weight = 0;
    }
    list.push([segments, value]);
    weight += cost;
  }
  if (list.length > 0) yield list;
}

function* pieces(
  segments: readonly string[],
  value: Storable,
  most: number,
): Generator<[segments: readonly string[], value: Storable, cost: number]> {
  const cost = weigh(segments as readonly Storable[], most) + weigh(value, most);
  let isWhole = !isSubtree(value) || (segments.length > 0 && cost <= most);
  if (isSubtree(value) && !isWhole) {
    // One with nothing in it is a piece, however small these are to be; but for the root, which is there anyway.
    isWhole = segments.length > 0;
    for (const name in value) {
      isWhole = false;
      yield* pieces([...segments, name], value[name] as Storable, most);
    }
  }
  if (isWhole) yield [segments, value, cost];
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
