import type { ClusterError } from './cluster-error.js';
import {
  AddressTakenError,
  BackpressureError,
  CodecMismatchError,
  GroupFailedError,
  InvalidOptionError,
  MessageTooLargeError,
  MessageValidationError,
  NoWorkerError,
  PreventedError,
  RequestPreventedError,
  RequestTimeoutError,
  ShutDownError,
  UnknownGroupError,
  UnknownMessageTypeError,
  UnknownOptionError,
  UnknownWorkerError,
  UnserializableMessageError,
  WorkerExitedError,
  WrongCallError,
} from './errors.js';
import {
  StorageConflictError,
  StorageDeniedError,
  StorageFailedError,
  StorageLimitError,
  StoragePathError,
  StorageTypeError,
  StorageValueError,
  VersionGoneError,
} from './storage-errors.js';

/** What came from the other side, as plain data. */
export interface Remains {
  readonly code: unknown;
  readonly message: string;
  readonly details: unknown;
  readonly options: { readonly cause?: unknown };
}

type Fields = Readonly<Record<string, unknown>>;
type Issue = MessageValidationError['details']['issues'][number];

/**
 * The errors that mean the same on both sides, so that `instanceof` works for a caller far away, each with what makes
 * it of details of the right shape. Only these: the other side must not be able to claim, say, that a worker exited.
 * A Map, since a code may be `constructor` as well.
 */
const revivers: ReadonlyMap<unknown, (fields: Fields, remains: Remains) => ClusterError | undefined> = new Map([
  [
    'CLUSTER_ADDRESS_TAKEN',
    ({ address, group, holder }: Fields, { message, options }: Remains): ClusterError | undefined =>
      typeof address === 'string' && typeof group === 'string' && typeof holder === 'string'
        ? new AddressTakenError(message, { address, group, holder }, options)
        : undefined,
  ],
  [
    'CLUSTER_UNKNOWN_MESSAGE_TYPE',
    ({ section, type }, { message, options }) =>
      typeof section === 'string' ? new UnknownMessageTypeError(message, { section, type }, options) : undefined,
  ],
  [
    'CLUSTER_REQUEST_PREVENTED',
    ({ section, type }, { message, options }) =>
      typeof section === 'string' ? new RequestPreventedError(message, { section, type }, options) : undefined,
  ],
  [
    'CLUSTER_WRONG_CALL',
    ({ type, use }, { message, options }) =>
      use === 'request' || use === 'stream' ? new WrongCallError(message, { type, use }, options) : undefined,
  ],
  [
    'CLUSTER_MESSAGE_VALIDATION',
    ({ section, type, issues }, { message, options }) =>
      typeof section === 'string' && typeof type === 'string' && Array.isArray(issues)
        ? new MessageValidationError(message, { section, type, issues: issues.flatMap(issueOf) }, options)
        : undefined,
  ],
  [
    'CLUSTER_CODEC_MISMATCH',
    ({ expected, actual }, { message, options }) =>
      isName(expected) && isName(actual) ? new CodecMismatchError(message, { expected, actual }, options) : undefined,
  ],
]);

/** What only the primary can know. */
const factsOfThePrimary = [
  BackpressureError,
  GroupFailedError,
  InvalidOptionError,
  MessageTooLargeError,
  NoWorkerError,
  PreventedError,
  RequestTimeoutError,
  ShutDownError,
  StorageConflictError,
  StorageDeniedError,
  StorageFailedError,
  StorageLimitError,
  StoragePathError,
  StorageTypeError,
  StorageValueError,
  UnknownGroupError,
  UnknownOptionError,
  UnknownWorkerError,
  UnserializableMessageError,
  VersionGoneError,
  WorkerExitedError,
  WrongCallError,
];
let factsByCode: ReadonlyMap<unknown, (typeof factsOfThePrimary)[number]> | undefined;

/**
 * The error as the class it had in the primary, if it is about what a worker can hear only from there. For what the
 * library itself has put into a frame of the primary: its details are taken as they are.
 */
export function reviveTrusted({ code, message, details, options }: Remains): ClusterError | undefined {
  // A code belongs to instances, so that one of each is made: not before the first is needed, since every worker would wait.
  factsByCode ??= new Map(factsOfThePrimary.map(Kind => [new Kind('', {} as never).code, Kind]));
  const Kind = isFields(details) ? factsByCode.get(code) : undefined;
  return Kind && new Kind(message, details as never, options);
}

/** The error as the class it had on the other side, if that is one of those that mean the same here. */
export function revive(remains: Remains): ClusterError | undefined {
  const { code, details } = remains;
  return isFields(details) ? revivers.get(code)?.(details, remains) : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isName(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

/** The issue with nothing else in it, or nothing when it is none. */
function issueOf(value: unknown): Issue[] {
  const { message, path } = isFields(value) ? value : {};
  return typeof message === 'string' && isPath(path) ? [{ message, path }] : [];
}

function isPath(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(key => typeof key === 'string');
}
