import { type Codec, codecRule } from '../channel/codec.js';
import { type LimitOptions, limitDeclarations, type ResolvedLimits } from '../channel/limit-options.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import type { OptionDeclarations } from '../lifecycle/option-table.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import { type SchemaTable, schemaTable } from '../protocol/schema.js';
import { type ResolvedStorage, type StorageOptions, storageDeclarations } from '../storage/storage-options.js';
import { defaultRestart, type RestartOptions, type RestartSettings } from '../supervision/restart-policy.js';
import {
  arrayOf,
  autoOrInteger,
  boolean,
  callable,
  either,
  integer,
  nonEmptyString,
  number,
  oneOf,
  optional,
  type Rule,
  recordOf,
  string,
  urlOrString,
} from '../util/check.js';
import { type GroupOptionsOf, groupsDeclaration } from './group-options.js';
import { type StickyOptions, stickyDeclarations } from './sticky-options.js';

/** What tells that a worker can take work; all but `hello` are for scripts that do not use this library. */
export type ReadyOn = 'hello' | 'message' | 'listening' | 'online';

/** How Node spreads connections of a shared port over workers; there is one policy per process. */
export type SchedulingPolicy = 'rr' | 'none';

/** How messages are encoded: `json` is fastest for small plain ones, `advanced` carries what structured clone carries. */
export type Serialization = 'json' | 'advanced';

/** How often a worker has to give a sign of life. */
export interface HeartbeatOptions {
  /** Milliseconds from one beat of a worker to the next. @default 2_000 */
  readonly interval?: number | undefined;
  /** So many intervals without a beat, and the worker counts as hung. @default 3 */
  readonly misses?: number | undefined;
}

/** When a worker is due to be replaced: at the first of these. */
export interface RecycleOptions {
  /** Milliseconds since it was ready. @default Infinity */
  readonly every?: number | undefined;
  /** Resident memory in bytes. @default Infinity */
  readonly memory?: number | undefined;
  /** Messages and requests that it has handled. @default Infinity */
  readonly messages?: number | undefined;
  /**
   * By up to which share these limits are lowered, never raised, at random from worker to worker, so that not all of them
   * are due at once: from 0 to 1. @default 0.1
   */
  readonly jitter?: number | undefined;
}

