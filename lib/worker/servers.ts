import { ServeError } from '../errors/errors.js';
import { waitOrAbort } from '../util/abortable.js';
import type { Deadline } from '../util/deadline.js';
import { resolveServeOptions, type ServeOptions } from './serve-options.js';
import { ServedServer, type ServedServerParts } from './served-server.js';
import type { AnyServer } from './server-drain.js';

/** What {@link Servers} are made with. */
export type ServersParts = Omit<ServedServerParts, 'server' | 'options' | 'listens'>;

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
    if (this.#served.has(server)) throw new ServeError('This server is served already', { reason: 'served already' });
    if (this.#stage === 'leaving') throw new ServeError('The worker is stopping', { reason: 'stopping' });

    const { listens, ...options } = resolveServeOptions(given);
    const served = new ServedServer({ ...this.#parts, server, options, listens });
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

  /** Resolves when every server listens. @throws what kept the first one from it */
  async opened(signal: AbortSignal): Promise<void> {
    let count: number;
    do {
      count = this.#served.size;
      await waitOrAbort(Promise.all([...this.#served.values()].map(({ listening }) => listening)), signal);
    } while (this.#served.size > count);
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
}
