import { rememberSize, weightOfContainer, weightOfKey, weightOfPrimitive } from './size.js';
import { excess, type Room, storable } from './storable.js';
import { segmentFault } from './storage-path.js';
import type { Storable } from './store.js';

/**
 * Makes a stored value of what came from another process, and so is nobody else's: if it is as it has to be, as most
 * are, it is frozen in place; else {@link storable} makes a copy of it, or says what is wrong.
 *
 * @throws as {@link storable}
 */
export function adopted(value: unknown, room: Room): Storable {
  keys = 0;
  leastRoom = room.maxDepth;
  most = room.maxValueBytes;
  const weight = weightIfFit(value, room.maxDepth);
  if (weight === tooLarge) throw excess('maxValueBytes', room);
  if (!(weight <= room.maxValueBytes)) return storable(value, room).value;

  // It is what `storable` would return, then.
  rememberSize(value as Storable, { keys, weight, depth: room.maxDepth - leastRoom });
  return value as Storable;
}

/** What is counted on the way: nothing that is called in between adopts another value. */
let keys = 0;
let leastRoom = 0;
let most = 0;

const unfit = Number.POSITIVE_INFINITY;
/** All that was looked at is fit to be stored, and more than may be. */
const tooLarge = Number.MAX_VALUE;

/** What `storable` would say that it weighs; {@link unfit} if it is not fit to be stored. Freezes it on the way. */
function weightIfFit(value: unknown, depth: number): number {
  if (depth < 0) return unfit;
  if (depth < leastRoom) leastRoom = depth;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return weightOfPrimitive(value);
  if (typeof value === 'number') return isFit(value) ? weightOfPrimitive(value) : unfit;
  if (typeof value !== 'object') return unfit;

  const weight = Array.isArray(value) ? weightOfItems(value, depth - 1) : weightOfFields(value, depth - 1);
  // Bytes cannot be frozen.
  if (weight <= most) Object.freeze(value);
  return weight;
}

/** JSON has no -0, but reads it. */
function isFit(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function weightOfItems(items: readonly unknown[], depth: number): number {
  // Before a list of a million names is made.
  if (items.length * weightOfPrimitive(0) > most) return tooLarge;
  // Structured clone carries whatever an array has besides its items. A hole is as unfit as what is `undefined`.
  if (Object.keys(items).length !== items.length) return unfit;

  let weight = weightOfContainer;
  for (let index = 0; index < items.length; index++) {
    weight += weightIfFit(items[index], depth);
    if (weight > most) return weight === unfit ? unfit : tooLarge;
  }
  return weight;
}

function weightOfFields(fields: object, depth: number): number {
  // Another realm's, or one without a prototype, is for who looks more closely.
  if (Object.getPrototypeOf(fields) !== Object.prototype) return unfit;

  let weight = weightOfContainer;
  for (const key in fields) {
    if (segmentFault(key) !== undefined) return unfit;

    keys++;
    weight += weightOfKey(key) + weightIfFit((fields as Readonly<Record<string, unknown>>)[key], depth);
    if (weight > most) return weight === unfit ? unfit : tooLarge;
  }
  return weight;
}
