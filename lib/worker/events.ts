import type { SendHandle } from 'node:child_process';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { InitializableEvents } from '../lifecycle/initializable.js';
import type { Cancellable, PeerIdentity, ReceivedFromPeer } from '../protocol/handlers.js';
import type { DrainReport, ListeningAddress } from '../protocol/serving.js';
import type { EventDefinitions } from '../pubsub/event-definition.js';
import type { ShutDownFailure } from '../supervision/shutdown-phases.js';

/** A message of the primary, before its type is known. */
export interface PrimaryMessage {
  readonly message: unknown;
  /** The socket or server that came with the message. */
  readonly handle: SendHandle | undefined;
}

/** A request of the primary, before its type is known. */
export interface PrimaryRequest extends PrimaryMessage {
  /** Aborted when the primary no longer waits; made when first read. */
  readonly signal: AbortSignal;
}

/** A message of another worker, before its type is known. */
export type PeerMessage = ReceivedFromPeer<unknown>;

/** A request of another worker, before its type is known. */
export type PeerRequest = PeerMessage & Cancellable;

/** A connection that draining cannot end by itself, since only the user knows what goes on there. */
export interface SocketDrain {
  /** For HTTP/1 over TLS the TLS socket. */
  readonly socket: Socket | Duplex;
  readonly server: Server;
  /** Whether it was an HTTP connection that was upgraded, to a WebSocket say; else it is one of a `net` or `tls` server. */
  readonly upgraded: boolean;
  /** It is destroyed then: milliseconds since the epoch, `Infinity` for never. */
  readonly deadline: number;
  /** Aborted then. */
  readonly signal: AbortSignal;
}

/** Events of {@link ClusterWorker}: name -> data. `docs/events.md` tells when they come and what prevention does. */
export interface WorkerEvents extends InitializableEvents {
  primaryMessage: PrimaryMessage;
  primaryMessageUnhandled: PrimaryMessage;
  primaryRequest: PrimaryRequest;
  primaryRequestUnhandled: PrimaryRequest;
  /** `expected`: whether somebody had asked this worker to stop. */
  peerMessage: PeerMessage;
  peerMessageUnhandled: PeerMessage;
  peerRequest: PeerRequest;
  peerRequestUnhandled: PeerRequest;
  primaryDisconnect: { readonly expected: boolean };
  statusChange: { readonly from: string; readonly to: string };
  activate: object;
  /** A server that this worker serves listens. */
  serverListening: { readonly server: Server; readonly address: ListeningAddress };
  /** Prevented, a connection is left to whoever prevented it, until the deadline. */
  socketDrain: SocketDrain;
  /** A server was drained: no connection of it is left. */
  serverClose: {
    readonly server: Server;
    readonly address: ListeningAddress;
    readonly report: DrainReport;
  };
  /** Stopping begins; `reason` is the primary's, or `destroyed`, `disconnected`, or the signal's name. */
  shutDown: { readonly reason: string };
  /** A shutdown hook failed, or was not done in time; prevented, it counts as handled. */
  shutDownError: ShutDownFailure;
  /** Something that the primary sent was refused and dropped; `from` if another worker did. */
  channelViolation: {
    readonly reason: string;
    readonly error?: unknown;
    readonly from?: PeerIdentity | undefined;
  };
  /** A message could not be sent; its `send` rejects with the same error. */
  sendError: { readonly error: unknown; readonly message: unknown };
}

const fact = { preventable: false };

export const workerEventDefinitions: EventDefinitions<WorkerEvents> = {
  primaryDisconnect: fact,
  statusChange: fact,
  activate: fact,
  serverListening: fact,
  serverClose: fact,
  shutDown: { completeOnce: true, preventable: false },
};
