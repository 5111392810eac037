import { checkKnown, checkOption } from '../errors/check-option.js';
import { InvalidOptionError } from '../errors/errors.js';
import { describeValue, nonEmptyString, oneOf, record, string } from '../util/check.js';

/** How one is selected where any will do: in turn, or the one that has the least to do. */
export type TurnStrategy = 'roundRobin' | 'leastPending' | 'leastLoad';

/** Which ready worker is selected; `hash` gives the same key to the same worker. */
export type Strategy = TurnStrategy | 'hash';

interface InTurn {
  /** Each tag has turns of its own. @default '' */
  readonly tag?: string | undefined;
  readonly key?: undefined;
  /** Only workers of this group. @default all workers */
  readonly group?: string | undefined;
}

interface ByKey {
  /** Whatever the work is about: the same key goes to the same worker. */
  readonly key: string;
  readonly tag?: undefined;
  /** Only workers of this group. @default all workers */
  readonly group?: string | undefined;
}

/** What `select()` takes. */
export type Selection =
  | (InTurn & {
      /** @default 'roundRobin' */
      readonly strategy?: TurnStrategy | undefined;
    })
  | (ByKey & { readonly strategy: 'hash' });

/** Whoever of a group is selected, as the destination of a message or a request; `tag` is the message's type by default. */
export type SelectedWorker =
  | (InTurn & { readonly group: string; readonly select?: TurnStrategy | undefined })
  | (InTurn & { readonly select: TurnStrategy })
  | (ByKey & { readonly select: 'hash' });

/** Every ready worker of a group, as the destination of a message. */
export interface AllSelected {
  readonly select: 'all';
  /** @default all groups */
  readonly group?: string | undefined;
  readonly tag?: undefined;
  readonly key?: undefined;
}

/** A selection of one after every check. */
export interface CheckedSelection {
  readonly strategy: Strategy;
  readonly tag: string;
  /** Only for `hash`, and empty for all others. */
  readonly key: string;
  readonly group: string | undefined;
}

/** A destination that selects, after every check. */
export type CheckedTarget = Omit<CheckedSelection, 'strategy'> & { readonly strategy: Strategy | 'all' };

type Fields = Readonly<Record<string, unknown>>;

const strategies: readonly unknown[] = ['roundRobin', 'leastPending', 'leastLoad', 'hash'] satisfies Strategy[];
const strategyRule = oneOf('roundRobin', 'leastPending', 'leastLoad', 'hash');
const targetRule = oneOf('roundRobin', 'leastPending', 'leastLoad', 'hash', 'all');
const optionNames = new Set(['strategy', 'tag', 'key', 'group']);
const targetNames = new Set(['select', 'tag', 'key', 'group']);

/**
 * The options of `select()`, checked.
 *
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function checkSelection(options: unknown): CheckedSelection {
  checkOption('select()', options, record);
  const given = options as Fields;
  checkNames(optionNames, given, 'select()');
  const { strategy = 'roundRobin', tag = '' } = given;
  if (!strategies.includes(strategy)) checkOption('strategy', strategy, strategyRule);
  return checked(given, strategy as Strategy, tag);
}

/**
 * A destination that selects, checked; throws as {@link checkSelection} does.
 *
 * @param defaultTag the tag of those that have none.
 */
export function checkTarget(to: object, defaultTag: string): CheckedTarget {
  const given = to as Fields;
  checkNames(targetNames, given, '`to`');
  const { select, group, tag = defaultTag } = given;
  if (select === undefined && group === undefined) {
    throw new InvalidOptionError('Expected `to` to have a `group` or a `select`', { option: 'to', value: to });
  }
  if (select !== undefined && select !== 'all' && !strategies.includes(select))
    checkOption('to.select', select, targetRule);
  return checked(given, (select ?? 'roundRobin') as CheckedTarget['strategy'], tag);
}

// Spelt out rather than by rules, which would cost more than the selection.
function checkNames(names: ReadonlySet<string>, given: Fields, where: string): void {
  for (const name in given) if (!names.has(name)) checkKnown(names, given, where);
}

function checked<S extends CheckedTarget['strategy']>({ key, group }: Fields, strategy: S, tag: unknown) {
  if (typeof tag !== 'string') checkOption('tag', tag, string);
  if (group !== undefined && (typeof group !== 'string' || group === '')) checkOption('group', group, nonEmptyString);
  if (strategy === 'hash') checkOption('key', key, string);
  else if (key !== undefined) {
    const message = `Expected \`key\` to be given only to the strategy \`hash\`, got ${describeValue(key)}`;
    throw new InvalidOptionError(message, { option: 'key', value: key });
  }
  return { strategy, tag: tag as string, key: (key ?? '') as string, group: group as string | undefined };
}
