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
  const inside = path === root || cost > most ? partsOf(path, value) : [];
  if (inside.length > 0) for (const [at, part] of inside) yield* pieces(at, part, most);
  else if (path !== root) yield [path, value, cost];
}

/** What is in an object; nothing if it is none, or if there is something in it that no path leads to. */
function partsOf(path: StoragePath, value: Storable): (readonly [at: StoragePath, part: Storable])[] {
  if (!isSubtree(value)) return [];

  const parts = Object.entries(value).map(([name, part]) => [childPath(path, name), part] as const);
  return parts.every(([at]) => canBeRead(at)) ? parts : [];
}

/** Values may be nested deeper, and have longer names on the way, than a path may. Most are far from that. */
function canBeRead({ text, segments }: StoragePath): boolean {
  return (segments.length < 16 && text.length < 256) || attempt(() => parsePath(text).text === text, false);
}

/** Roughly how much it is; as soon as that is more than `most`, something more than that. */
function weigh(value: Storable, most: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;

  let total = 2;
  for (const [name, child] of Object.entries(value)) {
    total += name.length + 4 + weigh(child, most - total);
    if (total > most) break;
  }
  return total;
}
