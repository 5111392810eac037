import { Inbox } from '../channel/inbox.js';
import { PreventedError, ShutDownError } from '../errors/errors.js';
import { finishInitialization, ownStep, prepareDestruction } from '../lifecycle/levels.js';
import type { OptionDeclarations } from '../lifecycle/option-table.js';
import { limitsOf } from '../protocol/limits.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import { waitOrAbort } from '../util/abortable.js';
import { systemClock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { ignorable } from '../util/ignorable.js';
import { autoWorkerCount } from './auto-count.js';
import type { Announce, PrimaryEvents } from './events.js';
import { type ForkOptions, resolveForkOptions } from './fork-options.js';
import { assertAccess, assertStandbys, type Group, Groups } from './groups.js';
import { assertPrimaryProcess, claimSchedulingPolicy } from './launcher.js';
import { Mailer } from './mailer.js';
import { crewCall, inbox } from './messaging-primary.js';
import { type ClusterPrimaryOptions, primaryDeclarations, type ResolvedPrimaryOptions } from './options.js';
import { PeerWatch } from './peer-watch.js';
import { awaitsPhase, runPhase } from './phased-primary.js';
import { Receivers } from './receivers.js';
import { Relay } from './relay.js';
import { ServingDesk } from './serving-desk.js';
import { endService, ServingPrimary } from './serving-primary.js';
import { signalDesk } from './signals.js';
import type { StorageDesk } from './storage-desk.js';
import { closeStorage, openStorage } from './storing-primary.js';
import { Supervisor, type SupervisorParts } from './supervisor.js';
import { warnOfReload } from './warning-primary.js';
import { Whereabouts } from './whereabouts.js';
import type { WorkerHandle } from './worker-handle.js';
import { WorkerReporter } from './worker-reporter.js';
import { assertScript } from './worker-settings.js';

/**
 * A supervised cluster of worker processes, seen from the process that forks them.
 *
 * Subclass it, write `_eventWorkerMessage_<type>` and `_eventWorkerRequest_<type>` for what your workers send, and call
 * `send()`, `request()` and `roundRobin()`. A worker that leaves without being asked to is replaced.
 *
 * @example
 * class HeadChef extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
 *   _eventWorkerMessage_plated({ data: { message, worker } }: WorkerMessageEvent<Kitchen, 'plated'>) {
 *     console.log(`${worker.name} served table ${message.table}`);
 *   }
 * }
 * await using chef = await new HeadChef({ workerCount: 2, workerScript: './cook.js' }).ready;
 * await chef.send({ message: { type: 'cook', dish: 'soup' }, to: chef.roundRobin() });
 */
export class ClusterPrimary<
  P extends Protocol = AnyProtocol,
  E extends PrimaryEvents = PrimaryEvents,
> extends ServingPrimary<P, E> {
  static override options: OptionDeclarations = primaryDeclarations;

  // `E` is at least `PrimaryEvents`: its data for these names is what they say.
  readonly #announce: Announce = (name, data) => this._publish(name, data as E[typeof name]);
  #shutDown: Promise<void> | undefined;
  /** The shutdown that listeners are being told of, and that they join when they ask for one themselves. */
  #announcement: Promise<void> | undefined;
  #unwatchSignals = () => {};
  #closeServing = () => {};

  /**
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
   * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
   * @throws {@link HandlerMismatchError} with code `CLUSTER_HANDLER_MISMATCH`, for handlers that belong in a worker
   */
  constructor(options: ClusterPrimaryOptions<P> = {}) {
    super(options);
    // Before the start, since it can be told from the options alone. They are resolved by `primaryDeclarations`.
    const resolved = this._options as object as ResolvedPrimaryOptions;
    try {
      assertStandbys(resolved);
      assertAccess(resolved);
    } catch (error) {
      // Nobody gets this primary, who could await that it does not start.
      void this.destroy();
      throw error;
    }
  }

  /**
   * Adds workers, each in a slot of its own that is kept up from now on.
   *
   * @returns their handles, once all are ready.
   * @throws {@link WorkerBootError} `CLUSTER_WORKER_BOOT` at the first that fails before it is ready; its slot is given up
   * @throws {@link ShutDownError} `CLUSTER_SHUT_DOWN`, {@link PreventedError} `CLUSTER_PREVENTED`,
   * {@link WorkerNameError} `CLUSTER_WORKER_NAME`, {@link GroupFailedError} `CLUSTER_GROUP_FAILED`,
   * {@link UnknownGroupError} `CLUSTER_UNKNOWN_GROUP`
   */
  async fork(options: ForkOptions = {}): Promise<WorkerHandle<P>[]> {
    const { workerCount: count, name, env, args, restart, ...to } = resolveForkOptions(options);
    if (this.#shutDown) throw new ShutDownError('Nothing can be forked after shutDown()', { operation: 'fork' });

    ignorable(this.ready);
    const { supervisor } = await this[crewCall].wait();
    const group = supervisor.parts.groups.get(to.group);
    assertScript(supervisor.editions.of(group, supervisor.reconciler.edition(group.name)).settings);
    return supervisor.fork({ group: group.name, count, name, restart }, { env, args });
  }

  /**
   * Stops every worker gracefully; nothing is forked from now on. Identical calls join.
   *
   * @returns when every process is gone, and the hooks of {@link onShutDown} are done.
   * @throws {@link PreventedError} with code `CLUSTER_PREVENTED`
   */
  shutDown(): Promise<void> {
    return this.#shutDown ?? this.#announcement ?? this.#announceShutDown();
  }

  async [ownStep._initialize](options: ResolvedPrimaryOptions): Promise<void> {
    assertPrimaryProcess();
    if (this.#shutDown) throw new ShutDownError('shutDown() came before the start', { operation: 'initialize' });

    const groups = new Groups(options);
    claimSchedulingPolicy(options.schedulingPolicy);
    if (!this._publish('setup', { settings: groups.default.settings, groups: groups.settings })) {
      throw new PreventedError('A subscriber prevented the set-up', { event: 'setup' });
    }

    this[inbox] = new Inbox(this, options.schemas);
    const storage = await this[openStorage](options);
    // Opened or not, it is closed in the end.
    if (this.#shutDown) throw new ShutDownError('shutDown() came before the start', { operation: 'initialize' });
    this.#openSupervisor(groups, options, storage);
  }

  async [ownStep._destroy](): Promise<void> {
    this.#unwatchSignals();
    this.#closeServing();
    await this[closeStorage]();
  }

  /** @internal */
  protected override async [finishInitialization](signal: AbortSignal): Promise<void> {
    const { supervisor } = await this[crewCall].wait();
    const started = new Map<string, Promise<unknown>>();
    const { groups } = supervisor.parts;
    for (const name of groups.startOrder) started.set(name, this.#startGroup(groups.get(name), started));
    await waitOrAbort(Promise.all(started.values()), signal);
  }

  /** @internal */
  protected override async [prepareDestruction](): Promise<void> {
    // A fact: whoever prevents the event cannot keep the workers of a primary that is destroyed.
    await (this.#shutDown ?? this.#announceShutDown({ isFact: true }));
  }

  /** Adds the worker to those that can be selected: call `super` when you override it. */
  protected _eventWorkerReady({ data: { worker } }: EventOf<PrimaryEvents, 'workerReady'>): void {
    // A listener before may have asked it to stop: then it was removed already.
    if (worker.state === 'ready') this._publish('addWorker', { worker });
  }

  /** A group starts when those that it depends on are ready. */
  async #startGroup({ name: group, options }: Group, started: ReadonlyMap<string, Promise<unknown>>): Promise<void> {
    const { dependsOn } = options;
    // Without dependencies at once, so that its slots exist when `_initialize` is done.
    if (dependsOn.length > 0) await Promise.all(dependsOn.map(name => started.get(name)));
    const workerCount = options.workerCount === 'auto' ? autoWorkerCount() : options.workerCount;
    if (workerCount > 0) await this.fork({ workerCount, group });
  }

  #openSupervisor(groups: Groups, options: ResolvedPrimaryOptions, storage: StorageDesk): void {
    const announce = this.#announce;
    const incoming = this[inbox];
    const stickyOf = (group: string) => groups.get(group).options.sticky;
    const serving = new ServingDesk({ announce, clock: systemClock, stickyOf });
    this.#closeServing = () => serving.close();
    const talk = new WorkerReporter(announce, incoming, () => ({ relay, serving, storage }));
    const checkedReply: SupervisorParts['checkedReply'] = (...reply) =>
      incoming.checkedReply('primaryRequest', ...reply);
    const itemCheck: SupervisorParts['itemCheck'] = message => incoming.itemCheck('primaryRequest', message);
    const supervisor = new Supervisor({
      ...{ groups, clock: systemClock, announce, talk, checkedReply, itemCheck },
      gaveUp: () => void this.destroy().finally(() => process.exit(1)),
    });
    const receivers = new Receivers(supervisor, systemClock);
    const relay = this.#openRelay(new Whereabouts(supervisor, receivers), options);
    const mailer = new Mailer(receivers, systemClock, announce);
    const reload = () => this.reload().catch(error => this[warnOfReload](error));
    const stoppable = { stop: () => this.destroy(), force: () => supervisor.killAll(), reload };
    this.#unwatchSignals = signalDesk.watch(options, stoppable);
    this[crewCall].arrived({ supervisor, receivers, mailer });
  }

  #openRelay(search: Whereabouts, { maxMessageBytes, maxQueuedBytes }: ResolvedPrimaryOptions): Relay {
    const announce = this.#announce;
    const isOn = () => this.hasSubscribers('peerMessage') || '_eventPeerMessage' in this;
    const watch = new PeerWatch({ announce, isOn, limits: limitsOf({ maxMessageBytes }) });
    return new Relay({ announce, watch, search, maxMessageBytes, maxQueuedBytes });
  }

  #announceShutDown({ isFact = false } = {}): Promise<void> {
    const outcome = new Deferred<void>();
    this.#announcement = outcome.promise;
    const isAgreed = this._publish('shutDown', {});
    this.#announcement = undefined;
    if (isAgreed || isFact) {
      this.#shutDown = outcome.promise;
      // The phase `unbind` lets the workers live on, but nothing is forked any more.
      this[crewCall].crew?.supervisor.close();
      // Who waits for a start would wait for ever; a destruction tells them by `ready`.
      if (!isFact)
        this[crewCall].cancel(new ShutDownError('shutDown() came before the start', { operation: 'initialize' }));
      outcome.resolve(this.#stopWorkers(isFact ? 'destroyed' : 'shutDown'));
    } else {
      outcome.reject(new PreventedError('A subscriber prevented the shutdown', { event: 'shutDown' }));
    }
    return outcome.promise;
  }

  async #stopWorkers(reason: string): Promise<void> {
    // Without that nothing is waited for: the workers are asked at once.
    if (this[awaitsPhase]('unbind')) await this[runPhase]('unbind', reason);
    await this[crewCall].crew?.supervisor.shutDown();
    await this[runPhase]('release', reason);
    await this[endService]();
    this._publish('shutDownComplete', {});
  }
}
