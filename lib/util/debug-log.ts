import { CopyBudget, plainCopy } from './plain-copy.js';

/** What is written down of one object's events. */
export interface DebugLogOptions {
  /** Whose events they are; asked for with each, since an object that is still being made may not know its name. */
  readonly who: () => string;
  /** Their names. Not those whose default work is different when nobody listens: to look on must change nothing. */
  readonly names: readonly string[];
  /** Has `listener` called when an event of this name has happened. */
  readonly subscribe: (name: string, listener: (event: { readonly data: unknown }) => void) => void;
}

/** Says on stderr what happens, one line an event, when `NODE_DEBUG` has `phased-cluster` in it; otherwise does nothing. */
export function openDebugLog(options: DebugLogOptions): void {
  // Node looks at the same variable; not to ask for its part of the library saves every worker time.
  if (!process.env.NODE_DEBUG) return;

  const log = process.getBuiltinModule('node:util').debuglog('phased-cluster');
  if (log.enabled) logEvents(options, line => log('%s', line));
}

/** Prints one line for each of the events, after it has happened. */
export function logEvents({ who, names, subscribe }: DebugLogOptions, print: (line: string) => void): void {
  for (const name of names) subscribe(name, ({ data }) => print([who(), name, ...factsOf(data)].join(' ')));
}

function factsOf(data: unknown): string[] {
  if (typeof data !== 'object' || data === null) return [];

  const facts = Object.entries(data).filter(([, value]) => value !== undefined && value !== null);
  return facts.map(([key, value]) =>
    key === 'worker' ? String(value) : `${key}=${textOf(withoutSecrets(key, value))}`,
  );
}

/** In one line, and not too long: for a quick look. */
function textOf(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/-]+$/.test(value)) return value;

  return JSON.stringify(plainCopy(value, new CopyBudget(400, 40)), withoutSecrets) ?? typeof value;
}

/** What is in an environment is no business of a log. */
function withoutSecrets(key: string, value: unknown): unknown {
  return /env$/i.test(key) && typeof value === 'object' ? '\u2026' : value;
}
