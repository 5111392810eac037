import { ClusterError } from '../errors/cluster-error.js';
import { StorageLimitError, StorageValueError } from '../errors/storage-errors.js';
import { attempt } from '../util/attempt.js';
import { rememberSize, type Size, weightOfContainer, weightOfKey, weightOfPrimitive } from './size.js';
import { segmentFault } from './storage-path.js';
import type { Storable, StoreLimits } from './store.js';

/** A value that was checked, copied and frozen, with its size. */
export interface StorableCopy extends Size {
  readonly value: Storable;
}

/** How large a value may be where it is to be stored: `maxDepth` counts from there. */
export type Room = Pick<StoreLimits, 'maxDepth' | 'maxValueBytes'>;

/**
 * Makes a stored value of anything: a frozen copy of what JSON carries unchanged.
 *
 * Fields that are `undefined` are left out, -0 becomes 0. The work is bounded by the limits, whatever the value is.
 *
 * @throws {@link StorageValueError} with code `CLUSTER_STORAGE_VALUE`; {@link StorageLimitError} with code
 * `CLUSTER_STORAGE_LIMIT`
 */
export function storable(value: unknown, room: Room): StorableCopy {
  const copier = new Copier(room);
  const copy = { value: copier.copy(value), keys: copier.keys, weight: copier.weight, depth: copier.depth };
  rememberSize(copy.value, copy);
  return copy;
}

/** It is worth the time to look at more names than these, whether they are too many, before anything is copied. */
const few = 100;

type Primitive = null | boolean | number | string;

/** One walk through one value. */
class Copier {
  keys = 0;
  weight = 0;
  depth = 0;
  readonly #room: Room;
  /** The names and numbers that lead to what is looked at. */
  readonly #way: (string | number)[] = [];

  constructor(room: Room) {
    this.#room = room;
    if (room.maxDepth < 0) throw excess('maxDepth', this.#room);
  }

  copy(value: unknown): Storable {
    try {
      return this.#any(value);
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      // Getters and proxies may throw whatever they like.
      throw this.#refusal('a property that throws when it is read', error);
    }
  }

  #any(value: unknown): Storable {
    if (typeof value === 'object' && value !== null) return this.#container(value);
    if (!isPrimitive(value)) throw this.#refusal(nameOf(value));

    this.#spend(weightOfPrimitive(value));
    // Zero for minus zero, as JSON does.
    return typeof value === 'number' ? value + 0 : value;
  }

  #container(value: object): Storable {
    this.#spend(weightOfContainer);
    if (Array.isArray(value)) return this.#items(value);
    if (isPlain(value)) return this.#fields(value);

    throw this.#refusal(nameOf(value));
  }

  #items(items: readonly unknown[]): Storable {
    if (!Array.isArray(Object.getPrototypeOf(items))) throw this.#refusal(nameOf(items));
    // One that is sparse could be walked for ever. Each item takes at least as much as a number.
    this.#spend(0, items.length * weightOfPrimitive(0));

    const copy: Storable[] = [];
    for (let index = 0; index < items.length; index++) {
      this.#way.push(index);
      copy.push(this.#item(items, index));
      this.#way.pop();
    }
    return Object.freeze(copy);
  }

  #item(items: readonly unknown[], index: number): Storable {
    const item = items[index];
    if (item === undefined && !(index in items)) throw this.#refusal('a hole');

    this.#deepen();
    return this.#any(item);
  }

  #fields(fields: object): Storable {
    if (Object.getOwnPropertySymbols(fields).length > 0) throw this.#refusal('a property whose name is a symbol');

    const keys = Object.keys(fields);
    if (keys.length > few) this.#spend(0, weightOfKeys(keys));

    const copy: Record<string, Storable> = {};
    for (const key of keys) {
      this.#way.push(key);
      const value: unknown = Reflect.get(fields, key);
      if (value !== undefined) copy[this.#named(key)] = this.#any(value);
      this.#way.pop();
    }
    return Object.freeze(copy);
  }

  #named(key: string): string {
    const fault = segmentFault(key);
    if (fault !== undefined) throw this.#refusal(`a name that cannot be part of a path: ${fault}`);

    this.#deepen();
    this.keys++;
    this.#spend(weightOfKey(key));
    return key;
  }

  /** There is something at the end of the way. */
  #deepen(): void {
    if (this.#way.length <= this.depth) return;

    this.depth = this.#way.length;
    if (this.depth > this.#room.maxDepth) throw excess('maxDepth', this.#room);
  }

  #spend(bytes: number, ahead = 0): void {
    this.weight += bytes;
    if (this.weight + ahead > this.#room.maxValueBytes) throw excess('maxValueBytes', this.#room);
  }

  #refusal(found: string, cause?: unknown): StorageValueError {
    const path = wayText(this.#way);
    const where = path === '' ? 'a value' : `\`${path}\` of a value`;
    const message = `The storage keeps what JSON would give back as it is, but ${where} is ${found}${hintFor(found)}`;
    return new StorageValueError(message, { path, found }, { cause });
  }
}

function weightOfKeys(keys: readonly string[]): number {
  let weight = 0;
  for (const key of keys) weight += weightOfKey(key);
  return weight;
}

/** A value exceeds what there is room for. */
export function excess(limit: keyof Room, room: Room): StorageLimitError {
  const most = room[limit];
  const what = limit === 'maxDepth' ? 'is nested too deep' : 'is too large';
  return new StorageLimitError(`A value ${what} for the storage: \`${limit}\` leaves it ${most}`, { limit, most });
}

function isPrimitive(value: unknown): value is Primitive {
  return typeof value === 'string' || typeof value === 'boolean' || value === null || Number.isFinite(value);
}

/** Whether its fields are all there is to it: made by `{}`, also that of another realm, or without a prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;

  return (
    typeof prototype === 'object' &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype as object, 'isPrototypeOf')
  );
}

/** What it is, with its article. */
function nameOf(value: unknown): string {
  if (value === undefined) return '`undefined`';
  if (typeof value === 'number') return `\`${value}\``;
  if (typeof value === 'bigint') return 'a BigInt';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;

  const name: unknown = attempt(() => value.constructor.name, undefined);
  if (typeof name !== 'string' || !/^\w{1,64}$/.test(name)) return 'an instance of a class';
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}

const hints: readonly (readonly [found: RegExp, hint: string])[] = [
  [/ Date$/, '; store its `getTime()` or `toISOString()`'],
  [/ (Map|Set)$/, '; store a plain object or an array'],
  [/(Buffer|Array|View)$/, '; store base64 text, or a list of numbers'],
  [/ BigInt$/, '; store it as text'],
  [/undefined/, '; to remove something, `delete` it'],
];

function hintFor(found: string): string {
  return hints.find(([pattern]) => pattern.test(found))?.[1] ?? '';
}

const longestPath = 200;

/** As in `items[3].price`. */
function wayText(way: readonly (string | number)[]): string {
  let text = '';
  for (const segment of way) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[\w$]+$/.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
    if (text.length > longestPath) return `${text.slice(0, longestPath)}\u2026`;
  }
  return text;
}
