import { type OptionDeclarations, resolveOptions } from '../lifecycle/option-table.js';
import type { RestartOptions } from '../supervision/restart-policy.js';
import { arrayOf, integer, nonEmptyString, optional, recordOf, string } from '../util/check.js';
import { defaultGroup } from './groups.js';
import type { WorkerEnvironment } from './launcher.js';
import { restartDeclarations } from './options.js';

/** What `fork()` takes; `env`, `args` and `restart` stay with the slots it adds. */
export interface ForkOptions {
  /** @default 1 */
  readonly workerCount?: number | undefined;
  /** One of the primary's groups. @default 'default' */
  readonly group?: string | undefined;
  /** Unique; needs a `workerCount` of 1. @default `<group>-<slot>` */
  readonly name?: string | undefined;
  /** Added to the environment of the group's workers. @default nothing */
  readonly env?: WorkerEnvironment | undefined;
  /** @default those of the group */
  readonly args?: readonly string[] | undefined;
  /** Over the group's `restart`; `intensity` and `period` are always the group's. */
  readonly restart?: Pick<RestartOptions, 'policy' | 'backoff'> | undefined;
}

/** {@link ForkOptions} after every check. */
export interface ResolvedForkOptions {
  readonly workerCount: number;
  readonly group: string;
  readonly name: string | undefined;
  readonly env: WorkerEnvironment | undefined;
  readonly args: readonly string[] | undefined;
  readonly restart: Pick<RestartOptions, 'policy' | 'backoff'> | undefined;
}

const { policy = {}, backoff = {} } = restartDeclarations;

const declarations: OptionDeclarations = {
  workerCount: { default: 1, ...integer({ min: 0 }) },
  group: { default: defaultGroup, ...nonEmptyString },
  name: nonEmptyString,
  env: recordOf(optional(string)),
  args: arrayOf(string),
  restart: { fields: { policy, backoff } },
};

/**
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function resolveForkOptions(options: ForkOptions): ResolvedForkOptions {
  const { workerCount, group, name, env, args } = resolveOptions(options, declarations, 'fork()');
  // Checked, but not filled in: what is left out is as the group says.
  return { workerCount, group, name, env, args, restart: options.restart } as ResolvedForkOptions;
}
