/** How messages are encoded: as JSON, or as what structured clone carries. */
export type Serialization = 'json' | 'advanced';

/** What a message may hold. */
export interface Carriage {
  readonly serialization: Serialization;
  /** How deep objects may be nested: what JSON can parse, it may not be able to write. @default 500 */
  readonly maxDepth?: number | undefined;
}

/** Something in a message that cannot be sent. */
export interface Unserializable {
  /** Where it is, as in `order.items[3].price`; empty for the message itself. */
  readonly path: string;
  /** What it is, as in `a BigInt`. */
  readonly found: string;
}

export const defaultMaxDepth = 500;

/** What cannot be sent in `value`, or `undefined`. Never throws; does not call `toJSON`, so what that returns is unchecked. */
export function findUnserializable(value: unknown, carriage: Carriage): Unserializable | undefined {
  const weight = weighMessage(value, carriage);
  return typeof weight === 'number' ? undefined : weight;
}

/**
 * How many bytes `value` will take, roughly, or what in it cannot be sent.
 *
 * One walk answers both, since it runs for every message that is sent.
 */
export function weighMessage(
  value: unknown,
  { serialization, maxDepth = defaultMaxDepth }: Carriage,
): number | Unserializable {
  try {
    const weight = weigh(value, 0, walkFor(serialization, maxDepth));
    if (typeof weight === 'number') return weight;
    if (weight.found !== tooDeep) return report(weight);
    if (serialization === 'json') return report(circle(value, weight) ?? weight);

    // Structured clone carries circles: walk again, every object once.
    const again = weigh(value, 0, { json: false, maxDepth, seen: new Set() });
    return typeof again === 'number' ? again : report(again);
  } catch {
    return { path: '', found: 'a property that throws when it is read' };
  }
}

/** Something that cannot be sent, with the way to it from the inside out. */
class Fault {
  readonly found: string;
  readonly keys: (string | number)[] = [];

  constructor(found: string) {
    this.found = found;
  }

  under(key: string | number): this {
    this.keys.push(key);
    return this;
  }
}

interface Walk {
  readonly json: boolean;
  readonly maxDepth: number;
  readonly seen?: Set<object>;
}

/** The usual ones: this runs for every message, and a new one would cost a fifth of it. */
const usual = {
  json: { json: true, maxDepth: defaultMaxDepth },
  advanced: { json: false, maxDepth: defaultMaxDepth },
} as const;

function walkFor(serialization: Serialization, maxDepth: number): Walk {
  return maxDepth === defaultMaxDepth ? usual[serialization] : { json: serialization === 'json', maxDepth };
}

const tooDeep = 'an object that is nested too deep';

function weigh(value: unknown, depth: number, walk: Walk): number | Fault {
  switch (typeof value) {
    case 'string':
      return value.length + 2;
    case 'number':
      return 8;
    case 'object':
      return value === null ? 4 : weighObject(value, depth, walk);
    case 'bigint':
      return walk.json ? new Fault('a BigInt') : 16;
    case 'function':
      return new Fault('a function');
    case 'symbol':
      return new Fault('a symbol');
    default:
      return 8;
  }
}

function weighObject(value: object, depth: number, walk: Walk): number | Fault {
  if (depth >= walk.maxDepth) return new Fault(tooDeep);
  if (walk.seen !== undefined) {
    if (walk.seen.has(value)) return 4;
    walk.seen.add(value);
  }
  if (Array.isArray(value)) return weighItems(value, depth, walk);

  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return weighFields(value, depth, walk);

  const { byteLength } = value as { byteLength?: unknown };
  if (byteLength !== undefined && isBinary(value)) return walk.json ? new Fault(named(value)) : Number(byteLength);
  if (value instanceof Map || value instanceof Set) {
    return walk.json ? new Fault(named(value)) : weighItems(members(value), depth, walk);
  }
  // Structured clone leaves an error's own fields behind.
  if (!walk.json && value instanceof Error) return 256;

  return weighFields(value, depth, walk);
}

function weighFields(value: object, depth: number, walk: Walk): number | Fault {
  let total = 2;
  for (const key in value) {
    const weight = weigh((value as Record<string, unknown>)[key], depth + 1, walk);
    if (typeof weight === 'number') total += weight + key.length + 4;
    // Asked only now: what an object inherits is seldom there, does not travel, and adds little to a rough weight.
    else if (Object.hasOwn(value, key)) return walk.json && speaksForItself(value) ? total : weight.under(key);
  }
  return total;
}

function weighItems(items: readonly unknown[], depth: number, walk: Walk): number | Fault {
  let total = 2;
  for (let index = 0; index < items.length; index++) {
    const weight = weigh(items[index], depth + 1, walk);
    if (typeof weight === 'number') total += weight + 1;
    else return weight.under(index);
  }
  return total;
}

/** Whether JSON asks the object for something else to write, as it does with a Date. */
function speaksForItself(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

function members(value: Map<unknown, unknown> | Set<unknown>): readonly unknown[] {
  return value instanceof Map ? [...value].flat() : [...value];
}

function isBinary(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function named(value: object): string {
  const { name } = value.constructor;
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}

/** The circle that led too deep, if it was one: the first object that comes again on the way down. */
function circle(root: unknown, { keys }: Fault): Fault | undefined {
  const above = new Set<unknown>();
  const way: (string | number)[] = [];
  let value = root;
  for (const key of [...keys].reverse()) {
    above.add(value);
    way.push(key);
    value = (value as Record<string | number, unknown>)[key];
    if (!above.has(value)) continue;

    const fault = new Fault('a circular reference');
    fault.keys.push(...way.reverse());
    return fault;
  }
  return undefined;
}

const longestPath = 200;

function report({ found, keys }: Fault): Unserializable {
  let path = '';
  for (const key of [...keys].reverse()) {
    path += segment(key, path === '');
    if (path.length > longestPath) return { path: `${path.slice(0, longestPath)}\u2026`, found };
  }
  return { path, found };
}

function segment(key: string | number, first: boolean): string {
  if (typeof key === 'number') return `[${key}]`;
  if (!/^[\w$]+$/.test(key)) return `[${JSON.stringify(key)}]`;
  return first ? key : `.${key}`;
}
