import { Inbox } from '../channel/inbox.js';
import { Lobby } from '../channel/lobby.js';
import { checkRequest, checkSend } from '../channel/order.js';
import { PreventedError, ShutDownError } from '../errors/errors.js';
import { finishInitialization, ownStep, prepareDestruction } from '../lifecycle/levels.js';
import type { OptionDeclarations } from '../lifecycle/option-table.js';
import { checkHandlers } from '../protocol/check-handlers.js';
import type {
  AnyProtocol,
  Outgoing,
  OutgoingRequest,
  Protocol,
  Reply,
  RequestTypeOf,
  TypeOf,
} from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import { waitOrAbort } from '../util/abortable.js';
import { systemClock } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { ignorable } from '../util/ignorable.js';
import { autoWorkerCount } from './auto-count.js';
import { type Crew, CrewCall } from './crew.js';
import { type Announce, type PrimaryEvents, primaryEventDefinitions } from './events.js';
import { type ForkOptions, resolveForkOptions } from './fork-options.js';
import { assertPrimaryProcess, claimSchedulingPolicy } from './launcher.js';
import { Mailer } from './mailer.js';
import { type ClusterPrimaryOptions, primaryDeclarations, type ResolvedPrimaryOptions } from './options.js';
import type { RequestOrder, SendOrder } from './orders.js';
import { signalDesk } from './signals.js';
import { Supervisor, type SupervisorParts } from './supervisor.js';
import { WarningPrimary } from './warning-primary.js';
import type { WorkerHandle } from './worker-handle.js';
import { WorkerReporter } from './worker-reporter.js';
import { assertScript, workerSettings } from './worker-settings.js';

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
> extends WarningPrimary<E> {
  static override options: OptionDeclarations = primaryDeclarations;

  static {
    this.define<PrimaryEvents>(primaryEventDefinitions);
  }

  readonly #crewCall: CrewCall;
  readonly #lobby: Lobby<WorkerHandle[]>;
  // `E` is at least `PrimaryEvents`: its data for these names is what they say.
  readonly #announce: Announce = (name, data) => this._publish(name, data as E[typeof name]);
  #inbox: Inbox;
  #crew: Crew | undefined;
  #shutDown: Promise<void> | undefined;
  /** The shutdown that listeners are being told of, and that they join when they ask for one themselves. */
  #announcement: Promise<void> | undefined;
  #unwatchSignals = () => {};

  /**
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
   * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
   * @throws {@link HandlerMismatchError} with code `CLUSTER_HANDLER_MISMATCH`, for handlers that belong in a worker
   */
  constructor(options: ClusterPrimaryOptions<P> = {}) {
    super(options);
    checkHandlers(this, 'primary');
    this.#inbox = new Inbox(this);
    this.#crewCall = new CrewCall(this._outcome);
    this.#lobby = new Lobby({
      clock: systemClock,
      enter: async order => (await this.#crewCall.waitFor(order)).mailer,
      refused: (error, message) => void this._publish('sendError', { error, message, worker: undefined }),
    });
  }

  /** Workers that can be given work, in the order they became ready. */
  get workers(): readonly WorkerHandle<P>[] {
    return this.#crew?.supervisor.roster.ready ?? [];
  }

  /** Every live worker by id, ready or not; read-only. */
  get workerById(): Readonly<Record<number, WorkerHandle<P>>> {
    return this.#crew?.supervisor.roster.byId ?? {};
  }

  /** The live worker with this name or id; `undefined` when there is none, or none yet. */
  worker(nameOrId: string | number): WorkerHandle<P> | undefined {
    const roster = this.#crew?.supervisor.roster;
    return typeof nameOrId === 'number' ? roster?.byId[nameOrId] : roster?.named(nameOrId);
  }

  /**
   * The ready worker that was least recently selected for the tag; `undefined` when there is none.
   *
   * Exact however fast it is called. A worker that is new comes before all that were selected before.
   */
  roundRobin({ tag = '' }: { readonly tag?: string | undefined } = {}): WorkerHandle<P> | undefined {
    return this.#crew?.supervisor.balancer.roundRobin({ tag });
  }

  /**
   * Adds workers, each in a slot of its own that is kept up from now on.
   *
   * @returns their handles, once all are ready.
   * @throws {@link WorkerBootError} `CLUSTER_WORKER_BOOT` at the first that fails before it is ready; its slot is given up
   * @throws {@link ShutDownError} `CLUSTER_SHUT_DOWN`, {@link PreventedError} `CLUSTER_PREVENTED`,
   * {@link WorkerNameError} `CLUSTER_WORKER_NAME`, {@link GroupFailedError} `CLUSTER_GROUP_FAILED`
   */
  async fork(options: ForkOptions = {}): Promise<WorkerHandle<P>[]> {
    const { workerCount: count, name, env, args, restart } = resolveForkOptions(options);
    if (this.#shutDown) throw new ShutDownError('Nothing can be forked after shutDown()', { operation: 'fork' });

    ignorable(this.ready);
    const { supervisor } = await this.#crewCall.wait();
    const { settings, options: own } = supervisor.parts;
    assertScript(settings);
    const launch = { env: { ...own.workerEnv, ...env }, args: args ?? settings.args };
    return supervisor.fork({ group: 'default', count, name, restart }, launch);
  }

  /**
   * Sends to one worker, to several, or without `to` to every ready worker.
   *
   * @returns the workers that were reached, once the operating system took the message; may be ignored.
   * @throws {@link NoWorkerError} `CLUSTER_NO_WORKER`, {@link UnknownWorkerError} `CLUSTER_UNKNOWN_WORKER`,
   * {@link WorkerExitedError} `CLUSTER_WORKER_EXITED`, {@link UnserializableMessageError}
   * `CLUSTER_UNSERIALIZABLE_MESSAGE`; an AggregateError when several were meant
   */
  send<T extends TypeOf<P, 'primaryMessage'>>(
    order: SendOrder<P, Outgoing<P, 'primaryMessage', T>>,
  ): Promise<WorkerHandle<P>[]> {
    try {
      const checked = checkSend(order);
      const mailer = this._isReady ? this.#crew?.mailer : undefined;
      return mailer?.send(checked) ?? this.#lobby.send(checked);
    } catch (error) {
      return this.#lobby.refuse(error, order);
    }
  }

  /**
   * Asks one worker and resolves with what its handler answers; without `to`, the next ready one for the message's type.
   *
   * @throws as {@link WorkerHandle.request} does, and {@link NoWorkerError}, {@link UnknownWorkerError}
   */
  request<T extends RequestTypeOf<P, 'primaryRequest'>>(
    order: RequestOrder<P, OutgoingRequest<P, 'primaryRequest', T>>,
  ): Promise<Reply<P, 'primaryRequest', T>> {
    try {
      const checked = checkRequest(order);
      const mailer = this._isReady ? this.#crew?.mailer : undefined;
      if (mailer) return mailer.request(checked);

      // Who asks hears of a failed start, as if it had awaited `ready`.
      ignorable(this.ready);
      return this.#lobby.request(checked);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Stops every worker gracefully; nothing is forked from now on. Identical calls join.
   *
   * @returns when every process is gone.
   * @throws {@link PreventedError} with code `CLUSTER_PREVENTED`
   */
  shutDown(): Promise<void> {
    return this.#shutDown ?? this.#announcement ?? this.#announceShutDown();
  }

  async [ownStep._initialize](options: ResolvedPrimaryOptions): Promise<void> {
    assertPrimaryProcess();
    if (this.#shutDown) throw new ShutDownError('shutDown() came before the start', { operation: 'initialize' });

    const settings = workerSettings(options);
    claimSchedulingPolicy(options.schedulingPolicy);
    if (!this._publish('setup', { settings })) {
      throw new PreventedError('A subscriber prevented the set-up', { event: 'setup' });
    }

    this.#inbox = new Inbox(this, options.schemas);
    this.#openSupervisor({ options, settings });
  }

  [ownStep._destroy](): void {
    this.#unwatchSignals();
  }

  /** @internal */
  protected override async [finishInitialization](signal: AbortSignal): Promise<void> {
    const { workerCount } = this._options as ResolvedPrimaryOptions;
    const count = workerCount === 'auto' ? autoWorkerCount() : workerCount;
    if (count > 0) await waitOrAbort(this.fork({ workerCount: count }), signal);
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

  /** Calls the message's handler; override it to see every message in one place. */
  protected _eventWorkerMessage(event: EventOf<PrimaryEvents, 'workerMessage'>): unknown {
    const outcome = this.#inbox.dispatch('workerMessage', event);
    if (typeof outcome === 'object') return outcome.result;

    return this._publish('workerMessageUnhandled', event.data);
  }

  /** Calls the request's handler and answers with what it returns or throws. */
  protected _eventWorkerRequest(event: EventOf<PrimaryEvents, 'workerRequest'>): void {
    if (!this.#inbox.answer('workerRequest', event)) this._publish('workerRequestUnhandled', event.data);
  }

  #openSupervisor({ options, settings }: Pick<SupervisorParts, 'options' | 'settings'>): void {
    const announce = this.#announce;
    const inbox = this.#inbox;
    const talk = new WorkerReporter(announce, inbox);
    const checkedReply: SupervisorParts['checkedReply'] = (...reply) => inbox.checkedReply('primaryRequest', ...reply);
    const supervisor = new Supervisor({ options, settings, clock: systemClock, announce, talk, checkedReply });
    this.#crew = { supervisor, mailer: new Mailer(supervisor, systemClock, announce) };
    const stoppable = { stop: () => this.destroy(), force: () => supervisor.killAll() };
    this.#unwatchSignals = signalDesk.watch(options.gracefulOnSignals, stoppable);
    this.#crewCall.arrived(this.#crew);
  }

  #announceShutDown({ isFact = false } = {}): Promise<void> {
    const outcome = new Deferred<void>();
    this.#announcement = outcome.promise;
    const isAgreed = this._publish('shutDown', {});
    this.#announcement = undefined;
    if (isAgreed || isFact) {
      this.#shutDown = outcome.promise;
      // Who waits for a start would wait for ever; a destruction tells them by `ready`.
      if (!isFact)
        this.#crewCall.cancel(new ShutDownError('shutDown() came before the start', { operation: 'initialize' }));
      outcome.resolve(this.#stopWorkers());
    } else {
      outcome.reject(new PreventedError('A subscriber prevented the shutdown', { event: 'shutDown' }));
    }
    return outcome.promise;
  }

  async #stopWorkers(): Promise<void> {
    await this.#crew?.supervisor.shutDown();
    this._publish('shutDownComplete', {});
  }
}
