import type { SendHandle } from 'node:child_process';
import type { ListeningAddress, ListenSpec } from '../protocol/serving.js';
import type { Clock } from '../util/clock.js';
import type { RoutedListener } from './routed-listener.js';
import type { StickyOptions } from './sticky-options.js';
import { StickyRouter } from './sticky-router.js';
import type { WorkerHandle } from './worker-handle.js';

/** What {@link StickyRoutes} are made with. */
export interface StickyRoutesParts {
  readonly clock: Clock;
  /** Told what went wrong on the way of a connection. */
  readonly failed: (error: unknown) => void;
}

/** One server of one worker. */
export interface RoutedServerOf {
  readonly worker: WorkerHandle;
  /** Of the server, in its worker. */
  readonly id: number;
  /** Of all servers that share connections. */
  readonly key: string;
}

/** Sends a connection, and what was read of it, to a server. */
export type HandOver = (connection: number, head: string | undefined, handle: SendHandle) => Promise<void>;

interface Route {
  readonly router: StickyRouter;
  readonly address: Promise<ListeningAddress>;
}

interface Stop {
  readonly key: string;
  readonly router: StickyRouter;
  readonly listener: RoutedListener;
}

/** The routers of a primary, one for each address, and the workers' servers behind them. */
export class StickyRoutes {
  readonly #parts: StickyRoutesParts;
  readonly #routes = new Map<string, Route>();
  readonly #stops = new Map<WorkerHandle, Map<number, Stop>>();

  constructor(parts: StickyRoutesParts) {
    this.#parts = parts;
  }

  /** Where the router of that key listens; it begins to if it does not. @throws Node's error, such as EADDRINUSE */
  open(key: string, spec: ListenSpec, options: StickyOptions): Promise<ListeningAddress> {
    const known = this.#routes.get(key);
    if (known) return known.address;

    const router = new StickyRouter({ ...this.#parts, options });
    const address = router.listen(spec);
    this.#routes.set(key, { router, address });
    address.catch(() => this.#routes.delete(key));
    return address;
  }

  /** A server takes connections from now on. */
  join({ worker, id, key }: RoutedServerOf, hand: HandOver): void {
    const router = this.#routes.get(key)?.router;
    if (!router) return;

    const listener: RoutedListener = { id: worker.id, name: worker.name, hand };
    const stops = this.#stops.get(worker) ?? new Map<number, Stop>();
    this.#stops.set(worker, stops.set(id, { key, router, listener }));
    router.add(listener);
  }

  /** A server's word about a connection; returns `false` if it has no say. */
  taken(
    worker: WorkerHandle,
    id: number,
    { connection, accepted }: { connection: number; accepted: boolean },
  ): boolean {
    const stop = this.#stops.get(worker)?.get(id);
    stop?.router.taken(stop.listener, connection, accepted);
    return stop !== undefined;
  }

  /** A server takes no more; resolves when none is on its way to it. With the last one that leaves, the router closes. */
  async leave(worker: WorkerHandle, id: number): Promise<void> {
    const stop = this.#stops.get(worker)?.get(id);
    if (!stop) return;

    const left = stop.router.remove(stop.listener);
    if (stop.router.size === 0) this.#close(stop.key);
    await left;
  }

  /** The process is gone: what was on its way there goes elsewhere, and what comes now waits for somebody. */
  lose(worker: WorkerHandle): void {
    for (const { router, listener } of this.#stops.get(worker)?.values() ?? []) router.lose(listener);
    this.#stops.delete(worker);
  }

  /** No connection is accepted any more. */
  close(): void {
    for (const key of [...this.#routes.keys()]) this.#close(key);
  }

  #close(key: string): void {
    this.#routes.get(key)?.router.close();
    this.#routes.delete(key);
  }
}
