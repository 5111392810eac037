import { PreventedError, ShutDownError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import { type ExitRecord, exitRecord, type StopCause } from '../supervision/exit-record.js';
import { type Action, type AddRequest, Reconciler } from '../supervision/reconciler.js';
import { notReplacedError, type Slot } from '../supervision/slot.js';
import type { Clock, Timer } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import { Balancer } from './balancer.js';
import type { Announce } from './events.js';
import { bootError } from './exit-errors.js';
import type { Groups } from './groups.js';
import { launch, type WorkerEnvironment } from './launcher.js';
import { Roster } from './roster.js';
import { Sweep } from './sweep.js';
import { WaitingList } from './waiting-list.js';
import { workerEnvironment } from './worker-environment.js';
import { type HandleControl, type ProcessBehindHandle, WorkerHandle } from './worker-handle.js';
import type { WorkerLife, WorkerTalk } from './worker-observers.js';
import { WorkerProcess } from './worker-process.js';
import type { WorkerProcessParts } from './worker-process-parts.js';
import { watchdogDescriptor } from './worker-settings.js';

/** What one fork has of its own, over the settings of its group. */
export interface ForkSettings {
  readonly env: WorkerEnvironment;
  readonly args: readonly string[];
}

/** What a {@link Supervisor} is made of. */
export interface SupervisorParts {
  readonly groups: Groups;
  readonly clock: Clock;
  readonly announce: Announce;
  readonly talk: WorkerTalk;
  readonly checkedReply: WorkerProcessParts['checkedReply'];
  readonly itemCheck: WorkerProcessParts['itemCheck'];
}

type Replacement = Extract<Action, { type: 'forkLater' }>;

/** Carries out what the reconciler decides, with real processes, and tells it and the world what they do. */
export class Supervisor implements WorkerLife, HandleControl {
  readonly roster = new Roster<WorkerHandle>();
  readonly balancer = new Balancer<WorkerHandle>();
  /** The turns of workers between which another strategy sees no difference: they are no turns of round robin. */
  readonly ties = new Balancer<WorkerHandle>();
  /** Who waits for the next process of a slot. */
  readonly nextProcess = new WaitingList<Slot, WorkerHandle>();
  /** Who waits for a worker of a group to be ready; `undefined` for any group. */
  readonly nextReady = new WaitingList<string | undefined, WorkerHandle>();
  readonly #boots = new WaitingList<Slot, WorkerHandle>();
  readonly parts: SupervisorParts;
  readonly #sweep: Sweep;
  readonly #reconciler: Reconciler;
  readonly #live = new Set<ProcessBehindHandle>();
  /** The latest process of each slot, gone or not. */
  readonly #latest = new Map<Slot, ProcessBehindHandle>();
  readonly #forks = new Map<Slot, ForkSettings>();
  readonly #delays = new Map<Slot, Timer>();
  readonly #gone = new Deferred<void>();

  constructor(parts: SupervisorParts) {
    const { clock, groups } = parts;
    this.parts = parts;
    this.#sweep = new Sweep(clock);
    this.#reconciler = new Reconciler({ now: () => clock.now() });
    for (const { name, options } of groups) this.#reconciler.configure(name, options.restart);
  }

  get isShuttingDown(): boolean {
    return this.#reconciler.isShuttingDown;
  }

  /** All slots, with and without a process. */
  get slots(): readonly Slot[] {
    return this.#reconciler.slots;
  }

  /** Why nobody of the group, or of any, can become ready any more; `undefined` as long as somebody may. */
  whyNobody(group?: string): Error | undefined {
    return this.#reconciler.whyNobody(group);
  }

  /**
   * Adds slots and forks a worker for each.
   *
   * @returns their handles once all are ready; rejects at the first boot failure.
   */
  fork(request: AddRequest, settings: ForkSettings): Promise<WorkerHandle[]> {
    const actions = this.#reconciler.add(request);
    const slots = actions.flatMap(action => (action.type === 'fork' ? [action.slot] : []));
    if (!this.#announceFork(slots)) throw new PreventedError('A subscriber prevented the fork', { event: 'fork' });

    this.parts.groups.use(this.parts.groups.get(request.group));
    for (const slot of slots) this.#forks.set(slot, settings);
    const ready = Promise.all(slots.map(slot => this.#boots.wait(slot)));
    this.#execute(actions);
    return ready;
  }

  retire(worker: ProcessBehindHandle, cause: StopCause, timeout?: number): Promise<ExitRecord> {
    if (this.#latest.get(worker.slot) === worker) {
      const actions = this.#reconciler.retire(worker.slot, cause);
      this.#execute(actions, timeout);
      // It was retired before: a second request can still shorten the wait.
      if (actions.length === 0) worker.stop(cause, timeout);
    }
    return worker.exited.promise;
  }

  /** Stops everything; resolves when every process is gone. Nothing is forked from now on. */
  shutDown(): Promise<void> {
    this.#execute(this.#reconciler.shutDown());
    this.nextReady.rejectAll(new ShutDownError('The cluster is shutting down', { operation: 'request' }));
    this.#checkGone();
    return this.#gone.promise;
  }

  /** Ends every process at once. */
  killAll(): void {
    for (const { node } of this.#live) node.process.kill('SIGKILL');
  }

  ready(worker: ProcessBehindHandle): void {
    const { slot, generation, handle } = worker;
    this.#execute(this.#reconciler.ready(slot, generation));
    this.roster.markReady(handle);
    this.balancer.add(handle);
    this.ties.add(handle);
    this.parts.announce('workerReady', { worker: handle });
    this.#boots.resolve(slot, handle);
    for (const group of [slot.group, undefined]) if (this.roster.isReady(handle)) this.nextReady.resolve(group, handle);
  }

  left({ handle }: ProcessBehindHandle): void {
    this.roster.markLeaving(handle);
    this.balancer.remove(handle);
    this.ties.remove(handle);
    this.parts.talk.left(handle);
    this.parts.announce('removeWorker', { worker: handle });
  }

  exited(worker: ProcessBehindHandle, exit: ExitRecord): void {
    const { slot, generation, handle } = worker;
    const { code, signal } = exit;
    this.#live.delete(worker);
    this.roster.remove(handle);
    this.parts.announce('workerExit', { worker: handle, code, signal, exit });
    this.#boots.reject(slot, this.#bootError(slot, exit));
    this.#execute(this.#reconciler.exited(slot, generation, exit));
    this.#tellIfDown(slot);
    this.#checkGone();
  }

  #execute(actions: readonly Action[], timeout?: number): void {
    for (const action of actions) {
      switch (action.type) {
        case 'fork':
          this.#launch(action.slot, action.generation);
          break;
        case 'forkLater':
          this.#replace(action);
          break;
        case 'stop':
          this.#latest.get(action.slot)?.stop(action.cause, timeout);
          break;
        case 'groupFailed':
          this.#groupFailed(action);
          break;
        case 'free':
          this.#forget(action.slot);
          break;
        default:
          action satisfies never;
      }
    }
  }

  #groupFailed({ group, exits }: Extract<Action, { type: 'groupFailed' }>): void {
    for (const slot of this.slots) if (slot.group === group) this.#tellIfDown(slot);
    this.parts.announce('groupFailed', { group, exits });
  }

  /** To a slot whose group has failed nothing comes any more: whoever waits for it, or for the whole group, is told. */
  #tellIfDown(slot: Slot): void {
    if (slot.phase !== 'down') return;

    this.nextProcess.reject(slot, notReplacedError(slot));
    for (const group of [slot.group, undefined]) {
      const error = this.whyNobody(group);
      if (error) this.nextReady.reject(group, error);
    }
  }

  /** A fork that is prevented is given up, and its slot with it. */
  #announceFork(slots: readonly Slot[]): boolean {
    const [first] = slots;
    if (!first || this.parts.announce('fork', { workerCount: slots.length, group: first.group })) return true;

    for (const slot of slots) this.#execute(this.#reconciler.dropReplacement(slot));
    return false;
  }

  #replace({ slot, generation, delay, exit }: Replacement): void {
    const worker = this.#latest.get(slot)?.handle;
    if (!this.parts.announce('workerReplace', { worker, exit, delay })) {
      this.#execute(this.#reconciler.dropReplacement(slot));
    } else if (delay > 0 && slot.phase === 'waiting') {
      this.#delays.set(
        slot,
        this.parts.clock.after(delay, () => this.#due(slot, generation)),
      );
    } else {
      this.#due(slot, generation);
    }
  }

  #due(slot: Slot, generation: number): void {
    this.#delays.delete(slot);
    const actions = this.#reconciler.due(slot, generation);
    if (actions.length > 0 && this.#announceFork([slot])) this.#execute(actions);
  }

  #launch(slot: Slot, generation: number): void {
    if (slot.desired === 'down') {
      // Whoever was told of the fork gave the slot up: a process that starts now would never be asked to stop.
      this.#execute(this.#reconciler.dropReplacement(slot));
      return;
    }

    const { groups, clock, talk, checkedReply, itemCheck } = this.parts;
    const group = groups.get(slot.group);
    const { options, settings } = group;
    const { env, args } = this.#forks.get(slot) ?? { env: {}, args: settings.args };
    const { readyOn, serialization, codec } = options;
    const watch = { sweep: this.#sweep, watchdog: watchdogDescriptor(options, settings) };
    const handle = (process: ProcessBehindHandle) => new WorkerHandle(process, this);
    try {
      const node = launch({ ...settings, args }, { ...env, ...workerEnvironment(slot, group) });
      const common = { ...watch, node, slot, readyOn, serialization, codec, limits: options, clock };
      this.#adopt(new WorkerProcess({ ...common, life: this, talk, checkedReply, itemCheck, handle }));
    } catch (error) {
      // One tick later, as every other exit is: whoever forked has the chance to wait for it first.
      queueMicrotask(() => this.#launchFailed(slot, generation, error));
    }
  }

  #adopt(worker: WorkerProcess): void {
    const { slot, handle } = worker;
    this.#live.add(worker);
    this.#latest.set(slot, worker);
    this.roster.add(handle);
    this.nextProcess.resolve(slot, handle);
    this.parts.announce('workerFork', { worker: handle });
  }

  /** Node threw instead of forking: there is no process that could tell. */
  #launchFailed(slot: Slot, generation: number, error: unknown): void {
    const facts = { code: null, signal: null, uptime: 0, wasReady: false, error: toWireError(error) };
    const exit = exitRecord(facts);
    this.parts.announce('workerError', { error, worker: undefined });
    this.#boots.reject(slot, this.#bootError(slot, exit));
    this.#execute(this.#reconciler.exited(slot, generation, exit));
    this.#tellIfDown(slot);
    this.#checkGone();
  }

  #bootError(slot: Slot, exit: ExitRecord): Error {
    if (this.isShuttingDown) {
      return new ShutDownError(`Worker \`${slot.name}\` was not ready when the cluster shut down`, {
        operation: 'fork',
      });
    }

    return bootError({ workerId: this.#latest.get(slot)?.node.id ?? 0, name: slot.name }, exit);
  }

  #forget(slot: Slot): void {
    this.#delays.get(slot)?.cancel();
    this.#delays.delete(slot);
    this.#forks.delete(slot);
    this.#latest.delete(slot);
    const error = new ShutDownError(`Worker \`${slot.name}\` is given up`, { operation: 'fork' });
    this.#boots.reject(slot, error);
    this.nextProcess.reject(slot, error);
  }

  #checkGone(): void {
    if (this.isShuttingDown && this.#live.size === 0) this.#gone.resolve();
  }
}
