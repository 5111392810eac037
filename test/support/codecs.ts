import { deserialize, serialize } from 'node:v8';
import { Packr } from 'msgpackr';
import type { Codec } from '../../lib/channel/codec.js';

/** JSON, with a mark by which tests tell what it encoded. */
export const textCodec = {
  name: 'text',
  encode: (batch: unknown) => `text:${JSON.stringify(batch)}`,
  decode: (encoded: string | Uint8Array) => JSON.parse(String(encoded).slice('text:'.length)),
} satisfies Codec;

/** Bytes, as structured clone writes them. */
export const bytesCodec = {
  name: 'bytes',
  carries: 'advanced',
  encode: (batch: unknown) => serialize(batch),
  decode: (encoded: Uint8Array) => deserialize(encoded),
} satisfies Codec;

const packr = new Packr({ moreTypes: true });

/** What the documentation recommends: every batch describes its records itself. */
export const msgpackrCodec = {
  name: 'msgpackr',
  carries: 'advanced',
  encode: (batch: unknown) => packr.pack(batch),
  decode: (encoded: Uint8Array) => packr.unpack(encoded),
} satisfies Codec;

const forgetful = new Packr({ structures: [] });

/** What the documentation warns of: the records that one process knows, no other does. */
export const sharingCodec = {
  name: 'sharing',
  carries: 'advanced',
  encode: (batch: unknown) => forgetful.pack(batch),
  decode: (encoded: Uint8Array) => forgetful.unpack(encoded),
} satisfies Codec;

/** One of these; none for no name. */
export function codecNamed(name: string | undefined): Codec | undefined {
  return [textCodec, bytesCodec, msgpackrCodec, sharingCodec].find(codec => codec.name === name);
}
