import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import type { AllSelected, SelectedWorker } from './selection.js';
import type { WorkerHandle } from './worker-handle.js';
import type { WorkerRequestOrder, WorkerSendOrder, WorkerStreamOrder } from './worker-orders.js';

/** Who is meant: a worker's handle, its id, its name, or whoever is selected; `'all'` is everybody. */
export type WorkerTarget<P extends Protocol = AnyProtocol> = WorkerHandle<P> | number | string | SelectedWorker;

/** What `send()` of a primary takes. */
export interface SendOrder<P extends Protocol, M> extends WorkerSendOrder<M> {
  /** Whom to send to; written out as `undefined` it rejects with `NoWorkerError`. @default every ready worker */
  readonly to?: WorkerTarget<P> | AllSelected | readonly (WorkerTarget<P> | AllSelected)[] | undefined;
}

/** What `request()` of a primary takes. */
export interface RequestOrder<P extends Protocol, M> extends WorkerRequestOrder<M> {
  /** Whom to ask. @default the worker that `roundRobin({ tag: message.type })` selects */
  readonly to?: WorkerTarget<P> | undefined;
  /** Whether to ask others when a worker dies of it, or meanwhile. @default `{ attempts: 0 }`: at most once */
  readonly retry?: RetryOptions | undefined;
}

/** How a request is tried again: only after the death of the worker that was asked, and never on the same process. */
export interface RetryOptions {
  /** How many further tries there may be. */
  readonly attempts: number;
}

/** What `stream()` of a primary takes. */
export interface StreamOrder<P extends Protocol, M> extends WorkerStreamOrder<M> {
  /** Whose handler is read. @default the worker that `roundRobin({ tag: message.type })` selects */
  readonly to?: WorkerTarget<P> | undefined;
}
