import { ClusterError } from './cluster-error.js';

/** A path is malformed, too long, or has a segment that is refused. Code `CLUSTER_STORAGE_PATH`. */
export class StoragePathError extends ClusterError<{
  /** As it was given. */
  readonly path: unknown;
  readonly reason: string;
}> {
  readonly code = 'CLUSTER_STORAGE_PATH';
}

/** A value holds what storage does not: anything that JSON would not give back as it is. Code `CLUSTER_STORAGE_VALUE`. */
export class StorageValueError extends ClusterError<{
  /** Where it is in the value, as in `items[3].price`; empty for the value itself. */
  readonly path: string;
  readonly found: string;
}> {
  readonly code = 'CLUSTER_STORAGE_VALUE';
}

/** What is stored is of another kind: a value where an object has to be, or no number. Code `CLUSTER_STORAGE_TYPE`. */
export class StorageTypeError extends ClusterError<{ readonly path: string; readonly found: string }> {
  readonly code = 'CLUSTER_STORAGE_TYPE';
}

/** A write would exceed a limit of the storage. Code `CLUSTER_STORAGE_LIMIT`. */
export class StorageLimitError extends ClusterError<{
  readonly limit: 'maxDepth' | 'maxKeys' | 'maxBytes' | 'maxValueBytes';
  readonly most: number;
}> {
  readonly code = 'CLUSTER_STORAGE_LIMIT';
}

/** Somebody else has written in the meantime: the version is not the expected one. Code `CLUSTER_STORAGE_CONFLICT`. */
export class StorageConflictError extends ClusterError<{
  readonly path: string;
  readonly expected: number;
  /** 0 if there is nothing. */
  readonly version: number;
}> {
  readonly code = 'CLUSTER_STORAGE_CONFLICT';
}

/** The group may not read, or not write, what is at the path. Code `CLUSTER_STORAGE_DENIED`. */
export class StorageDeniedError extends ClusterError<{
  readonly path: string;
  readonly group: string;
  readonly access: 'read' | 'write';
}> {
  readonly code = 'CLUSTER_STORAGE_DENIED';
}

/** The store could not keep what it was given, and takes nothing more; `cause` says why. Code `CLUSTER_STORAGE_FAILED`. */
export class StorageFailedError extends ClusterError<{ readonly store: string }> {
  readonly code = 'CLUSTER_STORAGE_FAILED';
}

/** What a durable store finds is not what it wrote. Code `CLUSTER_STORAGE_CORRUPT`. */
export class StorageCorruptError extends ClusterError<{
  /** Where it is kept. */
  readonly store: string;
  readonly reason: string;
}> {
  readonly code = 'CLUSTER_STORAGE_CORRUPT';
}

/** `peek` came before `attach`. Code `CLUSTER_REPLICA_NOT_READY`. */
export class ReplicaNotReadyError extends ClusterError {
  readonly code = 'CLUSTER_REPLICA_NOT_READY';
}

/** A watch was read too slowly; `watch(path, { since: error.details.version })` resumes it. Code `CLUSTER_WATCH_OVERFLOW`. */
export class WatchOverflowError extends ClusterError<{
  readonly path: string;
  /** The last one that was read. */
  readonly version: number;
}> {
  readonly code = 'CLUSTER_WATCH_OVERFLOW';
}

/** Changes are asked for that nobody remembers: read what there is, and watch from there. Code `CLUSTER_VERSION_GONE`. */
export class VersionGoneError extends ClusterError<{
  /** After which changes are asked for. */
  readonly since: number;
  /** After which they are remembered. */
  readonly oldest: number;
}> {
  readonly code = 'CLUSTER_VERSION_GONE';
}

/** A lock was taken away from its holder: its time was over, or the primary is gone. Code `CLUSTER_LOCK_LOST`. */
export class LockLostError extends ClusterError<{ readonly name: string; readonly token: number }> {
  readonly code = 'CLUSTER_LOCK_LOST';
}
