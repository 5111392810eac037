import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterError } from '../../lib/errors/cluster-error.js';
import * as general from '../../lib/errors/errors.js';
import * as ofStorage from '../../lib/errors/storage-errors.js';

const errors = { ...general, ...ofStorage };

/** Codes are public API: a line here changes only with a line in the changelog. */
const codes = {
  InvalidOptionError: 'CLUSTER_INVALID_OPTION',
  UnknownOptionError: 'CLUSTER_UNKNOWN_OPTION',
  EventDefinitionError: 'CLUSTER_EVENT_DEFINITION',
  EventAccessError: 'CLUSTER_EVENT_ACCESS',
  DuplicateSubscriptionError: 'CLUSTER_DUPLICATE_SUBSCRIPTION',
  InvalidListenerError: 'CLUSTER_INVALID_LISTENER',
  DestroyedError: 'CLUSTER_DESTROYED',
  PreventedError: 'CLUSTER_PREVENTED',
  HandlerMismatchError: 'CLUSTER_HANDLER_MISMATCH',
  NotAPrimaryError: 'CLUSTER_NOT_A_PRIMARY',
  NotAWorkerError: 'CLUSTER_NOT_A_WORKER',
  WorkerScriptNotFoundError: 'CLUSTER_WORKER_SCRIPT_NOT_FOUND',
  SchedulingPolicyError: 'CLUSTER_SCHEDULING_POLICY',
  WorkerNameError: 'CLUSTER_WORKER_NAME',
  NoWorkerError: 'CLUSTER_NO_WORKER',
  UnknownWorkerError: 'CLUSTER_UNKNOWN_WORKER',
  WorkerExistsError: 'CLUSTER_WORKER_EXISTS',
  WorkerExitedError: 'CLUSTER_WORKER_EXITED',
  WorkerBootError: 'CLUSTER_WORKER_BOOT',
  CodecMismatchError: 'CLUSTER_CODEC_MISMATCH',
  GroupDrainedError: 'CLUSTER_GROUP_DRAINED',
  GroupFailedError: 'CLUSTER_GROUP_FAILED',
  ReloadError: 'CLUSTER_RELOAD',
  ShutDownError: 'CLUSTER_SHUT_DOWN',
  ShutDownHookError: 'CLUSTER_SHUT_DOWN_HOOK',
  ShutDownTimeoutError: 'CLUSTER_SHUT_DOWN_TIMEOUT',
  ServeError: 'CLUSTER_SERVE',
  AddressTakenError: 'CLUSTER_ADDRESS_TAKEN',
  ReusePortError: 'CLUSTER_REUSE_PORT',
  ChannelClosedError: 'CLUSTER_CHANNEL_CLOSED',
  UnserializableMessageError: 'CLUSTER_UNSERIALIZABLE_MESSAGE',
  BackpressureError: 'CLUSTER_BACKPRESSURE',
  UnknownGroupError: 'CLUSTER_UNKNOWN_GROUP',
  UnknownMessageTypeError: 'CLUSTER_UNKNOWN_MESSAGE_TYPE',
  WrongCallError: 'CLUSTER_WRONG_CALL',
  MessageTooLargeError: 'CLUSTER_MESSAGE_TOO_LARGE',
  MessageValidationError: 'CLUSTER_MESSAGE_VALIDATION',
  RequestTimeoutError: 'CLUSTER_REQUEST_TIMEOUT',
  RequestPreventedError: 'CLUSTER_REQUEST_PREVENTED',
  RemoteError: 'CLUSTER_REMOTE',
  StoragePathError: 'CLUSTER_STORAGE_PATH',
  StorageValueError: 'CLUSTER_STORAGE_VALUE',
  StorageTypeError: 'CLUSTER_STORAGE_TYPE',
  StorageLimitError: 'CLUSTER_STORAGE_LIMIT',
  StorageConflictError: 'CLUSTER_STORAGE_CONFLICT',
  StorageDeniedError: 'CLUSTER_STORAGE_DENIED',
  StorageFailedError: 'CLUSTER_STORAGE_FAILED',
  StorageCorruptError: 'CLUSTER_STORAGE_CORRUPT',
  ReplicaNotReadyError: 'CLUSTER_REPLICA_NOT_READY',
  WatchOverflowError: 'CLUSTER_WATCH_OVERFLOW',
  VersionGoneError: 'CLUSTER_VERSION_GONE',
  LockLostError: 'CLUSTER_LOCK_LOST',
};

const classes = Object.entries(errors);

describe('errors', () => {
  it('have these codes', () => {
    const table = Object.fromEntries(classes.map(([name, Each]) => [name, new Each('no', {} as never).code]));

    expect(table).to.deep.equal(codes);
  });

  it('have each its own code', () => {
    expect(new Set(Object.values(codes)).size).to.equal(classes.length);
  });

  for (const [name, Each] of classes) {
    it(`${name} is a ClusterError named like its class and its code`, () => {
      const error = new Each('no', {} as never);
      const words = name.replace(/Error$/, '').replace(/(?<=[a-z])(?=[A-Z])|(?<=A)(?=[A-Z])/g, '_');

      expect(error).to.be.instanceOf(ClusterError).with.property('name', name);
      expect(name).to.match(/Error$/);
      expect(error.code).to.equal(`CLUSTER_${words.toUpperCase()}`);
    });
  }
});
