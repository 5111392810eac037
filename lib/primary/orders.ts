import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import type { WorkerHandle, WorkerRequestOrder, WorkerSendOrder, WorkerStreamOrder } from './worker-handle.js';

/** Who is meant: a worker's handle, its id, its name, or `'all'`. */
export type WorkerTarget<P extends Protocol = AnyProtocol> = WorkerHandle<P> | number | string;

/** What `send()` of a primary takes. */
export interface SendOrder<P extends Protocol, M> extends WorkerSendOrder<M> {
  /** Whom to send to; written out as `undefined` it rejects with `NoWorkerError`. @default every ready worker */
  readonly to?: WorkerTarget<P> | readonly WorkerTarget<P>[] | undefined;
}

/** What `request()` of a primary takes. */
export interface RequestOrder<P extends Protocol, M> extends WorkerRequestOrder<M> {
  /** Whom to ask. @default the worker that `roundRobin({ tag: message.type })` selects */
  readonly to?: WorkerTarget<P> | undefined;
}

/** What `stream()` of a primary takes. */
export interface StreamOrder<P extends Protocol, M> extends WorkerStreamOrder<M> {
  /** Whose handler is read. @default the worker that `roundRobin({ tag: message.type })` selects */
  readonly to?: WorkerTarget<P> | undefined;
}
