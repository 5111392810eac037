import { InvalidOptionError } from '../errors/errors.js';
import { describeValue } from '../util/check.js';
import { storable } from './storable.js';
import { parsePath, root } from './storage-path.js';
import type { Expiry, Storable, Write } from './store.js';

/** How much a value may take. */
export interface ValueRoom {
  readonly maxDepth: number;
  readonly maxBytes: number;
  readonly maxValueBytes: number;
}

/** For who does not know the limits of the storage: whoever does still checks them. */
export const deepestRoom: ValueRoom = Object.freeze({
  maxDepth: 100,
  maxBytes: Number.POSITIVE_INFINITY,
  maxValueBytes: Number.POSITIVE_INFINITY,
});

/** What a `set` has besides a path and a value. */
type SetDetails = Pick<Write & { type: 'set' }, 'expiresAt' | 'keepExpiry' | 'ifVersion'>;

/** A write as an array that JSON carries; as short as it can be, since most of what is sent is these. */
export function encodeWrite(write: Write): readonly unknown[] {
  switch (write.type) {
    case 'set':
      return encodeSet(write);
    case 'increment':
      return ['increment', write.path.text, write.by, ...given(write.ifVersion)];
    case 'delete':
      return ['delete', write.path.text, ...given(write.ifVersion)];
    case 'check':
      return ['check', write.path.text, write.ifVersion];
    case 'restore':
      return ['restore', write.value, write.expiries.map(({ path, expiresAt }) => [path.text, expiresAt])];
    default:
      return write satisfies never;
  }
}

/** The write that an array means, which is untrusted. @throws as {@link decodeRequest} */
export function decodeWrite(code: unknown, room: ValueRoom): Write {
  if (!Array.isArray(code)) throw unusable(code);

  const [type, first, second, third] = code;
  switch (type) {
    case 'set':
      return decodeSet(first, second, { details: third, room });
    case 'increment':
      return { type, path: parsePath(first), by: number(second), ifVersion: optionalVersion(third) };
    case 'delete':
      return { type, path: parsePath(first), ifVersion: optionalVersion(second) };
    case 'check':
      return { type, path: parsePath(first), ifVersion: version(second) };
    case 'restore':
      return decodeRestore(first, second, room);
    default:
      throw unusable(type);
  }
}

/** What is restored may be as large as the storage. */
export function everything(value: unknown, { maxDepth, maxBytes }: ValueRoom): { readonly [key: string]: Storable } {
  const { value: whole } = storable(value, { maxDepth, maxValueBytes: maxBytes });
  if (typeof whole === 'object' && whole !== null && !Array.isArray(whole)) {
    return whole as { readonly [key: string]: Storable };
  }
  throw unusable(value);
}

function encodeSet({ path, value, expiresAt, keepExpiry, ifVersion }: Write & { type: 'set' }): readonly unknown[] {
  if (expiresAt === undefined && keepExpiry === undefined && ifVersion === undefined) return ['set', path.text, value];

  return ['set', path.text, value, { expiresAt, keepExpiry, ifVersion } satisfies SetDetails];
}

function decodeSet(text: unknown, given: unknown, { details, room }: { details: unknown; room: ValueRoom }): Write {
  const path = parsePath(text);
  const { maxDepth, maxValueBytes } = room;
  const { value } = storable(given, { maxDepth: maxDepth - path.segments.length, maxValueBytes });
  if (details === undefined) return { type: 'set', path, value };
  if (typeof details !== 'object' || details === null) throw unusable(details);

  const { expiresAt, keepExpiry, ifVersion } = details as { readonly [Name in keyof SetDetails]: unknown };
  return {
    ...{ type: 'set', path, value, ifVersion: optionalVersion(ifVersion) },
    expiresAt: expiresAt === undefined ? undefined : number(expiresAt),
    keepExpiry: keepExpiry === true,
  };
}

function decodeRestore(value: unknown, expiries: unknown, room: ValueRoom): Write {
  if (!Array.isArray(expiries)) throw unusable(expiries);

  // No `map`: it would look for something in billions of holes.
  return { type: 'restore', path: root, value: everything(value, room), expiries: Array.from(expiries, decodeExpiry) };
}

function decodeExpiry(pair: unknown): Expiry {
  if (!Array.isArray(pair)) throw unusable(pair);

  return { path: parsePath(pair[0]), expiresAt: number(pair[1]) };
}

function given(value: number | undefined): readonly number[] {
  return value === undefined ? [] : [value];
}

function number(value: unknown): number {
  if (Number.isFinite(value)) return value as number;
  throw unusable(value);
}

function version(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw unusable(value);
}

function optionalVersion(value: unknown): number | undefined {
  // What is left out, JSON may have made `null`.
  return value === undefined || value === null ? undefined : version(value);
}

function unusable(value: unknown): InvalidOptionError {
  const message = `Expected a write to the shared storage to make sense, got ${describeValue(value)}`;
  return new InvalidOptionError(message, { option: 'storage', value: describeValue(value) });
}