/** Options of {@link ClusterPrimary}. Those called `worker…` are Node's settings of the processes to fork. */
export interface ClusterPrimaryOptions<P extends Protocol = AnyProtocol> extends InitializableOptions, LimitOptions {
  /** Workers to start with; `'auto'` is what affinity and container quota leave. @default 0 */
  readonly workerCount?: number | 'auto' | undefined;
  /** A URL, a `file:` string or a path, resolved once against the working directory. @default the running script */
  readonly workerScript?: URL | string | undefined;
  /** @default the arguments of this process */
  readonly workerArgs?: readonly string[] | undefined;
  /** @default those of this process, so that loaders carry over */
  readonly workerExecArgv?: readonly string[] | undefined;
  /** Added to the environment of this process; `undefined` removes a variable. @default {} */
  readonly workerEnv?: Readonly<Record<string, string | undefined>> | undefined;
  readonly workerCwd?: string | undefined;
  /** Whether the output of workers goes to `handle.process.stdout` and `stderr` instead of ours. @default false */
  readonly workerSilent?: boolean | undefined;
  /** As for `child_process.fork`; an array has to contain `'ipc'`. */
  readonly workerStdio?:
    | 'pipe'
    | 'overlapped'
    | 'ignore'
    | 'inherit'
    | readonly (string | number | null | undefined | object)[]
    | undefined;
  readonly workerUid?: number | undefined;
  readonly workerGid?: number | undefined;
  /** @default false */
  readonly workerWindowsHide?: boolean | undefined;
  /** A port, or a function that returns one. @default Node's: counted up from the primary's */
  readonly workerInspectPort?: number | (() => number) | undefined;
  /** @default 'json' */
  readonly serialization?: Serialization | undefined;
  /** Encodes messages; workers need the same one. Has no effect unless `readyOn` is `'hello'`. @default none */
  readonly codec?: Codec | undefined;
  /** @default 'hello' */
  readonly readyOn?: ReadyOn | undefined;
  readonly restart?: RestartOptions | undefined;
  /** Milliseconds from the fork until a worker has to be ready; then it is killed. @default 30_000 */
  readonly readyTimeout?: number | undefined;
  /** Milliseconds a worker has to finish when it is asked to stop; then it gets SIGTERM. @default 30_000 */
  readonly drainTimeout?: number | undefined;
  /** Milliseconds from SIGTERM to SIGKILL. @default 5_000 */
  readonly killTimeout?: number | undefined;
  /** How a worker that hangs is found out; `false` for never. */
  readonly heartbeat?: HeartbeatOptions | false | undefined;
  /**
   * Whether each worker has a thread that tells where its main thread hangs, and ends the process when the primary is gone
   * and the main thread does not notice. @default true
   */
  readonly watchdog?: boolean | undefined;
  /** When workers are replaced gracefully, one at a time, though nothing is wrong. @default never */
  readonly recycle?: RecycleOptions | undefined;
  /** Spare workers of each group, initialized but not active, that take over when one crashes. @default 0 */
  readonly standby?: number | undefined;
  /** How many workers of a group may start at the same time. @default Infinity */
  readonly startConcurrency?: number | undefined;
  /** Whether the failure of a group ends the whole cluster, gracefully, and this process with code 1. @default 'continue' */
  readonly whenGroupFails?: 'continue' | 'exit' | undefined;
  /** Groups that have to be ready before the group `default` starts, and that stop after it. @default [] */
  readonly dependsOn?: readonly string[] | undefined;
  /**
   * Further groups of workers by name, each with what differs from the options above, `worker` left out of their names:
   * `script`, `args`, … Its `env` is added to `workerEnv`. Those above are the settings of the group `default`.
   */
  readonly groups?: { readonly [name: string]: GroupOptions | undefined } | undefined;
  /** Signals that shut the cluster down; the second one forces. @default ['SIGINT', 'SIGTERM'] */
  readonly gracefulOnSignals?: readonly NodeJS.Signals[] | undefined;
  /** Signals that reload all groups, such as `SIGHUP`. @default [] */
  readonly reloadOnSignals?: readonly NodeJS.Signals[] | undefined;
  /** @default what is in force: Node's default is `rr`, but `none` on Windows */
  readonly schedulingPolicy?: SchedulingPolicy | undefined;
  /**
   * Whether the connections of a client all go to the same worker: the primary then listens in place of the workers that
   * `serve()`, and hands connections over. For sessions that only one process knows, such as those of Socket.IO.
   * @default false
   */
  readonly sticky?: StickyOptions | false | undefined;
  /** How the data that all processes share is kept, and who may do what with it. */
  readonly storage?: StorageOptions | undefined;
  /** Standard Schemas by section and type, which validate what is received. */
  readonly schemas?: SchemaTable<P> | undefined;
}

/** What a group has of its own; what it leaves out is as {@link ClusterPrimaryOptions} say. */
export interface GroupOptions extends GroupOptionsOf<ClusterPrimaryOptions> {}

/** {@link HeartbeatOptions} with every default. */
export type ResolvedHeartbeat = { readonly [Name in keyof HeartbeatOptions]-?: number };

/** {@link RecycleOptions} with every default. */
export type ResolvedRecycle = { readonly [Name in keyof RecycleOptions]-?: number };

/** {@link ClusterPrimaryOptions} after every check, with every default. */
export type ResolvedPrimaryOptions = {
  readonly [K in keyof ClusterPrimaryOptions]: ClusterPrimaryOptions[K];
} & ResolvedLimits & {
    readonly workerCount: number | 'auto';
    readonly workerEnv: Readonly<Record<string, string | undefined>>;
    readonly serialization: Serialization;
    readonly readyOn: ReadyOn;
    readonly restart: RestartSettings;
    readonly readyTimeout: number;
    readonly drainTimeout: number;
    readonly killTimeout: number;
    readonly heartbeat: ResolvedHeartbeat | false;
    readonly watchdog: boolean;
    readonly recycle: ResolvedRecycle;
    readonly standby: number;
    readonly startConcurrency: number;
    readonly whenGroupFails: 'continue' | 'exit';
    readonly dependsOn: readonly string[];
    readonly reloadOnSignals: readonly NodeJS.Signals[];
    readonly groups: { readonly [name: string]: GroupOptions };
    readonly gracefulOnSignals: readonly NodeJS.Signals[];
    readonly storage: ResolvedStorage;
  };

export const defaultHeartbeat: ResolvedHeartbeat = Object.freeze({ interval: 2_000, misses: 3 });

const unlimited = Number.POSITIVE_INFINITY;
export const defaultRecycle: ResolvedRecycle = Object.freeze({
  ...{ every: unlimited, memory: unlimited, messages: unlimited },
  jitter: 0.1,
});

