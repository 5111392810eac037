import { attempt } from './attempt.js';

/** What a value must be: a test, and the words that complete the sentence "Expected `x` to be …". */
export interface Rule {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

/** Bounds of a number, all inclusive but `above`. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  /** The number must be greater than this. */
  readonly above?: number;
  /** Whether `Infinity` is a value too, as in "no limit". @default false */
  readonly orInfinity?: boolean;
}

function makeRule(expected: string, accepts: (value: unknown) => boolean): Rule {
  return Object.freeze({ expected, accepts });
}

function bounds({ min, max, above, orInfinity }: Range): string {
  const limits = [
    min === undefined ? [] : `>= ${min}`,
    above === undefined ? [] : `> ${above}`,
    max === undefined ? [] : `<= ${max}`,
  ].flat();
  return `${limits.length > 0 ? ` ${limits.join(' and ')}` : ''}${orInfinity ? ' or Infinity' : ''}`;
}

function within(value: number, { min, max, above, orInfinity = false }: Range): boolean {
  if (value === Number.POSITIVE_INFINITY) return orInfinity;

  const { NEGATIVE_INFINITY, MAX_VALUE } = Number;
  return value >= (min ?? -MAX_VALUE) && value <= (max ?? MAX_VALUE) && value > (above ?? NEGATIVE_INFINITY);
}

/** A safe integer within the range. */
export function integer(range: Range = {}): Rule {
  return makeRule(
    `an integer${bounds(range)}`,
    value => (Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY) && within(value as number, range),
  );
}

/** A number within the range; never NaN, and finite unless the range says otherwise. */
export function number(range: Range = {}): Rule {
  return makeRule(`a number${bounds(range)}`, value => typeof value === 'number' && within(value, range));
}

export const boolean: Rule = makeRule('a boolean', value => typeof value === 'boolean');

export const string: Rule = makeRule('a string', value => typeof value === 'string');

export const nonEmptyString: Rule = makeRule('a non-empty string', value => typeof value === 'string' && value !== '');

export const callable: Rule = makeRule('a function', value => typeof value === 'function');

export const symbol: Rule = makeRule('a symbol', value => typeof value === 'symbol');

/** An object that is no array and no function. */
export const record: Rule = makeRule('an object', isRecord);

/** Where a script may be: a `URL`, or a string that is a path or a `file:` URL. */
export const urlOrString: Rule = makeRule(
  'a URL or a non-empty string',
  value => value instanceof URL || nonEmptyString.accepts(value),
);

/** One of the given primitive values. */
export function oneOf(...values: readonly (string | number | boolean | null)[]): Rule {
  return makeRule(`one of ${values.map(show).join(', ')}`, value => (values as readonly unknown[]).includes(value));
}

/** An array of which every item obeys `item`. */
export function arrayOf(item: Rule): Rule {
  return makeRule(`an array in which every item is ${item.expected}`, value => {
    return Array.isArray(value) && value.every(entry => item.accepts(entry));
  });
}

/** An object of which every own enumerable value obeys `entry`. */
export function recordOf(entry: Rule): Rule {
  return makeRule(`an object in which every value is ${entry.expected}`, value => {
    return isRecord(value) && Object.values(value).every(member => entry.accepts(member));
  });
}

/** An instance of the class `kind`, in this realm. */
export function instanceOf(kind: abstract new (...args: never[]) => unknown): Rule {
  return makeRule(`an instance of ${kind.name}`, value => value instanceof kind);
}

/** Any of the rules. */
export function either(...rules: readonly Rule[]): Rule {
  return makeRule(rules.map(({ expected }) => expected).join(' or '), value => rules.some(each => each.accepts(value)));
}

/** `'auto'`, or an integer within the range. */
export function autoOrInteger(range: Range = {}): Rule {
  return either(
    makeRule('"auto"', value => value === 'auto'),
    integer(range),
  );
}

/** The rule, or `undefined`; the sentence does not mention it, since leaving an option out is no news to anybody. */
export function optional(inner: Rule): Rule {
  return makeRule(inner.expected, value => value === undefined || inner.accepts(value));
}

/** The sentence about a value that breaks its rule, or `undefined` when it obeys. */
export function complaint(option: string, value: unknown, rule: Rule): string | undefined {
  return attempt(() => rule.accepts(value), false)
    ? undefined
    : `Expected \`${option}\` to be ${rule.expected}, got ${describeValue(value)}`;
}

const longestRendering = 80;

/** The value in backticks with its kind, for a message: never throws, never long, and never shows what is in an object. */
export function describeValue(value: unknown): string {
  const rendering = attempt(() => show(value), 'something unreadable');
  const cut = rendering.length > longestRendering ? `${rendering.slice(0, longestRendering)}\u2026` : rendering;
  return value === undefined || value === null ? `\`${cut}\`` : `\`${cut}\` (${kindOf(value)})`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, longestRendering + 1));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name === '' ? 'anonymous' : String(value.name);
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `Array(${value.length})`;

  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'Object';
}

function kindOf(value: unknown): string {
  return attempt(() => Array.isArray(value), false) ? 'array' : typeof value;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
