import type { SendHandle } from 'node:child_process';
import type { PhasedEvent } from '../pubsub/event.js';
import type {
  Incoming,
  MessageSection,
  Protocol,
  Reply,
  RequestSection,
  RequestTypeOf,
  Section,
  StreamItem,
  TypeOf,
} from './protocol.js';

/** What every event of a message from the other side carries. */
export interface Received<M> {
  readonly message: M;
  /** The socket or server that came with the message. */
  readonly handle: SendHandle | undefined;
}

/** What a primary's events carry: also the worker it came from. `W` is the primary's handle of a worker. */
export interface ReceivedFromWorker<M, W> extends Received<M> {
  readonly worker: W;
}

/** Who a message from another worker is from; the primary stamps it, so that it cannot be forged. */
export interface PeerIdentity {
  readonly id: number;
  readonly name: string;
  readonly group: string;
}

/** What the events of a message from another worker carry. */
export interface ReceivedFromPeer<M> {
  readonly message: M;
  readonly from: PeerIdentity;
}

/** What the events of requests carry in addition. */
export interface Cancellable {
  /** Aborted when the requester no longer waits. It is made when first read. */
  readonly signal: AbortSignal;
}

/** On a primary, a worker's message; `lib/primary` fixes `W` to its handle. */
export type WorkerMessageEventOf<P extends Protocol, T extends TypeOf<P, 'workerMessage'>, W> = PhasedEvent<
  ReceivedFromWorker<Incoming<P, 'workerMessage', T>, W>,
  'workerMessage'
>;

/** On a primary, a worker's request; `lib/primary` fixes `W` to its handle. */
export type WorkerRequestEventOf<P extends Protocol, T extends TypeOf<P, 'workerRequest'>, W> = PhasedEvent<
  ReceivedFromWorker<Incoming<P, 'workerRequest', T>, W> & Cancellable,
  'workerRequest'
>;

/** On a worker, a message of the primary. */
export type PrimaryMessageEvent<P extends Protocol, T extends TypeOf<P, 'primaryMessage'>> = PhasedEvent<
  Received<Incoming<P, 'primaryMessage', T>>,
  'primaryMessage'
>;

/** On a worker, a request of the primary. */
export type PrimaryRequestEvent<P extends Protocol, T extends TypeOf<P, 'primaryRequest'>> = PhasedEvent<
  Received<Incoming<P, 'primaryRequest', T>> & Cancellable,
  'primaryRequest'
>;

/** On a worker, a message of another worker. */
export type PeerMessageEvent<P extends Protocol, T extends TypeOf<P, 'peerMessage'>> = PhasedEvent<
  ReceivedFromPeer<Incoming<P, 'peerMessage', T>>,
  'peerMessage'
>;

/** On a worker, a request of another worker. */
export type PeerRequestEvent<P extends Protocol, T extends TypeOf<P, 'peerRequest'>> = PhasedEvent<
  ReceivedFromPeer<Incoming<P, 'peerRequest', T>> & Cancellable,
  'peerRequest'
>;

/** What a request's handler returns: the reply or a promise of it, or an async iterable if the request is a stream. */
export type Answer<P extends Protocol, S extends RequestSection, T extends TypeOf<P, S>> =
  T extends RequestTypeOf<P, S> ? Reply<P, S, T> | Promise<Reply<P, S, T>> : AsyncIterable<StreamItem<P, S, T>>;

/** What a primary must answer to. One mapped type, so that errors print its name and not its contents. */
export type PrimaryHandlersOf<P extends Protocol, W> = {
  [H in
    | MessageHandler<P, 'workerMessage'>
    | RequestHandler<P, 'workerRequest'>
    | UnknownSections<P>]: H extends `_eventWorkerMessage_${infer T extends TypeOf<P, 'workerMessage'>}`
    ? (event: WorkerMessageEventOf<P, T, W>) => void | Promise<void>
    : H extends `_eventWorkerRequest_${infer T extends TypeOf<P, 'workerRequest'>}`
      ? (event: WorkerRequestEventOf<P, T, W>) => Answer<P, 'workerRequest', T>
      : never;
};

/** What a worker must answer to. One mapped type, so that errors print its name and not its contents. */
export type WorkerHandlers<P extends Protocol> = {
  [H in
    | MessageHandler<P, 'primaryMessage' | 'peerMessage'>
    | RequestHandler<P, 'primaryRequest' | 'peerRequest'>
    | UnknownSections<P>]: H extends `_eventPrimaryMessage_${infer T extends TypeOf<P, 'primaryMessage'>}`
    ? (event: PrimaryMessageEvent<P, T>) => void | Promise<void>
    : H extends `_eventPrimaryRequest_${infer T extends TypeOf<P, 'primaryRequest'>}`
      ? (event: PrimaryRequestEvent<P, T>) => Answer<P, 'primaryRequest', T>
      : H extends `_eventPeerMessage_${infer T extends TypeOf<P, 'peerMessage'>}`
        ? (event: PeerMessageEvent<P, T>) => void | Promise<void>
        : H extends `_eventPeerRequest_${infer T extends TypeOf<P, 'peerRequest'>}`
          ? (event: PeerRequestEvent<P, T>) => Answer<P, 'peerRequest', T>
          : never;
};

type MessageHandler<P extends Protocol, S extends MessageSection> = S extends unknown ? HandlerName<P, S> : never;
type RequestHandler<P extends Protocol, S extends RequestSection> = S extends unknown ? HandlerName<P, S> : never;

/** Nothing for an untyped section: a class without an index signature could not implement it. */
type HandlerName<P extends Protocol, S extends Section> =
  string extends TypeOf<P, S> ? never : `_event${Capitalize<S>}_${TypeOf<P, S>}`;

/** `extends Protocol` lets a misspelt section compile; a handler that nobody can have makes the misspelling an error. */
type UnknownSections<P> = `unknown section ${Exclude<keyof P, keyof Protocol> & string}`;
