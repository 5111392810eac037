import type { Serialization } from '../protocol/json-safe.js';
import { callable, nonEmptyString, oneOf, optional, type Rule, record } from '../util/check.js';

/**
 * Encodes what goes over a channel in a way of its own, and decodes it at the other end.
 *
 * One codec serves every channel of its process, a batch may be encoded again after it failed, and workers come and go: what
 * it returns has to be decodable by itself. A codec must not refer to what it told the other side earlier.
 *
 * @example
 * const packr = new Packr({ moreTypes: true });
 * export const codec: Codec = {
 *   name: 'msgpackr',
 *   carries: 'advanced',
 *   encode: batch => packr.pack(batch),
 *   decode: (bytes: Uint8Array) => packr.unpack(bytes),
 * };
 */
export interface Codec {
  /** Both sides have to use a codec of this name. Include a version if the format changes. */
  readonly name: string;
  /** What messages may hold: what JSON carries, or what structured clone does. @default 'json' */
  readonly carries?: Serialization | undefined;

  /**
   * Bytes need `serialization: 'advanced'`, text goes over both. The bytes are not copied: do not write to them later.
   * What this throws rejects the messages that cannot be encoded, and only these.
   */
  encode(batch: unknown): string | Uint8Array;

  /** The batch as it was. It comes from another process: what this throws is a `channelViolation`, and what came is dropped. */
  decode(encoded: string | Uint8Array): unknown;
}

const serialization = optional(oneOf('json', 'advanced'));
/** The name travels in the environment of a worker, which cannot hold it all. */
const isName = (value: unknown) => nonEmptyString.accepts(value) && !String(value).includes('\0');

/** A {@link Codec}. */
export const codecRule: Rule = {
  expected: 'a codec: `name`, `encode()` and `decode()`, and perhaps `carries`, which is "json" or "advanced"',
  accepts: value => {
    if (!record.accepts(value)) return false;

    const { name, carries, encode, decode } = value as Partial<Codec>;
    return isName(name) && callable.accepts(encode) && callable.accepts(decode) && serialization.accepts(carries);
  },
};
