import { defaultMaxDepth } from './json-safe.js';

/** How large a message may be. */
export interface Limits {
  /** How many bytes, roughly, one message may take. @default 64 MiB */
  readonly maxMessageBytes: number;
  /** How deep its objects may be nested. @default 500 */
  readonly maxDepth: number;
}

export const defaultLimits: Limits = { maxMessageBytes: 64 * 1024 * 1024, maxDepth: defaultMaxDepth };

/** The limits, where `undefined` stands for the default. */
export function limitsOf({
  maxMessageBytes,
  maxDepth,
}: { readonly [L in keyof Limits]?: Limits[L] | undefined }): Limits {
  return {
    maxMessageBytes: maxMessageBytes ?? defaultLimits.maxMessageBytes,
    maxDepth: maxDepth ?? defaultLimits.maxDepth,
  };
}

/** What a received value has too much of. */
export type Excess = 'depth' | 'size';

/**
 * Which limit a value that was received exceeds; `undefined` if none.
 *
 * It is untrusted: whatever a channel can deliver, this neither throws nor overflows the stack nor runs for long.
 */
export function findExcess(value: unknown, { maxMessageBytes, maxDepth }: Limits): Excess | undefined {
  const meter = new Meter(maxMessageBytes);
  if (meter.take(value, maxDepth)) return undefined;
  if (meter.excess === 'size') return 'size';

  // Structured clone carries circles: walk again, every object once.
  const patient = new Meter(maxMessageBytes, new Set());
  return patient.take(value, maxDepth) ? undefined : patient.excess;
}

/** Goes through a value until its bytes are used up. Nothing that a channel delivers has getters or is a proxy. */
class Meter {
  excess: Excess = 'size';
  #left: number;
  readonly #seen: Set<object> | undefined;

  constructor(bytes: number, seen?: Set<object>) {
    this.#left = bytes;
    this.#seen = seen;
  }

  /** Returns whether the value is within the limits. */
  take(value: unknown, depth: number): boolean {
    if (typeof value === 'string') return this.#spend(value.length);
    if (typeof value !== 'object' || value === null) return this.#spend(4);
    if (this.#seen !== undefined) {
      if (this.#seen.has(value)) return this.#spend(4);
      this.#seen.add(value);
    }
    return this.#object(value, depth);
  }

  #object(value: object, depth: number): boolean {
    if (depth <= 0) {
      this.excess = 'depth';
      return false;
    }
    if (Array.isArray(value)) return this.#items(value, depth - 1);
    if (value instanceof Map || value instanceof Set) return this.#members(value, depth - 1);

    const { byteLength } = value as { byteLength?: unknown };
    if (typeof byteLength === 'number' && isBinary(value)) return this.#spend(byteLength);
    return this.#fields(value, depth - 1);
  }

  #fields(value: object, depth: number): boolean {
    for (const key in value) {
      if (!this.#spend(key.length)) return false;
      if (!this.take((value as Record<string, unknown>)[key], depth)) return false;
    }
    return true;
  }

  /** One that is sparse could be walked for ever: each place costs a byte, filled or not. */
  #items(items: readonly unknown[], depth: number): boolean {
    if (!this.#spend(items.length)) return false;
    for (let index = 0; index < items.length; index++) if (!this.take(items[index], depth)) return false;
    return true;
  }

  #members(members: Map<unknown, unknown> | Set<unknown>, depth: number): boolean {
    for (const [key, value] of members.entries()) if (!this.take(key, depth) || !this.take(value, depth)) return false;
    return true;
  }

  #spend(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }
}

function isBinary(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}
