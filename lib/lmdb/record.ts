import type { Storable } from '../storage/store.js';

/** Something in a store, as it is kept: a value, or an object whose properties are records of their own. */
export interface StoredRecord {
  readonly segments: readonly string[];
  /** The number of the last write of just this: what is below an object has its own. */
  readonly version: number;
  /** In milliseconds since the epoch; `undefined` for never. */
  readonly expiresAt: number | undefined;
  /** `undefined` for an object whose properties are records of their own. */
  readonly value: Storable | undefined;
}

/** What is known of all records together: so one that is missing, or not the latest, is found out. */
export interface Head {
  /** The number of the last write. */
  readonly version: number;
  readonly records: number;
  /** The sum of the versions of all records, modulo {@link sumModulus}. */
  readonly sum: number;
}

/** What sums of versions are kept below: exact integers, also while they are added. */
export const sumModulus = 2 ** 52;

/** The key of the {@link Head}: before all others. */
export const headKey: Buffer = Buffer.from([0]);

/** The key of the root; those of its properties begin with it. */
export const rootKey: Buffer = Buffer.from([1]);

const format = 1;
const hasProperties = 1;
const hasExpiry = 2;
const headerBytes = 13;
const expiryBytes = 8;

/** The key of a property: that of its object, then the length of its name in two bytes, then its name. */
export function childKey(parent: Buffer, name: string): Buffer {
  const bytes = Buffer.byteLength(name);
  const key = Buffer.allocUnsafe(parent.length + 2 + bytes);
  key.set(parent);
  key.writeUInt16BE(bytes, parent.length);
  key.write(name, parent.length + 2);
  return key;
}

/** A record of which one knows the key. `value` is `undefined` for an object whose properties are records of their own. */
export function encodeRecord(
  key: Buffer,
  value: Storable | undefined,
  { version, expiresAt }: Pick<StoredRecord, 'version' | 'expiresAt'>,
): Buffer {
  const text = value === undefined ? '' : JSON.stringify(value);
  const start = headerBytes + (expiresAt === undefined ? 0 : expiryBytes);
  const bytes = Buffer.allocUnsafe(start + Buffer.byteLength(text));
  bytes.writeUInt8((value === undefined ? hasProperties : 0) + (expiresAt === undefined ? 0 : hasExpiry), 4);
  bytes.writeDoubleLE(version, 5);
  if (expiresAt !== undefined) bytes.writeDoubleLE(expiresAt, headerBytes);
  bytes.write(text, start);
  return seal(key, bytes);
}

/** What a key and its bytes say; `undefined` if they are not as {@link encodeRecord} made them. */
export function decodeRecord(key: Buffer, bytes: Buffer): StoredRecord | undefined {
  const segments = segmentsOf(key);
  if (!segments || bytes.length < headerBytes || !isSealed(key, bytes)) return undefined;

  const flags = bytes.readUInt8(4);
  const expiresAt = flags & hasExpiry ? bytes.readDoubleLE(headerBytes) : undefined;
  const start = headerBytes + (expiresAt === undefined ? 0 : expiryBytes);
  const value: Storable | undefined = flags & hasProperties ? undefined : JSON.parse(bytes.toString('utf8', start));
  return { segments, version: bytes.readDoubleLE(5), expiresAt, value };
}

/** What is written with every transaction. */
export function encodeHead(head: Head): Buffer {
  return seal(headKey, Buffer.from(`    ${JSON.stringify({ format, ...head })}`));
}

/** What {@link encodeHead} was given; `undefined` if it was not that, or one of another format. */
export function decodeHead(bytes: Buffer): Head | undefined {
  if (bytes.length < 4 || !isSealed(headKey, bytes)) return undefined;

  const { format: found, ...head } = JSON.parse(bytes.toString('utf8', 4));
  return found === format ? head : undefined;
}

/** Writes the checksum of the key and of all that comes behind it. */
function seal(key: Buffer, bytes: Buffer): Buffer {
  bytes.writeUInt32LE(checksum(key, bytes), 0);
  return bytes;
}

function isSealed(key: Buffer, bytes: Buffer): boolean {
  return bytes.readUInt32LE(0) === checksum(key, bytes);
}

function checksum(key: Buffer, bytes: Buffer): number {
  const { crc32 } = process.getBuiltinModule('node:zlib');
  return crc32(bytes.subarray(4), crc32(key));
}

function segmentsOf(key: Buffer): string[] | undefined {
  const segments: string[] = [];
  let at = rootKey.length;
  while (at + 2 <= key.length) {
    const end = at + 2 + key.readUInt16BE(at);
    segments.push(key.toString('utf8', at + 2, end));
    at = end;
  }
  return key[0] === rootKey[0] && at === key.length ? segments : undefined;
}
