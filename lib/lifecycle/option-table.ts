import { checkKnown, checkOption } from '../errors/check-option.js';
import { optional, type Rule, record } from '../util/check.js';

/** What a class says about one of its options; `{}` says that it exists. */
export interface OptionDeclaration {
  /** The value when the option is left out or `undefined`. */
  readonly default?: unknown;
  /** Completes the sentence "Expected `x` to be …". @default 'valid' */
  readonly expected?: string;
  /** Whether a given value is acceptable. @default every value is */
  accepts?(value: unknown): boolean;
  /** The option is an object with these options of its own, each checked, defaulted and frozen in turn. */
  readonly fields?: OptionDeclarations;
  /** Whether that object is only there if it is given, instead of one of defaults. @default false */
  readonly onlyIfGiven?: boolean;
  /** Whether `false` is a value too, instead of that object. @default false */
  readonly orFalse?: boolean;
  /** The option is an object with names of the user's own, which obey `name`; the value of each is as `each` declares. */
  readonly entries?: { readonly name: Rule; readonly each: OptionDeclaration };
}

interface NamedDeclaration extends OptionDeclaration {
  readonly name: string;
}

type EntriesDeclaration = Required<Pick<NamedDeclaration, 'name' | 'entries'>>;

/** As `record`: whoever asks has taken care of `false`. */
const recordOrFalse: Rule = { ...record, expected: `${record.expected} or false` };

/** Option name -> what the class says about it. */
export type OptionDeclarations = { readonly [name: string]: OptionDeclaration };

/** Options after every check, with every default, frozen. */
export type ResolvedOptions = { readonly [name: string]: unknown };

/** The `static options` of a class and of those it extends, merged base first. */
export function declaredOptions(ofClass: object): OptionDeclarations {
  const chain: OptionDeclarations[] = [];
  for (let level: object | null = ofClass; level; level = Object.getPrototypeOf(level)) {
    const declared: unknown = Object.getOwnPropertyDescriptor(level, 'options')?.value;
    if (typeof declared === 'object' && declared !== null) chain.unshift(declared as OptionDeclarations);
  }
  return Object.assign(Object.create(null), ...chain) as OptionDeclarations;
}

/**
 * Checks what was given, once, and fills in the defaults.
 *
 * @param where whose options these are, for messages: `ClusterPrimary`, or `fork()`.
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function resolveOptions(given: unknown, declarations: OptionDeclarations, where: string): ResolvedOptions {
  checkOption(`the options of ${where}`, given, record);
  const values = given as ResolvedOptions;
  checkKnown(Object.keys(declarations), values, where);

  const resolved: Record<string, unknown> = {};
  for (const [name, declaration] of Object.entries(declarations)) {
    resolved[name] = resolveOption(values[name], { ...declaration, name }, where);
  }
  return Object.freeze(resolved);
}

function resolveOption(value: unknown, declaration: NamedDeclaration, where: string): unknown {
  const { name, accepts, expected = 'valid', fields, onlyIfGiven, orFalse, entries } = declaration;
  if (orFalse && value === false) return false;
  if (onlyIfGiven && value === undefined) return undefined;
  if (fields) return resolveFields(value, declaration, where);
  if (entries) return resolveEntries(value, { name, entries }, where);
  if (value === undefined) return declaration.default;

  if (accepts) checkOption(name, value, { expected, accepts });
  return value;
}

/** Every nested option goes by its full name, as in `restart.intensity`. */
function resolveFields(given: unknown, declaration: NamedDeclaration, where: string): ResolvedOptions {
  const { name, fields = {}, orFalse } = declaration;
  checkOption(name, given, optional(orFalse ? recordOrFalse : record));
  const full = (entries: object) =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${name}.${key}`, value]));
  const resolved = resolveOptions(full(given ?? {}), full(fields), where);
  const short = Object.entries(resolved).map(([key, value]) => [key.slice(name.length + 1), value]);
  return Object.freeze(Object.fromEntries(short));
}

/** An entry that is `undefined` is left out. */
function resolveEntries(given: unknown, { name, entries }: EntriesDeclaration, where: string): ResolvedOptions {
  checkOption(name, given, optional(record));
  const resolved = Object.entries(given ?? {}).flatMap(([key, value]) => {
    checkOption(`a name in ${name}`, key, entries.name);
    const entry = { ...entries.each, name: `${name}.${key}` };
    return value === undefined ? [] : [[key, resolveOption(value, entry, where)]];
  });
  return Object.freeze(Object.fromEntries(resolved));
}
