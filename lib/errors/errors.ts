import { ClusterError } from './cluster-error.js';

/** An option or argument has a value that cannot be used. Code `CLUSTER_INVALID_OPTION`. */
export class InvalidOptionError extends ClusterError<{ readonly option: string; readonly value: unknown }> {
  readonly code = 'CLUSTER_INVALID_OPTION';
}

/** An option has a name that no class of the chain declares. Code `CLUSTER_UNKNOWN_OPTION`. */
export class UnknownOptionError extends ClusterError<{
  readonly option: string;
  readonly suggestion: string | undefined;
}> {
  readonly code = 'CLUSTER_UNKNOWN_OPTION';
}

/** An event definition contradicts itself or names what does not exist. Code `CLUSTER_EVENT_DEFINITION`. */
export class EventDefinitionError extends ClusterError<{ readonly event: string }> {
  readonly code = 'CLUSTER_EVENT_DEFINITION';
}

/** The event's definition does not allow this publication, subscription or stage. Code `CLUSTER_EVENT_ACCESS`. */
export class EventAccessError extends ClusterError<{ readonly event: string; readonly stageName?: string }> {
  readonly code = 'CLUSTER_EVENT_ACCESS';
}

/** The same listener is subscribed already, and the event allows no duplicates. Code `CLUSTER_DUPLICATE_SUBSCRIPTION`. */
export class DuplicateSubscriptionError extends ClusterError<{ readonly event: string; readonly stageName: string }> {
  readonly code = 'CLUSTER_DUPLICATE_SUBSCRIPTION';
}

/** What was given as a listener cannot be called. Code `CLUSTER_INVALID_LISTENER`. */
export class InvalidListenerError extends ClusterError<{ readonly event: string; readonly listener: unknown }> {
  readonly code = 'CLUSTER_INVALID_LISTENER';
}

/** The object is destroyed, or is being destroyed. Code `CLUSTER_DESTROYED`. */
export class DestroyedError extends ClusterError<{ readonly object: string }> {
  readonly code = 'CLUSTER_DESTROYED';
}

/** A subscriber prevented the operation. Code `CLUSTER_PREVENTED`. */
export class PreventedError extends ClusterError<{ readonly event: string }> {
  readonly code = 'CLUSTER_PREVENTED';
}

/** A class has handlers that only the other side can use. Code `CLUSTER_HANDLER_MISMATCH`. */
export class HandlerMismatchError extends ClusterError<{ readonly handler: string; readonly suggestion: string }> {
  readonly code = 'CLUSTER_HANDLER_MISMATCH';
}

/** A primary was constructed in a worker process. Code `CLUSTER_NOT_A_PRIMARY`. */
export class NotAPrimaryError extends ClusterError<{ readonly pid: number }> {
  readonly code = 'CLUSTER_NOT_A_PRIMARY';
}

/** A worker was constructed in a process that no primary forked. Code `CLUSTER_NOT_A_WORKER`. */
export class NotAWorkerError extends ClusterError<{ readonly pid: number }> {
  readonly code = 'CLUSTER_NOT_A_WORKER';
}

/** The process has a `ClusterWorker` already; two would answer each other's messages. Code `CLUSTER_WORKER_EXISTS`. */
export class WorkerExistsError extends ClusterError<{ readonly pid: number }> {
  readonly code = 'CLUSTER_WORKER_EXISTS';
}

/** There is no file at `workerScript`. Code `CLUSTER_WORKER_SCRIPT_NOT_FOUND`. */
export class WorkerScriptNotFoundError extends ClusterError<{ readonly script: string }> {
  readonly code = 'CLUSTER_WORKER_SCRIPT_NOT_FOUND';
}

/** The process has another scheduling policy already; Node has one per process. Code `CLUSTER_SCHEDULING_POLICY`. */
export class SchedulingPolicyError extends ClusterError<{ readonly wanted: string; readonly inForce: string }> {
  readonly code = 'CLUSTER_SCHEDULING_POLICY';
}

