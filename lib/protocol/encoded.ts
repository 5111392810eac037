import type { Encoded } from './frame.js';
import type { Serialization } from './json-safe.js';

/** Marks bytes that travel as text. The JSON text of a batch begins with a bracket, so neither can be taken for the other. */
const bytesMark = 'b';

let v8: typeof import('node:v8') | undefined;

/** Whether a value is something that {@link decode} can be tried on. */
export function isEncoded(value: unknown): value is Encoded {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** The payload as JSON text, or as the bytes of structured clone. Throws what the encoder throws. */
export function encode(payload: unknown, serialization: Serialization): Encoded {
  return serialization === 'json' ? JSON.stringify(payload) : structured().serialize(payload);
}

/** What was encoded, whichever way. It is untrusted: this throws when it is none of ours. */
export function decode(encoded: Encoded): unknown {
  if (typeof encoded !== 'string') return structured().deserialize(encoded);
  return encoded.startsWith(bytesMark) ? structured().deserialize(fromText(encoded)) : JSON.parse(encoded);
}

/** The same in a form that a channel of this serialization carries: bytes go through JSON as text. Text goes everywhere. */
export function portable(encoded: Encoded, serialization: Serialization): Encoded {
  if (typeof encoded === 'string' || serialization === 'advanced') return encoded;

  const { buffer, byteOffset, byteLength } = encoded;
  return bytesMark + Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** Loaded when it is needed: a worker that speaks JSON starts a millisecond sooner. */
function structured(): typeof import('node:v8') {
  v8 ??= process.getBuiltinModule('node:v8');
  return v8;
}

function fromText(text: string): Uint8Array {
  return Buffer.from(text.slice(bytesMark.length), 'base64');
}
