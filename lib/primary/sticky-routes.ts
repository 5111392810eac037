import type { SendHandle } from 'node:child_process';
import { ServeError } from '../errors/errors.js';
import type { ListeningAddress, ListenSpec } from '../protocol/serving.js';
import type { Clock } from '../util/clock.js';
import type { RoutedListener } from './routed-connection.js';
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
  readonly key: string;
  readonly router: StickyRouter;
  readonly address: Promise<ListeningAddress>;
  /** Servers that take connections, or are about to. */
  readonly stops: Set<Stop>;
}

interface Stop {
  readonly worker: WorkerHandle;
  readonly route: Route;
  /** There once the server takes connections. */
  listener?: RoutedListener;
}

/** The routers of a primary, one for each address, and the workers' servers behind them. */
export class StickyRoutes {
  readonly #parts: StickyRoutesParts;
  readonly #routes = new Map<string, Route>();
  readonly #stops = new Map<WorkerHandle, Map<number, Stop>>();

  constructor(parts: StickyRoutesParts) {
    this.#parts = parts;
  }

  /**
   * Where the router of that server's key listens, for which it begins to if it does not; it goes on until the server has left.
   *
   * @throws Node's error, such as EADDRINUSE; {@link ServeError} with code `CLUSTER_SERVE` when the worker has another server there
   */
  async open({ worker, id, key }: RoutedServerOf, spec: ListenSpec, options: StickyOptions): Promise<ListeningAddress> {
    const route = this.#routes.get(key) ?? this.#begin(key, spec, options);
    for (const stop of route.stops) if (stop.worker === worker) throw servedTwice();

    const stop: Stop = { worker, route };
    const stops = this.#stops.get(worker) ?? new Map<number, Stop>();
    this.#stops.set(worker, stops.set(id, stop));
    route.stops.add(stop);
    return route.address;
  }

  /** A server for which a router listens takes connections from now on. */
  join(worker: WorkerHandle, id: number, hand: HandOver): void {
    const stop = this.#stops.get(worker)?.get(id);
    if (!stop) return;

    stop.listener = { id: worker.id, name: worker.name, hand };
    stop.route.router.add(stop.listener);
  }

  /** A server's word about a connection; returns `false` if it has no say. */
  taken(
    worker: WorkerHandle,
    id: number,
    { connection, accepted }: { connection: number; accepted: boolean },
  ): boolean {
    const { listener, route } = this.#stops.get(worker)?.get(id) ?? {};
    if (listener) route?.router.taken(listener, connection, accepted);
    return listener !== undefined;
  }

  /** A server takes no more; resolves when none is on its way to it. With the last one that leaves, the router closes. */
  async leave(worker: WorkerHandle, id: number): Promise<void> {
    const stop = this.#stops.get(worker)?.get(id);
    if (!stop) return;

    const { route, listener } = stop;
    const left = listener && route.router.remove(listener);
    route.stops.delete(stop);
    if (route.stops.size === 0) this.#close(route);
    await left;
    const stops = this.#stops.get(worker);
    if (stops?.get(id) === stop) stops.delete(id);
  }

  /** The process is gone: what was on its way there goes elsewhere, and what comes now waits for somebody. */
  lose(worker: WorkerHandle): void {
    for (const stop of this.#stops.get(worker)?.values() ?? []) {
      const { route, listener } = stop;
      route.stops.delete(stop);
      if (listener) route.router.lose(listener);
    }
    this.#stops.delete(worker);
  }

  /** No connection is accepted any more. */
  close(): void {
    for (const route of this.#routes.values()) this.#close(route);
  }

  #begin(key: string, spec: ListenSpec, options: StickyOptions): Route {
    const router = new StickyRouter({ ...this.#parts, options });
    const route: Route = { key, router, address: router.listen(spec), stops: new Set() };
    this.#routes.set(key, route);
    route.address.catch(() => this.#close(route));
    return route;
  }

  #close(route: Route): void {
    route.router.close();
    if (this.#routes.get(route.key) === route) this.#routes.delete(route.key);
  }
}

function servedTwice(): ServeError {
  const message = 'With `sticky` a worker has one server on an address: a second one would get no connection';
  return new ServeError(message, { reason: 'two servers on one address' });
}
