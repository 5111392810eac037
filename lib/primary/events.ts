import type { SendHandle } from 'node:child_process';
import type { InitializableEvents } from '../lifecycle/initializable.js';
import type { PrimaryHandlersOf, WorkerMessageEventOf, WorkerRequestEventOf } from '../protocol/handlers.js';
import type { Protocol, TypeOf } from '../protocol/protocol.js';
import type { DrainReport, ListeningAddress } from '../protocol/serving.js';
import type { EventDefinitions } from '../pubsub/event-definition.js';
import type { ExitRecord } from '../supervision/exit-record.js';
import type { ShutDownFailure } from '../supervision/shutdown-phases.js';
import type { ReloadReport } from './reload-report.js';
import type { StorageChangeEventData } from './storage-event.js';
import type { WorkerHandle } from './worker-handle.js';
import type { WorkerSettings } from './worker-settings.js';

/** What every event about one worker carries. */
export interface AboutWorker {
  readonly worker: WorkerHandle;
}

/** A message of a worker, before its type is known. */
export interface WorkerMessage extends AboutWorker {
  readonly message: unknown;
  /** The socket or server that came with the message. */
  readonly handle: SendHandle | undefined;
}

/** A request of a worker, before its type is known. */
export interface WorkerRequest extends WorkerMessage {
  /** Aborted when the worker no longer waits; made when first read. */
  readonly signal: AbortSignal;
}

/** Whether a worker tells another something, asks it, or asks it for a stream. */
export type PeerMessageKind = 'message' | 'request' | 'stream';

/** What a worker says to another. */
export interface PeerMessage extends AboutWorker {
  readonly message: unknown;
  /** Whom it is for. */
  readonly to: WorkerHandle;
  readonly kind: PeerMessageKind;
}

/** Why a worker is recycled: somebody asked for it, or one of the limits of the option `recycle` is reached. */
export type RecycleReason = 'asked' | 'age' | 'memory' | 'messages';

/** Events of {@link ClusterPrimary}: name -> data. `docs/events.md` tells when they come and what prevention does. */
export interface PrimaryEvents extends InitializableEvents {
  setup: {
    /** Those of the group `default`. */
    readonly settings: WorkerSettings;
    /** Those of every group, by its name. */
    readonly groups: Readonly<Record<string, WorkerSettings>>;
  };
  fork: { readonly workerCount: number; readonly group: string };
  workerFork: AboutWorker;
  workerOnline: AboutWorker;
  workerListening: AboutWorker & { readonly address: ListeningAddress };
  /** A server of the worker was drained: no connection of it is left. */
  workerServerClose: AboutWorker & { readonly address: ListeningAddress | undefined; readonly report: DrainReport };
  /** A connection could not be routed as `sticky.by` says: the client's address counts in its place. */
  stickyError: { readonly error: unknown };
  /** A spare worker is initialized, and waits for a place. */
  workerStandby: AboutWorker;
  workerReady: AboutWorker;
  addWorker: AboutWorker;
  removeWorker: AboutWorker;
  workerMessage: WorkerMessage;
  workerMessageUnhandled: WorkerMessage;
  workerRequest: WorkerRequest;
  workerRequestUnhandled: WorkerRequest;
  /** `worker` is the sender. Only as long as somebody subscribes, or a subclass has `_eventPeerMessage`. */
  peerMessage: PeerMessage;
  workerStatus: AboutWorker & { readonly from: string; readonly to: string };
  /**
   * `stack` is where the worker's main thread stands, innermost frame first, as `function (url:line:column)`; `undefined` if
   * nobody could tell.
   */
  workerHung: AboutWorker & { readonly stack: readonly string[] | undefined };
  /** `worker` is `undefined` when the process could not even be spawned. */
  workerError: { readonly error: unknown; readonly worker: WorkerHandle | undefined };
  workerDisconnect: AboutWorker;
  workerExit: AboutWorker & {
    readonly code: number | null;
    readonly signal: string | null;
    readonly exit: ExitRecord;
  };
  /** `worker` is the one that left; `delay` is in milliseconds. */
  workerReplace: { readonly worker: WorkerHandle | undefined; readonly exit: ExitRecord; readonly delay: number };
  groupFailed: { readonly group: string; readonly exits: readonly ExitRecord[] };
  /** Something a worker sent was refused and dropped. */
  channelViolation: AboutWorker & { readonly reason: string; readonly error?: unknown };
  /** A message could not be sent; its `send` rejects with the same error. */
  sendError: { readonly error: unknown; readonly message: unknown; readonly worker: WorkerHandle | undefined };
  /** Somebody is about to write to the shared storage: nothing is written if it is prevented. */
  storageChange: StorageChangeEventData;
  /** Something in the shared storage was kept as long as it was to be, and is gone. */
  storageExpire: { readonly path: string; readonly version: number };
  /** The number of workers of a group is about to change. */
  scale: { readonly group: string; readonly workerCount: number };
  /** `group` is `undefined` for all groups, as in the next ones. */
  drain: { readonly group: string | undefined };
  resume: { readonly group: string | undefined };
  /** `worker` and `reason` if it is about a single worker. */
  recycle: {
    readonly group: string | undefined;
    readonly worker?: WorkerHandle | undefined;
    readonly reason?: RecycleReason | undefined;
  };
  reload: { readonly group: string | undefined };
  reloadComplete: { readonly report: ReloadReport };
  reloadError: { readonly error: unknown; readonly report: ReloadReport };
  shutDown: object;
  /** A shutdown hook failed, or was not done in time. */
  shutDownError: ShutDownFailure;
  shutDownComplete: object;
}

/** Publishes an event; `false` when it was prevented or stopped before it was complete. */
export type Announce = <Name extends keyof PrimaryEvents & string>(name: Name, data: PrimaryEvents[Name]) => boolean;

const fact = { preventable: false };

export const primaryEventDefinitions: EventDefinitions<PrimaryEvents> = {
  workerFork: fact,
  workerOnline: fact,
  workerListening: fact,
  workerServerClose: fact,
  workerStandby: fact,
  workerReady: fact,
  addWorker: fact,
  removeWorker: fact,
  workerStatus: fact,
  workerError: fact,
  workerDisconnect: fact,
  workerExit: fact,
  storageExpire: fact,
  reloadComplete: fact,
  reloadError: fact,
  shutDown: { completeOnce: true },
  shutDownComplete: { publishOnce: true, preventable: false },
};

/** The event of a worker's message, in a handler `_eventWorkerMessage_<type>`. */
export type WorkerMessageEvent<
  P extends Protocol,
  T extends TypeOf<P, 'workerMessage'> = TypeOf<P, 'workerMessage'>,
> = WorkerMessageEventOf<P, T, WorkerHandle<P>>;

/** The event of a worker's request, in a handler `_eventWorkerRequest_<type>`. */
export type WorkerRequestEvent<
  P extends Protocol,
  T extends TypeOf<P, 'workerRequest'> = TypeOf<P, 'workerRequest'>,
> = WorkerRequestEventOf<P, T, WorkerHandle<P>>;

/** Every handler that a primary of this protocol needs; say `implements PrimaryHandlers<Kitchen>`. */
export type PrimaryHandlers<P extends Protocol> = PrimaryHandlersOf<P, WorkerHandle<P>>;