/** A worker's name is taken, reserved or malformed. Code `CLUSTER_WORKER_NAME`. */
export class WorkerNameError extends ClusterError<{ readonly name: string }> {
  readonly code = 'CLUSTER_WORKER_NAME';
}

/**
 * A reload did not replace every worker. Code `CLUSTER_RELOAD`.
 *
 * The lists name the workers: replaced, left as they were, and brought back; `failed` is the one that was the reason.
 */
export class ReloadError extends ClusterError<{
  readonly replaced: readonly string[];
  readonly notReplaced: readonly string[];
  readonly rolledBack: readonly string[];
  readonly failed: string | undefined;
}> {
  readonly code = 'CLUSTER_RELOAD';
}

/** No worker could be selected, or `to` was `undefined`. Code `CLUSTER_NO_WORKER`. */
export class NoWorkerError extends ClusterError<{ readonly to?: unknown }> {
  readonly code = 'CLUSTER_NO_WORKER';
}

/** No worker has this id or name. Code `CLUSTER_UNKNOWN_WORKER`. */
export class UnknownWorkerError extends ClusterError<{ readonly to: unknown; readonly known: readonly string[] }> {
  readonly code = 'CLUSTER_UNKNOWN_WORKER';
}

/** The primary has no group of this name. Code `CLUSTER_UNKNOWN_GROUP`. */
export class UnknownGroupError extends ClusterError<{ readonly group: string; readonly known: readonly string[] }> {
  readonly code = 'CLUSTER_UNKNOWN_GROUP';
}

/** The worker's process is gone. Code `CLUSTER_WORKER_EXITED`. */
export class WorkerExitedError extends ClusterError<{
  readonly workerId: number;
  readonly name: string;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
}> {
  readonly code = 'CLUSTER_WORKER_EXITED';
}

/** A worker ended, or was ended, before it was ready; without a `workerId` it could not even be started. Code `CLUSTER_WORKER_BOOT`. */
export class WorkerBootError extends ClusterError<{
  readonly workerId: number | undefined;
  readonly name: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
}> {
  readonly code = 'CLUSTER_WORKER_BOOT';
}

/** Too many workers of a group failed in too short a time. Code `CLUSTER_GROUP_FAILED`. */
export class GroupFailedError extends ClusterError<{ readonly group: string; readonly failures: number }> {
  readonly code = 'CLUSTER_GROUP_FAILED';
}

/** The group is drained, or being drained: nothing runs in it until it is resumed. Code `CLUSTER_GROUP_DRAINED`. */
export class GroupDrainedError extends ClusterError<{ readonly group: string }> {
  readonly code = 'CLUSTER_GROUP_DRAINED';
}

/** The cluster is shutting down, or has shut down. Code `CLUSTER_SHUT_DOWN`. */
export class ShutDownError extends ClusterError<{ readonly operation: string }> {
  readonly code = 'CLUSTER_SHUT_DOWN';
}

/** A shutdown hook cannot be registered or removed. Code `CLUSTER_SHUT_DOWN_HOOK`. */
export class ShutDownHookError extends ClusterError<{
  readonly name: string;
  /** Where it was to be registered; `undefined` if it was to be removed. */
  readonly phase: string | undefined;
}> {
  readonly code = 'CLUSTER_SHUT_DOWN_HOOK';
}

/** A shutdown hook was not done in time. Code `CLUSTER_SHUT_DOWN_TIMEOUT`. */
export class ShutDownTimeoutError extends ClusterError<{
  readonly name: string;
  readonly phase: string;
  /** Milliseconds that it had. */
  readonly timeout: number;
}> {
  readonly code = 'CLUSTER_SHUT_DOWN_TIMEOUT';
}

/** A server cannot be served, now or like that. Code `CLUSTER_SERVE`. */
export class ServeError extends ClusterError<{ readonly reason: string }> {
  readonly code = 'CLUSTER_SERVE';
}

/** Another group listens on the address already, and nobody said that this is meant. Code `CLUSTER_ADDRESS_TAKEN`. */
export class AddressTakenError extends ClusterError<{
  readonly address: string;
  readonly group: string;
  /** The group that listens there. */
  readonly holder: string;
}> {
  readonly code = 'CLUSTER_ADDRESS_TAKEN';
}

