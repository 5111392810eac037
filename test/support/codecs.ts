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

const packr = new Packr({ structuredClone: true });

/** What the documentation recommends: every batch describes its records itself. */
export const msgpackrCodec = {
  name: 'msgpackr',
  carries: 'advanced',
  encode: (batch: unknown) => packr.pack(batch),
  decode: (encoded: Uint8Array) => packr.unpack(encoded),
} satisfies Codec;
