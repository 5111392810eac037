import { checkOption } from '../errors/check-option.js';
import { InvalidOptionError } from '../errors/errors.js';
import { type OptionDeclarations, resolveOptions } from '../lifecycle/option-table.js';
import { integer, nonEmptyString, type Rule } from '../util/check.js';
import { unknownGroup } from './groups.js';
import type { Quorum } from './health-report.js';

/** Where probes ask, and what they are told: of `ClusterPrimary.serveHealth()`. */
export interface HealthOptions {
  /** 0 for any that is free. */
  readonly port: number;
  /** @default all addresses of this machine, as Node does */
  readonly host?: string | undefined;
  /**
   * How many workers of a group must be ready, at most all of it: a number for every group, or one for each group by its
   * name; 0 for a group that does not count. @default 1
   */
  readonly quorum?: Quorum | undefined;
  /** @default { live: '/livez', ready: '/readyz' } */
  readonly path?: { readonly live?: string | undefined; readonly ready?: string | undefined } | undefined;
}

/** {@link HealthOptions} after every check. */
export interface ResolvedHealth {
  readonly port: number;
  readonly host: string | undefined;
  readonly quorum: Quorum;
  readonly path: { readonly live: string; readonly ready: string };
}

const port = integer({ min: 0, max: 65_535 });
const count = integer({ min: 0 });

const urlPath: Rule = {
  expected: 'a path that begins with `/`, without query, fragment or spaces',
  accepts: value => typeof value === 'string' && /^\/[^?#\s]*$/.test(value),
};

const declarations: OptionDeclarations = {
  port,
  host: nonEmptyString,
  quorum: { ...count, default: 1, expected: `${count.expected}, or an object with one for each group` },
  path: { fields: { live: { default: '/livez', ...urlPath }, ready: { default: '/readyz', ...urlPath } } },
};

const byGroup: OptionDeclarations = {
  ...declarations,
  quorum: { entries: { name: nonEmptyString, each: count } },
};

/**
 * @param groups the names of all groups that there are.
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 * @throws {@link UnknownGroupError} with code `CLUSTER_UNKNOWN_GROUP`, for a quorum of a group that there is not
 */
export function checkHealth(options: HealthOptions, groups: readonly string[]): ResolvedHealth {
  const isByGroup = isObject(options) && isObject(options.quorum);
  // What the declarations let through is of these types.
  const resolved = resolveOptions(options, isByGroup ? byGroup : declarations, 'serveHealth()') as object;
  const { port: given, quorum, path } = resolved as ResolvedHealth;
  checkOption('port', given, port);
  const stranger = isObject(quorum) && Object.keys(quorum).find(name => !groups.includes(name));
  if (typeof stranger === 'string') throw unknownGroup(stranger, groups);
  if (path.live === path.ready) {
    const message = `Expected \`path.ready\` to be another than \`path.live\`, got \`${path.ready}\` for both`;
    throw new InvalidOptionError(message, { option: 'path.ready', value: path.ready });
  }
  return resolved as ResolvedHealth;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
