import { ShutDownError } from '../errors/errors.js';
import { finishDestruction } from '../lifecycle/levels.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import { systemClock } from '../util/clock.js';
import type { PrimaryEvents } from './events.js';
import { groupNames } from './groups.js';
import { checkHealth, type HealthOptions, type ResolvedHealth } from './health-options.js';
import { groupFacts, type HealthFacts, type HealthPhase, reportLiveness, reportReadiness } from './health-report.js';
import { type HealthAnswer, HealthServer, type HealthServerParts } from './health-server.js';
import { crewCall } from './messaging-primary.js';
import type { ResolvedPrimaryOptions } from './options.js';
import { StoringPrimary } from './storing-primary.js';

/** Closes what the primary serves itself, unless that has to tell of a destruction that goes on. @internal */
export const endService = Symbol('endService');

/** The part of a primary that tells those outside of the cluster how it is. */
export abstract class ServingPrimary<
  P extends Protocol = AnyProtocol,
  E extends PrimaryEvents = PrimaryEvents,
> extends StoringPrimary<P, E> {
  readonly #madeAt = systemClock.now();
  readonly #healthServers = new Set<HealthServer>();
  /** Why nothing is served any more. */
  #end: ShutDownError | undefined;

  /**
   * Answers the probes of an orchestrator or a load balancer over HTTP, from now on, ready or not, until the primary is
   * destroyed, `shutDown()` is done, or the server that it resolves with is closed.
   *
   * - `/livez`: 200 as long as this process lives and its start has not failed, also while it stops.
   * - `/readyz`: 200 while the cluster can serve: the primary is ready and does not stop, and of each group a quorum of workers
   *   is ready. Otherwise 503, and the body says why.
   *
   * A group that is drained, or has no workers, counts only when `quorum` names it; but when all groups are drained nobody is
   * left to serve. The server keeps no process alive.
   *
   * @throws {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`,
   * {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`, {@link DestroyedError} `CLUSTER_DESTROYED`, {@link ShutDownError}
   * `CLUSTER_SHUT_DOWN` after a `shutDown()`, or Node's error when it cannot listen
   *
   * @example
   * const primary = new ClusterPrimary({ workerCount: 4, workerScript: './server.js' });
   * await primary.serveHealth({ port: 9000, quorum: 3 });
   * await primary.ready;
   */
  async serveHealth(options: HealthOptions): Promise<HealthServer> {
    // They are resolved by `primaryDeclarations`.
    const known = groupNames(this._options as object as ResolvedPrimaryOptions);
    const { port, host, ...rest } = checkHealth(options, known);
    this.#assertService();
    const closed = () => void this.#healthServers.delete(server);
    const server = await HealthServer.open({ port, host, pages: this.#pages(rest), closed });
    this.#healthServers.add(server);
    try {
      this.#assertService();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** @internal */
  protected async [endService](): Promise<void> {
    if (this._destroying.aborted) return;

    this.#end = new ShutDownError('The cluster is shut down', { operation: 'serveHealth' });
    await this.#closeHealth();
  }

  /** @internal */
  protected override async [finishDestruction](): Promise<void> {
    await this.#closeHealth();
  }

  #assertService(): void {
    this._destroying.throwIfAborted();
    if (this.#end) throw this.#end;
  }

  async #closeHealth(): Promise<void> {
    await Promise.all([...this.#healthServers].map(server => server.close()));
  }

  #pages({ quorum, path }: Pick<ResolvedHealth, 'quorum' | 'path'>): HealthServerParts['pages'] {
    const live = (): HealthAnswer => {
      const body = reportLiveness(this.#life);
      return { ok: body.status === 'live', body };
    };
    const ready = (): HealthAnswer => {
      const supervisor = this[crewCall].crew?.supervisor;
      const body = reportReadiness({ ...this.#life, groups: supervisor ? groupFacts(supervisor) : [] }, quorum);
      return { ok: body.status === 'ready', body };
    };
    return new Map([
      [path.live, live],
      [path.ready, ready],
    ]);
  }

  get #life(): Omit<HealthFacts, 'groups'> {
    return { phase: this.#phase, uptime: systemClock.now() - this.#madeAt };
  }

  get #phase(): HealthPhase {
    const { aborted, reason } = this._destroying;
    if (aborted) return 'cause' in reason ? 'failed' : 'shuttingDown';
    if (this[crewCall].crew?.supervisor.isClosed) return 'shuttingDown';

    return this._isReady ? 'running' : 'starting';
  }
}
