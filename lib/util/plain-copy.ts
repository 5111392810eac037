import { attempt } from './attempt.js';
import { describeValue } from './check.js';

/** How much may still be copied, shared by all the parts of one copy. */
export class CopyBudget {
  #characters: number;
  #values: number;

  constructor(characters = 16_384, values = 1_000) {
    this.#characters = characters;
    this.#values = values;
  }

  /** As much of the text as the budget, and the limit for this text, allow. */
  text(text: string, limit = Number.POSITIVE_INFINITY): string {
    const length = Math.min(text.length, limit, this.#characters);
    this.#characters -= length;
    return length < text.length ? `${text.slice(0, length)}\u2026` : text;
  }

  /** Takes one value from the budget; false when it is used up. */
  value(): boolean {
    if (this.#values === 0 || this.#characters === 0) return false;

    this.#values--;
    return true;
  }
}

interface Walk {
  readonly budget: CopyBudget;
  /** The objects that the present one stands in. */
  readonly ancestors: Set<object>;
}

const deepest = 8;

/**
 * A copy that JSON and structured clone carry unchanged, whatever the value is: it never throws and calls no `toJSON`.
 *
 * What they cannot carry becomes text (BigInt, NaN, dates, binary, cycles), an array (Map, Set), or is left out
 * (functions, symbols, `undefined`, the key `__proto__`); what is too deep or over the budget is cut.
 */
export function plainCopy(value: unknown, budget: CopyBudget = new CopyBudget()): unknown {
  return copy(value, { budget, ancestors: new Set() });
}

function copy(value: unknown, walk: Walk): unknown {
  if (!walk.budget.value()) return '[cut]';

  if (typeof value === 'string') return walk.budget.text(value);
  if (typeof value === 'bigint') return walk.budget.text(`${value}n`);
  // Zero for minus zero, as JSON does.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : String(value);
  if (typeof value === 'object' && value !== null) return copyObject(value, walk);
  return value === null || typeof value === 'boolean' ? value : undefined;
}

function copyObject(value: object, walk: Walk): unknown {
  const { ancestors } = walk;
  if (ancestors.has(value)) return '[cycle]';
  if (ancestors.size === deepest) return '[too deep]';

  ancestors.add(value);
  const copied = attempt(() => copyContent(value, walk), '[unreadable]');
  ancestors.delete(value);
  return copied;
}

function copyContent(value: object, walk: Walk): unknown {
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) return copyItems(value, walk);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) return copyMembers({ name: value.name, message: value.message }, walk);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return describeValue(value);
  return copyMembers(value, walk);
}

function copyItems(items: Iterable<unknown>, walk: Walk): unknown[] {
  const copied: unknown[] = [];
  for (const item of items) {
    const one = copy(item, walk) ?? null;
    copied.push(one);
    if (one === '[cut]') break;
  }
  return copied;
}

function copyMembers(value: object, walk: Walk): Record<string, unknown> {
  const copied: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (key === '__proto__') continue;

    const member = copy(
      attempt(() => Reflect.get(value, key), '[unreadable]'),
      walk,
    );
    if (member === '[cut]') break;
    if (member !== undefined) copied[walk.budget.text(key)] = member;
  }
  return copied;
}
