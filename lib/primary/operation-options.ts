import { checkOption } from '../errors/check-option.js';
import { InvalidOptionError } from '../errors/errors.js';
import { type OptionDeclarations, resolveOptions } from '../lifecycle/option-table.js';
import type { ReloadOrder } from '../supervision/operation.js';
import type { Abortable } from '../util/abortable.js';
import {
  arrayOf,
  autoOrInteger,
  boolean,
  instanceOf,
  integer,
  nonEmptyString,
  number,
  optional,
  recordOf,
  string,
} from '../util/check.js';
import { changeText, type EditionChange } from './editions.js';
import type { Groups } from './groups.js';
import { fileUrlOrPath } from './options.js';

/** Which groups an operation is about. */
export interface GroupChoice {
  /** @default all groups, each after those that it depends on, or before them when they stop */
  readonly group?: string | undefined;
}

/** What `scale()` takes. */
export interface ScaleOptions {
  /** @default the only group; required when there are several */
  readonly group?: string | undefined;
  /** How many workers from now on; `'auto'` is what affinity and container quota leave. */
  readonly workerCount: number | 'auto';
}

/** What `reload()` takes. What it leaves out of `script`, `args` and `env` stays as it is. */
export interface ReloadOptions extends GroupChoice, EditionChange, Abortable {
  /** How many workers are replaced at the same time. @default 1 */
  readonly stride?: number | undefined;
  /** Milliseconds that a new worker has to stay ready before an old one stops for it. @default 1_000 */
  readonly stability?: number | undefined;
  /** Whether a failure brings back what was replaced already. @default false */
  readonly rollback?: boolean | undefined;
}

/** {@link ReloadOptions} after every check. */
export type ResolvedReload = ReloadOptions & Required<Pick<ReloadOptions, 'stride' | 'stability' | 'rollback'>>;

const group = nonEmptyString;

const reloadDeclarations: OptionDeclarations = {
  group,
  script: fileUrlOrPath,
  args: arrayOf(string),
  env: recordOf(optional(string)),
  signal: instanceOf(AbortSignal),
  stride: { default: 1, ...integer({ min: 1 }) },
  stability: { default: 1_000, ...number({ min: 0 }) },
  rollback: { default: false, ...boolean },
};

/**
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function checkReload(options: ReloadOptions): ResolvedReload {
  // What the declarations let through is of these types.
  return resolveOptions(options, reloadDeclarations, 'reload()') as ReloadOptions as ResolvedReload;
}

/** Throws as {@link checkReload} does. */
export function checkScale(options: ScaleOptions): ScaleOptions {
  const rule = autoOrInteger({ min: 0 });
  const { group: name, workerCount } = resolveOptions(options, { group, workerCount: rule }, 'scale()');
  checkOption('workerCount', workerCount, rule);
  return { group: name, workerCount } as ScaleOptions;
}

/** Throws as {@link checkReload} does. */
export function checkGroupChoice(options: GroupChoice, where: string): GroupChoice {
  return resolveOptions(options, { group }, where);
}

/**
 * The group that is meant, or all, in the order in which they start.
 *
 * @throws {@link UnknownGroupError} with code `CLUSTER_UNKNOWN_GROUP`
 */
export function chosenGroups({ group }: GroupChoice, groups: Groups): readonly string[] {
  return group === undefined ? groups.startOrder : [groups.get(group).name];
}

/**
 * The one group that is meant.
 *
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, when there are several to choose from
 * @throws {@link UnknownGroupError} with code `CLUSTER_UNKNOWN_GROUP`
 */
export function chosenGroup({ group }: GroupChoice, groups: Groups): string {
  const only = group === undefined ? groups.only : groups.get(group);
  if (only) return only.name;

  const message = 'Expected `group` to be given, since there are several groups';
  throw new InvalidOptionError(message, { option: 'group', value: undefined });
}

/**
 * What a reload does, but for the number of its edition. One that names no group, but a script or arguments, is about the
 * only group; any other about all.
 *
 * Throws as {@link chosenGroup} does.
 */
export function reloadOrder(options: ResolvedReload, groups: Groups): Omit<ReloadOrder, 'edition'> {
  const { group, script, args, stride, stability, rollback } = options;
  const isForAll = group === undefined && script === undefined && args === undefined;
  const names = isForAll ? groups.startOrder : [chosenGroup(options, groups)];
  return { kind: 'reload', groups: names, change: changeText(options), stride, stability, rollback };
}
