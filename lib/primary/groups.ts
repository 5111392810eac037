import { checkKnown, checkOption } from '../errors/check-option.js';
import { InvalidOptionError, UnknownGroupError } from '../errors/errors.js';
import { resolveRestart } from '../supervision/restart-policy.js';
import { string } from '../util/check.js';
import { overlaid } from './group-options.js';
import { defaultHeartbeat, defaultRecycle, type GroupOptions, type ResolvedPrimaryOptions } from './options.js';
import { startOrder } from './start-order.js';
import { assertScript, type WorkerSettings, workerSettings } from './worker-settings.js';

/** The group of all that the top-level options are about. */
export const defaultGroup = 'default';

/** Workers that are forked alike. */
export interface Group {
  readonly name: string;
  /** Those of the primary, as they hold for this group. */
  readonly options: ResolvedPrimaryOptions;
  readonly settings: WorkerSettings;
}

/** The groups of a primary, resolved once: `default` first, the others in the order in which they were given. */
export class Groups implements Iterable<Group> {
  readonly #byName: ReadonlyMap<string, Group>;
  readonly #inUse: Set<string>;
  /** The names of all groups, each after those that it depends on. */
  readonly startOrder: readonly string[];
  /** Kept, since every request without `to` asks for it. */
  #only: Group | undefined;

  /**
   * @throws {@link WorkerScriptNotFoundError} with code `CLUSTER_WORKER_SCRIPT_NOT_FOUND`, for the script of any group
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, for a dependency on nobody, or in a circle, and
   * as {@link assertStandbys} does
   * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`, as {@link assertAccess} does
   */
  constructor(options: ResolvedPrimaryOptions) {
    assertStandbys(options);
    assertAccess(options);
    const given = Object.keys(options.groups);
    this.#byName = new Map(groupNames(options).map(name => [name, resolveGroup(name, options)]));
    const dependencies = new Map([...this].map(({ name, options: { dependsOn } }) => [name, dependsOn]));
    this.startOrder = startOrder(dependencies, name => optionOf(options, name, 'dependsOn'));
    const started = [...this].filter(({ options: { workerCount } }) => workerCount !== 0);
    for (const { settings } of started) assertScript(settings);
    this.#inUse = new Set([...given, ...started.map(({ name }) => name)]);
    this.#only = this.#findOnly();
  }

  get default(): Group {
    return this.get(defaultGroup);
  }

  /** The only group that was configured, or that anything was forked into; `undefined` when there are several. */
  get only(): Group | undefined {
    return this.#only;
  }

  /** Node's settings of each group, by its name; an object without a prototype. */
  get settings(): Readonly<Record<string, WorkerSettings>> {
    const byName: Record<string, WorkerSettings> = Object.create(null);
    for (const { name, settings } of this) byName[name] = settings;
    return Object.freeze(byName);
  }

  /**
   * The group of this name.
   *
   * @throws {@link UnknownGroupError} with code `CLUSTER_UNKNOWN_GROUP`
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`, for a name that is no string
   */
  get(name: string): Group {
    return this.#byName.get(name) ?? this.#refuse(name);
  }

  /** Something is forked into the group, which may be one that nobody configured: `default`. */
  use({ name }: Group): void {
    this.#inUse.add(name);
    this.#only = this.#findOnly();
  }

  [Symbol.iterator](): IterableIterator<Group> {
    return this.#byName.values();
  }

  #findOnly(): Group | undefined {
    const [name = defaultGroup, ...others] = this.#inUse;
    return others.length > 0 ? undefined : this.get(name);
  }

  #refuse(group: string): never {
    checkOption('group', group, string);
    throw unknownGroup(group, [...this.#byName.keys()]);
  }
}

/**
 * Lets spare workers pass only where they know how to wait: in scripts that use this library.
 *
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 */
export function assertStandbys(options: ResolvedPrimaryOptions): void {
  for (const name of groupNames(options)) {
    const { standby, readyOn } = overlaid(options, options.groups[name] ?? {});
    if (standby === 0 || readyOn === 'hello') continue;

    const option = optionOf(options, name, 'standby');
    const message = `Expected \`${option}\` to be 0 where \`readyOn\` is \`${readyOn}\`, got \`${standby}\``;
    throw new InvalidOptionError(message, { option, value: standby });
  }
}

/**
 * Lets rules about the storage pass only for groups that there are: a misspelt one would be free to do anything.
 *
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function assertAccess(options: ResolvedPrimaryOptions): void {
  checkKnown(groupNames(options), options.storage.access, 'storage.access');
}

/** The names of the groups that a primary with these options has: `default` first. */
export function groupNames({ groups }: ResolvedPrimaryOptions): readonly string[] {
  return [...new Set([defaultGroup, ...Object.keys(groups)])];
}

/** What is thrown when somebody names a group that is not among those that are `known`. */
export function unknownGroup(group: string, known: readonly string[]): UnknownGroupError {
  const names = known.map(each => `\`${each}\``).join(', ');
  return new UnknownGroupError(`There is no group \`${group}\`; there are ${names}`, { group, known });
}

/** Where it was said what holds for the group. */
function optionOf({ groups }: ResolvedPrimaryOptions, group: string, name: keyof GroupOptions): string {
  return groups[group]?.[name] === undefined ? name : `groups.${group}.${name}`;
}

function resolveGroup(name: string, top: ResolvedPrimaryOptions): Group {
  const { [name]: own = {} } = top.groups;
  const options: ResolvedPrimaryOptions = Object.freeze({
    ...overlaid(top, own),
    workerEnv: Object.freeze({ ...top.workerEnv, ...own.env }),
    restart: resolveRestart(own.restart, top.restart),
    heartbeat: heartbeatOf(own, top),
    recycle: layered(defaultRecycle, top.recycle, own.recycle),
    // What the top level says is about the group `default` only.
    dependsOn: own.dependsOn ?? (name === defaultGroup ? top.dependsOn : []),
  });
  return Object.freeze({ name, options, settings: workerSettings(options) });
}

function heartbeatOf(own: GroupOptions, top: ResolvedPrimaryOptions): ResolvedPrimaryOptions['heartbeat'] {
  // Where a group says nothing at all there is an object of nothing.
  const isOwn = own.heartbeat === false || Object.values(own.heartbeat ?? {}).some(value => value !== undefined);
  const heartbeat = isOwn ? own.heartbeat : top.heartbeat;
  return heartbeat === false ? false : layered(defaultHeartbeat, top.heartbeat || undefined, heartbeat);
}

/** Later layers count more; what is left out in one is as in those before. */
function layered<Settings extends object>(defaults: Settings, ...layers: readonly (object | undefined)[]): Settings {
  const given = layers.flatMap(layer => Object.entries(layer ?? {}).filter(([, value]) => value !== undefined));
  return Object.freeze({ ...defaults, ...Object.fromEntries(given) });
}
