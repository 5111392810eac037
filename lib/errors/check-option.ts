import { complaint, type Rule } from '../util/check.js';
import { closest } from '../util/closest.js';
import { InvalidOptionError, UnknownOptionError } from './errors.js';

/**
 * Lets a value that obeys its rule pass.
 *
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, for any other value.
 */
export function checkOption(name: string, value: unknown, rule: Rule): void {
  const message = complaint(name, value, rule);
  if (message !== undefined) throw new InvalidOptionError(message, { option: name, value });
}

/**
 * Lets an object pass whose own names are all among `names`.
 *
 * @param where whose options these are, as people would say it: `ClusterPrimary`, or `groups.api`.
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`, and a suggestion when a known name is near.
 */
export function checkKnown(names: Iterable<string>, given: object, where: string): void {
  const known = new Set(names);
  const option = Object.keys(given).find(name => !known.has(name));
  if (option === undefined) return;

  const suggestion = closest(option, known);
  const hint = suggestion === undefined ? '' : `; did you mean \`${suggestion}\`?`;
  throw new UnknownOptionError(`${where} has no option \`${option}\`${hint}`, { option, suggestion });
}
