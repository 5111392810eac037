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

/** What a batch may hold beside its largest message, in bytes: many times what one of ours does. */
const besides = 1024 * 1024;

/**
 * Measures what is received, batch by batch.
 *
 * It is untrusted: whatever a channel can deliver, this neither throws nor overflows the stack nor runs for long. So a batch has
 * limits, too: structured clone carries thousands of references to one large value in a few bytes.
 */
export class Scale {
  readonly limits: Limits;
  #left: number;

  constructor(limits: Limits) {
    this.limits = limits;
    this.#left = limits.maxMessageBytes + besides;
  }

  /** What is measured from now on came in another batch. */
  begin(): void {
    this.#left = this.limits.maxMessageBytes + besides;
  }

  /** Which limit a value exceeds; `undefined` if none. */
  excess(value: unknown): Excess | undefined {
    const { maxMessageBytes } = this.limits;
    const meter = this.#measure(value, new Meter(Math.min(this.#left, maxMessageBytes)));
    if (meter.excess !== 'depth') return meter.excess;

    // Structured clone carries circles: walk again, every object once.
    return this.#measure(value, new Meter(Math.min(this.#left, maxMessageBytes), new Set())).excess;
  }

  #measure(value: unknown, meter: Meter): Meter {
    meter.take(value, this.limits.maxDepth);
    this.#left -= meter.spent;
    return meter;
  }
}

/** Which limit a single value that was received exceeds; `undefined` if none. */
export function findExcess(value: unknown, limits: Limits): Excess | undefined {
  return new Scale(limits).excess(value);
}

/** Goes through a value until its bytes are used up. Nothing that a channel delivers has getters or is a proxy. */
class Meter {
  excess: Excess | undefined = undefined;
  spent = 0;
  readonly #bytes: number;
  readonly #seen: Set<object> | undefined;

  constructor(bytes: number, seen?: Set<object>) {
    this.#bytes = bytes;
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
    this.spent += bytes;
    if (this.spent <= this.#bytes) return true;

    this.excess = 'size';
    return false;
  }
}

function isBinary(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}
