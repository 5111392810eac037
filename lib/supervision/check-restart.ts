import { checkKnown, checkOption } from '../errors/check-option.js';
import { integer, number, oneOf, optional, type Rule, record } from '../util/check.js';

const duration = number({ min: 0, orInfinity: true });

const rules: Readonly<Record<string, Rule>> = {
  policy: oneOf('permanent', 'transient', 'temporary'),
  intensity: integer({ min: 0, orInfinity: true }),
  period: number({ above: 0, orInfinity: true }),
  stable: duration,
  backoff: record,
};

const backoffRules: Readonly<Record<string, Rule>> = {
  initial: number({ min: 0 }),
  max: number({ min: 0 }),
  factor: number({ min: 1 }),
  jitter: number({ min: 0, max: 1 }),
};

/**
 * Lets good `RestartOptions`, or none, pass.
 *
 * @param where the option's name in messages: `restart`, or `groups.api.restart`.
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`.
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`.
 */
export function checkRestart(options: unknown, where = 'restart'): void {
  checkMembers(options, where, rules);
  if (isObject(options)) checkMembers(Reflect.get(options, 'backoff'), `${where}.backoff`, backoffRules);
}

function checkMembers(options: unknown, where: string, known: Readonly<Record<string, Rule>>): void {
  checkOption(where, options, optional(record));
  if (!isObject(options)) return;

  checkKnown(Object.keys(known), options, where);
  for (const [name, rule] of Object.entries(known)) {
    checkOption(`${where}.${name}`, Reflect.get(options, name), optional(rule));
  }
}

function isObject(value: unknown): value is object {
  return record.accepts(value);
}
