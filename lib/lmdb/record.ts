import type { Storable } from '../storage/store.js';

const { crc32 } = process.getBuiltinModule('node:zlib');

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

/** One step of a transaction: what is to be at the key, `undefined` for nothing. */
export interface Step {
  readonly key: Buffer;
  readonly bytes: Buffer | undefined;
}

/** What is known of all records together: so one that is missing, or not the latest, is found out. */
export interface Head {
  /** The number of the last write. */
  readonly version: number;
  readonly records: number;
  /** The sum of the versions of all records, see {@link addToSum}. */
  readonly sum: number;
}

/** Three of them are still an exact integer. */
const sumModulus = 2 ** 51;

/** The key of the {@link Head}: before all others. */
export const headKey: Buffer = Buffer.from([0]);

/** The key of the root; those of its properties begin with it. */
export const rootKey: Buffer = Buffer.from([1]);

/** No key has more bytes; lmdb takes no longer ones. */
export const longestKey = 1_978;

const format = 1;
const hasProperties = 1;
const hasExpiry = 2;
const headerBytes = 9;
const expiryBytes = 8;
const checksumBytes = 4;

/** The checksum of anything that ends with its own checksum. */
const soundChecksum = 0x2144_df1c;

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
  const bytes = Buffer.allocUnsafe(start + Buffer.byteLength(text) + checksumBytes);
  bytes[0] = (value === undefined ? hasProperties : 0) + (expiresAt === undefined ? 0 : hasExpiry);
  bytes.writeDoubleLE(version, 1);
  if (expiresAt !== undefined) bytes.writeDoubleLE(expiresAt, headerBytes);
  bytes.write(text, start);
  return sealed(key, bytes);
}

/** What is written with every transaction. */
export function headStep(head: Head): Step & { readonly bytes: Buffer } {
  const text = JSON.stringify({ format, ...head });
  return { key: headKey, bytes: sealed(headKey, Buffer.from(text.padEnd(text.length + checksumBytes))) };
}

/** Adds to a sum of versions, or takes from it: exact, and never too large. */
export function addToSum(sum: number, difference: number): number {
  return (sum + (difference % sumModulus) + sumModulus) % sumModulus;
}

/** Whether these bytes were made for this key, and are what they were. */
export function isSound(key: Buffer, bytes: Buffer): boolean {
  return crc32(bytes, crc32(key)) === soundChecksum;
}

/** The version of a record that is sound. */
export function versionOf(bytes: Buffer): number {
  return bytes.readDoubleLE(1);
}

/** What a record says that is sound. */
export function decodeRecord(key: Buffer, bytes: Buffer): StoredRecord {
  const flags = bytes.readUInt8(0);
  const expiresAt = flags & hasExpiry ? bytes.readDoubleLE(headerBytes) : undefined;
  const start = headerBytes + (expiresAt === undefined ? 0 : expiryBytes);
  const value: Storable | undefined =
    flags & hasProperties ? undefined : JSON.parse(bytes.toString('utf8', start, bytes.length - checksumBytes));
  return { segments: segmentsOf(key), version: versionOf(bytes), expiresAt, value };
}

/** What {@link headStep} was given; `undefined` if it is of another format. */
export function decodeHead(bytes: Buffer): Head | undefined {
  const { format: found, ...head } = JSON.parse(bytes.toString('utf8', 0, bytes.length - checksumBytes));
  return found === format ? head : undefined;
}

function segmentsOf(key: Buffer): string[] {
  const segments: string[] = [];
  for (let at = rootKey.length; at < key.length; ) {
    const end = at + 2 + key.readUInt16BE(at);
    segments.push(key.toString('utf8', at + 2, end));
    at = end;
  }
  return segments;
}

/** Writes to the end the checksum of the key and of all that comes before it. */
function sealed(key: Buffer, bytes: Buffer): Buffer {
  const end = bytes.length - checksumBytes;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end), crc32(key)), end);
  return bytes;
}