const stdioName = oneOf('pipe', 'overlapped', 'ignore', 'inherit');
const stdio: Rule = {
  expected: 'one of "pipe", "overlapped", "ignore", "inherit", or an array that contains "ipc" once',
  accepts: value =>
    Array.isArray(value) ? value.filter(item => item === 'ipc').length === 1 : stdioName.accepts(value),
};
/** Where a script is. */
export const fileUrlOrPath: Rule = {
  expected: 'a file: URL or a non-empty string',
  accepts: value => urlOrString.accepts(value) && !(value instanceof URL && value.protocol !== 'file:'),
};
const signalNames: Rule = {
  expected: 'an array of signal names, none of them SIGKILL or SIGSTOP, which nobody can catch',
  accepts: value => Array.isArray(value) && value.every(canBeCaught),
};
const milliseconds = number({ min: 0, orInfinity: true });
const port = integer({ min: 0, max: 65_535 });

/** A restart policy in an options object, for a primary and for a single `fork`. */
export const restartDeclarations: OptionDeclarations = {
  policy: { default: defaultRestart.policy, ...oneOf('permanent', 'transient', 'temporary') },
  intensity: { default: defaultRestart.intensity, ...integer({ min: 0, orInfinity: true }) },
  period: { default: defaultRestart.period, ...number({ above: 0, orInfinity: true }) },
  stable: { default: defaultRestart.stable, ...milliseconds },
  backoff: {
    fields: {
      initial: { default: defaultRestart.backoff.initial, ...milliseconds },
      max: { default: defaultRestart.backoff.max, ...milliseconds },
      factor: { default: defaultRestart.backoff.factor, ...number({ min: 1 }) },
      jitter: { default: defaultRestart.backoff.jitter, ...number({ min: 0, max: 1 }) },
    },
  },
};

const declarations: OptionDeclarations = {
  workerCount: { default: 0, ...autoOrInteger({ min: 0 }) },
  workerScript: fileUrlOrPath,
  workerArgs: arrayOf(string),
  workerExecArgv: arrayOf(string),
  workerEnv: { default: {}, ...recordOf(optional(string)) },
  workerCwd: nonEmptyString,
  workerSilent: boolean,
  workerStdio: stdio,
  workerUid: integer({ min: 0 }),
  workerGid: integer({ min: 0 }),
  workerWindowsHide: boolean,
  workerInspectPort: either(port, callable),
  serialization: { default: 'json', ...oneOf('json', 'advanced') },
  codec: codecRule,
  readyOn: { default: 'hello', ...oneOf('hello', 'message', 'listening', 'online') },
  restart: { fields: restartDeclarations },
  readyTimeout: { default: 30_000, ...number({ above: 0, orInfinity: true }) },
  drainTimeout: { default: 30_000, ...milliseconds },
  killTimeout: { default: 5_000, ...milliseconds },
  heartbeat: {
    orFalse: true,
    fields: {
      interval: { default: defaultHeartbeat.interval, ...number({ above: 0 }) },
      misses: { default: defaultHeartbeat.misses, ...integer({ min: 1 }) },
    },
  },
  watchdog: { default: true, ...boolean },
  recycle: {
    fields: {
      every: { default: defaultRecycle.every, ...number({ above: 0, orInfinity: true }) },
      memory: { default: defaultRecycle.memory, ...number({ above: 0, orInfinity: true }) },
      messages: { default: defaultRecycle.messages, ...integer({ min: 1, orInfinity: true }) },
      jitter: { default: defaultRecycle.jitter, ...number({ min: 0, max: 1 }) },
    },
  },
  standby: { default: 0, ...integer({ min: 0 }) },
  startConcurrency: { default: Number.POSITIVE_INFINITY, ...integer({ min: 1, orInfinity: true }) },
  whenGroupFails: { default: 'continue', ...oneOf('continue', 'exit') },
  dependsOn: { default: Object.freeze([]), ...arrayOf(nonEmptyString) },
  gracefulOnSignals: { default: Object.freeze(['SIGINT', 'SIGTERM']), ...signalNames },
  reloadOnSignals: { default: Object.freeze([]), ...signalNames },
  schedulingPolicy: oneOf('rr', 'none'),
  sticky: { orFalse: true, onlyIfGiven: true, fields: stickyDeclarations },
  storage: { fields: storageDeclarations },
  schemas: schemaTable,
  ...limitDeclarations,
};

export const primaryDeclarations: OptionDeclarations = { ...declarations, groups: groupsDeclaration(declarations) };

function canBeCaught(signal: PropertyKey): boolean {
  const { signals } = process.getBuiltinModule('node:os').constants;
  return Object.hasOwn(signals, signal) && signal !== 'SIGKILL' && signal !== 'SIGSTOP';
}
