import { checkKnown, checkOption } from '../errors/check-option.js';
import { type Rule, record } from '../util/check.js';

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
}

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
 * @param where whose options these are, for messages: a class name, or `restart` for nested ones.
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function resolveOptions(given: unknown, declarations: OptionDeclarations, where: string): ResolvedOptions {
  checkOption(where, given, record);
  const values = given as ResolvedOptions;
  checkKnown(Object.keys(declarations), values, where);

  const resolved: Record<string, unknown> = {};
  for (const [name, declaration] of Object.entries(declarations)) {
    resolved[name] = resolveOption(values[name], declaration, name);
  }
  return Object.freeze(resolved);
}

function resolveOption(value: unknown, declaration: OptionDeclaration, name: string): unknown {
  const { fields } = declaration;
  if (fields && (value === undefined || isPlainObject(value))) return resolveFields(value ?? {}, fields, name);
  if (value === undefined) return declaration.default;

  checkOption(name, value, ruleOf(declaration));
  return value;
}

function resolveFields(given: object, fields: OptionDeclarations, name: string): ResolvedOptions {
  const prefixed = Object.entries(fields).map(([key, field]) => [`${name}.${key}`, field] as const);
  const values = Object.entries(given).map(([key, value]) => [`${name}.${key}`, value] as const);
  const resolved = resolveOptions(Object.fromEntries(values), Object.fromEntries(prefixed), name);
  const stripped = Object.entries(resolved).map(([key, value]) => [key.slice(name.length + 1), value] as const);
  return Object.freeze(Object.fromEntries(stripped));
}

function ruleOf({ expected, accepts, fields }: OptionDeclaration): Rule {
  if (accepts) return { expected: expected ?? 'valid', accepts };
  return fields ? { expected: 'an object', accepts: () => false } : { expected: 'anything', accepts: () => true };
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