/** This Node, or this operating system, has no `reusePort`. Code `CLUSTER_REUSE_PORT`. */
export class ReusePortError extends ClusterError<{ readonly node: string; readonly platform: string }> {
  readonly code = 'CLUSTER_REUSE_PORT';
}

/** The channel to the other process is closed. Code `CLUSTER_CHANNEL_CLOSED`. */
export class ChannelClosedError extends ClusterError<{ readonly peer: string }> {
  readonly code = 'CLUSTER_CHANNEL_CLOSED';
}

/** Primary and worker do not use the same codec; `undefined` is none. Code `CLUSTER_CODEC_MISMATCH`. */
export class CodecMismatchError extends ClusterError<{
  /** The codec of the primary. */
  readonly expected: string | undefined;
  /** The codec of the worker. */
  readonly actual: string | undefined;
}> {
  readonly code = 'CLUSTER_CODEC_MISMATCH';
}

/** The message holds something its serialization cannot carry. Code `CLUSTER_UNSERIALIZABLE_MESSAGE`. */
export class UnserializableMessageError extends ClusterError<{ readonly path: string; readonly found: string }> {
  readonly code = 'CLUSTER_UNSERIALIZABLE_MESSAGE';
}

/** A message takes more bytes, or is nested deeper, than any may. Code `CLUSTER_MESSAGE_TOO_LARGE`. */
export class MessageTooLargeError extends ClusterError<{
  /** Roughly; `undefined` where only the receiver noticed, or the depth is the matter. */
  readonly bytes?: number;
  readonly limit: number;
}> {
  readonly code = 'CLUSTER_MESSAGE_TOO_LARGE';
}

/** The queue to the other process is full. Code `CLUSTER_BACKPRESSURE`. */
export class BackpressureError extends ClusterError<{ readonly peer: string; readonly limit: string }> {
  readonly code = 'CLUSTER_BACKPRESSURE';
}

/** The other side has no handler for this type. Code `CLUSTER_UNKNOWN_MESSAGE_TYPE`. */
export class UnknownMessageTypeError extends ClusterError<{ readonly section: string; readonly type: unknown }> {
  readonly code = 'CLUSTER_UNKNOWN_MESSAGE_TYPE';
}

/** A stream was requested, or a plain reply was streamed. Code `CLUSTER_WRONG_CALL`. */
export class WrongCallError extends ClusterError<{
  readonly type: unknown;
  readonly use: 'request' | 'stream' | 'send';
}> {
  readonly code = 'CLUSTER_WRONG_CALL';
}

/** A message does not fit its schema. Code `CLUSTER_MESSAGE_VALIDATION`. */
export class MessageValidationError extends ClusterError<{
  readonly section: string;
  readonly type: string;
  readonly issues: readonly { readonly message: string; readonly path: readonly string[] }[];
}> {
  readonly code = 'CLUSTER_MESSAGE_VALIDATION';
}

/** The answer did not come in time. Code `CLUSTER_REQUEST_TIMEOUT`. */
export class RequestTimeoutError extends ClusterError<{ readonly type: unknown; readonly timeout: number }> {
  readonly code = 'CLUSTER_REQUEST_TIMEOUT';
}

/** A subscriber on the other side prevented the request. Code `CLUSTER_REQUEST_PREVENTED`. */
export class RequestPreventedError extends ClusterError<{ readonly section: string; readonly type: unknown }> {
  readonly code = 'CLUSTER_REQUEST_PREVENTED';
}

/** What a remote handler threw. Code `CLUSTER_REMOTE`; `remoteName`, `remoteCode` and `remoteStack` are the far ones. */
export class RemoteError extends ClusterError<{
  readonly remoteName: string;
  readonly remoteCode: string | number | undefined;
  readonly remoteDetails: unknown;
  readonly remoteStack: string | undefined;
}> {
  readonly code = 'CLUSTER_REMOTE';
}
