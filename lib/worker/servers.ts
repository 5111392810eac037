import { ServeError } from '../errors/errors.js';
import { waitOrAbort } from '../util/abortable.js';
import type { Deadline } from '../util/deadline.js';
import { resolveServeOptions, type ServeOptions } from './serve-options.js';
import { ServedServer, type ServedServerParts } from './served-server.js';
import type { AnyServer } from './server-drain.js';

/** What {@link Servers} are made with. */
export type ServersParts = Omit<ServedServerParts, 'server' | 'options' | 'listens' | 'ended'>;

/** The servers of a worker: they begin to listen together, and are drained together. */
export class Servers {
  readonly #parts: ServersParts;
  readonly #served = new Map<AnyServer, ServedServer>();
  /** Whether the worker stands by, is on its way to be ready, has got there, or leaves. */
  #stage: 'waiting' | 'opening' | 'open' | 'leaving' = 'waiting';

  constructor(parts: ServersParts) {
    this.#parts = parts;
  }

  /**
   * Takes a server in; it listens as soon as the worker is activated.
   *
   * @throws {@link ServeError} `CLUSTER_SERVE` and what {@link resolveServeOptions} throws
   */
  add(server: AnyServer, given: ServeOptions): ServedServer {
    const before = this.#served.get(server);
    if (before && !before.hasEnded) throw new ServeError('This server is served already', { reason: 'served already' });
    if (this.#stage === 'leaving') throw new ServeError('The worker is stopping', { reason: 'stopping' });

    const { listens, ...options } = resolveServeOptions(given);
    const ended = () => this.#forget(served);
    const served: ServedServer = new ServedServer({ ...this.#parts, server, options, listens, ended });
    this.#served.set(server, served);
    // Later, nobody but the caller waits for it.
    if (this.#stage !== 'open') served.markHandled();
    if (this.#stage !== 'waiting') served.open();
    return served;
  }

  /** The worker takes work from now on, and servers listen. */
  activate(): void {
    if (this.#stage === 'waiting') this.#stage = 'opening';
    for (const served of this.#served.values()) served.open();
  }

  /** Resolves when every server listens that nobody has let go of. @throws what kept the first one from it */
  async opened(signal: AbortSignal): Promise<void> {
    for (let some = this.#unopened; some.length > 0; some = this.#unopened)
      await waitOrAbort(Promise.all(some.map(served => untilOpen(served))), signal);
    if (this.#stage === 'opening') this.#stage = 'open';
  }

  /** Lets no more connections in; resolves when none is on its way any longer. */
  async unbind(deadline: Deadline): Promise<void> {
    this.#stage = 'leaving';
    await Promise.all([...this.#served.values()].map(served => served.unbind(deadline)));
  }

  /** Resolves when no server has a connection. */
  async empty(): Promise<void> {
    await Promise.all([...this.#served.values()].map(served => served.empty()));
  }

  /** Ends what is left. */
  cut(): void {
    for (const served of this.#served.values()) served.cut();
  }

  get #unopened(): readonly ServedServer[] {
    return [...this.#served.values()].filter(({ address, isLeaving }) => !address && !isLeaving);
  }

  /** One that failed while the worker starts is what the start fails with. */
  #forget(served: ServedServer): void {
    const isKept = this.#stage !== 'open' && !served.isLeaving;
    if (!isKept && this.#served.get(served.server) === served) this.#served.delete(served.server);
  }
}

async function untilOpen(served: ServedServer): Promise<void> {
  try {
    await served.listening;
  } catch (error) {
    if (!served.isLeaving) throw error;
  }
}
