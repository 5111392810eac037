import type { Storable } from './store.js';

/** What a value, a place in an array or object, and an empty object or array take, in bytes: roughly what the heap says. */
const slot = 8;
const container = 16;

/** Bytes of a value that is no object and no array, roughly. */
export function weightOfPrimitive(value: null | boolean | number | string): number {
  return typeof value === 'string' ? slot + value.length : slot;
}

/** Bytes of an object or array without what is in it, roughly. */
export const weightOfContainer = container;

/** Bytes of the name of a value, roughly. */
export function weightOfKey(key: string): number {
  return slot + key.length;
}

/** How much of a store a value takes. */
export interface Size {
  /** Properties of all objects in it, those in arrays included. */
  readonly keys: number;
  /** Bytes of the value, roughly. */
  readonly weight: number;
  /** How many levels are below it: 0 for what is no object and no array, and for an empty one. */
  readonly depth: number;
}

/** So many properties are worth remembering how many they are: to count 50,000 takes longer than others should wait. */
const worthRemembering = 1_000;
const remembered = new WeakMap<object, Size>();

/** What was found out about a frozen value, by somebody who had to look at all of it anyway. */
export function rememberSize(value: Storable, { keys, weight, depth }: Size): void {
  if (keys >= worthRemembering) remembered.set(value as object, { keys, weight, depth });
}

/** The size of a stored value; to know it, all of it is looked at, unless it is remembered. */
export function sizeOf(value: Storable): Size {
  if (typeof value !== 'object' || value === null) {
    return { keys: 0, weight: weightOfPrimitive(value), depth: 0 };
  }
  const known = remembered.get(value);
  if (known) return known;

  const tally = new Tally();
  tally.add(value, 0);
  return tally;
}

/** Adds up sizes. */
export class Tally implements Size {
  keys = 0;
  weight = 0;
  depth = 0;

  /** Counts a value that is `level` levels deep. */
  add(value: Storable, level: number): void {
    if (level > this.depth) this.depth = level;
    if (typeof value !== 'object' || value === null) this.weight += weightOfPrimitive(value);
    else if (isItems(value)) this.#addItems(value, level + 1);
    else this.#addFields(value, level + 1);
  }

  #addItems(items: readonly Storable[], level: number): void {
    this.weight += weightOfContainer;
    for (const item of items) this.add(item, level);
  }

  #addFields(fields: { readonly [key: string]: Storable }, level: number): void {
    this.weight += weightOfContainer;
    for (const key of Object.keys(fields)) {
      this.keys++;
      this.weight += weightOfKey(key);
      this.add(fields[key] as Storable, level);
    }
  }
}

/** `Array.isArray`, which does not know of readonly ones. */
function isItems(value: Storable): value is readonly Storable[] {
  return Array.isArray(value);
}
