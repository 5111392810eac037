import { constants } from 'node:os';
import { type Codec, codecRule } from '../channel/codec.js';
import { type LimitOptions, limitDeclarations, type ResolvedLimits } from '../channel/limit-options.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import type { OptionDeclarations } from '../lifecycle/option-table.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import { type SchemaTable, schemaTable } from '../protocol/schema.js';
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

/** What tells that a worker can take work; all but `hello` are for scripts that do not use this library. */
export type ReadyOn = 'hello' | 'message' | 'listening' | 'online';

/** How Node spreads connections of a shared port over workers; there is one policy per process. */
export type SchedulingPolicy = 'rr' | 'none';

/** How messages are encoded: `json` is fastest for small plain ones, `advanced` carries what structured clone carries. */
export type Serialization = 'json' | 'advanced';

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
  /**
   * Further groups of workers by name, each with what differs from the options above, `worker` left out of their names:
   * `script`, `args`, … Its `env` is added to `workerEnv`. Those above are the settings of the group `default`.
   */
  readonly groups?: { readonly [name: string]: GroupOptions | undefined } | undefined;
  /** Signals that shut the cluster down; the second one forces. @default ['SIGINT', 'SIGTERM'] */
  readonly gracefulOnSignals?: readonly NodeJS.Signals[] | undefined;
  /** @default what is in force: Node's default is `rr`, but `none` on Windows */
  readonly schedulingPolicy?: SchedulingPolicy | undefined;
  /** Standard Schemas by section and type, which validate what is received. */
  readonly schemas?: SchemaTable<P> | undefined;
}

/** What a group has of its own; what it leaves out is as {@link ClusterPrimaryOptions} say. */
export interface GroupOptions extends GroupOptionsOf<ClusterPrimaryOptions> {}

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
    readonly groups: { readonly [name: string]: GroupOptions };
    readonly gracefulOnSignals: readonly NodeJS.Signals[];
  };

const stdioName = oneOf('pipe', 'overlapped', 'ignore', 'inherit');
const stdio: Rule = {
  expected: 'one of "pipe", "overlapped", "ignore", "inherit", or an array that contains "ipc" once',
  accepts: value =>
    Array.isArray(value) ? value.filter(item => item === 'ipc').length === 1 : stdioName.accepts(value),
};
const fileUrlOrPath: Rule = {
  expected: 'a file: URL or a non-empty string',
  accepts: value => urlOrString.accepts(value) && !(value instanceof URL && value.protocol !== 'file:'),
};
const signalNames: Rule = {
  expected: 'an array of signal names, none of them SIGKILL or SIGSTOP, which nobody can catch',
  accepts: value =>
    Array.isArray(value) &&
    value.every(name => Object.hasOwn(constants.signals, name) && name !== 'SIGKILL' && name !== 'SIGSTOP'),
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
  gracefulOnSignals: { default: Object.freeze(['SIGINT', 'SIGTERM']), ...signalNames },
  schedulingPolicy: oneOf('rr', 'none'),
  schemas: schemaTable,
  ...limitDeclarations,
};

export const primaryDeclarations: OptionDeclarations = { ...declarations, groups: groupsDeclaration(declarations) };
