import { PreventedError, ShutDownError } from '../errors/errors.js';
import type { Action } from '../supervision/actions.js';
import type { ExitRecord, StopCause } from '../supervision/exit-record.js';
import type { Failure, OperationOrder } from '../supervision/operation.js';
import { type AddRequest, Reconciler } from '../supervision/reconciler.js';
import { drainedError, notReplacedError, type Slot } from '../supervision/slot.js';
import { Deferred } from '../util/deferred.js';
import { ignorable } from '../util/ignorable.js';
import { Balancer } from './balancer.js';
import { Editions } from './editions.js';
import type { Announce } from './events.js';
import { Executor, type ExecutorListener } from './executor.js';
import { bootError } from './exit-errors.js';
import { HandleDesk, type HandleDeskParts } from './handle-desk.js';
import { type OperationDesk, Operations } from './operations.js';
import { ProcessTable } from './process-table.js';
import { type ForkSettings, Recruiter, type RecruiterParts } from './recruiter.js';
import { Recycler } from './recycler.js';
import { Roster } from './roster.js';
import { Ledger } from './statistics.js';
import { WaitingList } from './waiting-list.js';
import type { HandleControl, ProcessBehindHandle, WorkerHandle } from './worker-handle.js';
import type { WorkerLife } from './worker-observers.js';
import type { WorkerProcess } from './worker-process.js';

/** What a {@link Supervisor} is made of. */
export interface SupervisorParts extends Omit<RecruiterParts, 'editions' | 'ledger'> {
  readonly announce: Announce;
  /** How much later than it could a spare worker is started, in milliseconds. @default 20 */
  readonly spareDelay?: number | undefined;
  /** Called when a group has failed that the whole cluster ends with. */
  readonly gaveUp: (group: string) => void;
}

/** Keeps the real processes as the reconciler wants them, and tells both it and the world what they do. */
export class Supervisor implements WorkerLife, HandleControl, OperationDesk, ExecutorListener {
  readonly roster = new Roster<WorkerHandle>();
  readonly balancer = new Balancer<WorkerHandle>();
  /** The turns of workers between which another strategy sees no difference: they are no turns of round robin. */
  readonly ties = new Balancer<WorkerHandle>();
  /** Who waits for the next process of a slot. */
  readonly nextProcess = new WaitingList<Slot, WorkerHandle>();
  /** Who waits for a worker of a group to be ready; `undefined` for any group. */
  readonly nextReady = new WaitingList<string | undefined, WorkerHandle>();
  readonly editions = new Editions();
  /** What happened in every slot, and in those that were given up. */
  readonly ledger = new Ledger();
  readonly processes = new ProcessTable();
  readonly operations = new Operations(this);
  readonly parts: SupervisorParts;
  readonly reconciler: Reconciler;
  readonly #executor: Executor;
  readonly #handles: HandleDesk;
  readonly #recycler: Recycler;
  readonly #boots = new WaitingList<Slot, WorkerHandle>();
  readonly #gone = new Deferred<void>();

  constructor(parts: SupervisorParts) {
    const { clock, groups, announce, spareDelay = 20 } = parts;
    const { processes, operations } = this;
    this.parts = parts;
    this.reconciler = new Reconciler({ now: () => clock.now() });
    const { reconciler, editions, ledger } = this;
    const recruiter = new Recruiter({ ...parts, editions, ledger }, this);
    const hands = { reconciler, processes, recruiter, operations, ledger };
    this.#executor = new Executor({ spareDelay, ...hands, clock, announce, listener: this });
    const execute: HandleDeskParts['execute'] = (actions, limit) => this.#executor.execute(actions, limit);
    const handles = new HandleDesk({ reconciler, processes, operations, announce, execute });
    this.#handles = handles;
    this.#recycler = new Recycler({ clock, groups, recycle: (worker, reason) => handles.recycle(worker, reason) });
    for (const { name, options } of groups) this.reconciler.configure(name, options);
  }

  /** Whether nothing is forked any more: since {@link close}, or {@link shutDown}. */
  get isClosed(): boolean {
    return this.reconciler.isClosed;
  }

  get isShuttingDown(): boolean {
    return this.reconciler.isShuttingDown;
  }

  /** All slots, with and without a process; those of spare workers are not among them. */
  get slots(): readonly Slot[] {
    return this.reconciler.slots;
  }

  /** Why nobody of the group, or of any, can become ready any more; `undefined` as long as somebody may. */
  whyNobody(group?: string): Error | undefined {
    return this.reconciler.whyNobody(group);
  }

  /** Why nothing comes to the slot, which is down. */
  whyNot(slot: Slot): Error {
    const state = this.reconciler.groupState(slot.group);
    if (state === 'failed') return notReplacedError(slot);

    return this.whyNobody(slot.group) ?? (state === 'running' ? notReplacedError(slot) : drainedError(slot.group));
  }

  /**
   * Adds slots and forks a worker for each.
   *
   * @returns their handles once all are ready; rejects at the first boot failure.
   */
  fork(request: AddRequest, settings: ForkSettings = {}): Promise<WorkerHandle[]> {
    const before = new Set(this.slots);
    const ownSettings = settings.env !== undefined || settings.args !== undefined;
    const actions = this.reconciler.add({ ...request, ownSettings });
    const slots = this.slots.filter(slot => !before.has(slot));
    // Before anybody is told of them: a listener may have them given up.
    const ready = ignorable(Promise.all(slots.map(slot => this.#boots.wait(slot))));
    for (const slot of slots) this.#executor.equip(slot, settings);
    if (!this.#executor.notices.tellAll(request.group, slots)) {
      for (const slot of slots) this.#execute(this.reconciler.dropReplacement(slot));
      throw new PreventedError('A subscriber prevented the fork', { event: 'fork' });
    }

    this.parts.groups.use(this.parts.groups.get(request.group));
    this.#execute(actions);
    return ready;
  }

  retire(worker: ProcessBehindHandle, cause: StopCause, timeout?: number): Promise<ExitRecord> {
    return this.#handles.retire(worker, cause, timeout);
  }

  recycle(worker: ProcessBehindHandle): Promise<WorkerHandle> {
    return this.#handles.recycle(worker);
  }

  /** Forks nothing from now on, and ends every operation; the workers live on until {@link shutDown}. */
  close(): void {
    this.#execute(this.reconciler.close());
  }

  /** Stops everything; resolves when every process is gone. Nothing is forked from now on. */
  shutDown(): Promise<void> {
    this.#execute(this.reconciler.shutDown());
    this.nextReady.rejectAll(new ShutDownError('The cluster is shutting down', { operation: 'request' }));
    this.#checkGone();
    return this.#gone.promise;
  }

  /** Ends every process at once. */
  killAll(): void {
    for (const { node } of this.processes) node.process.kill('SIGKILL');
  }

  begin(order: OperationOrder, join: boolean): { readonly operation: number; readonly run: () => void } {
    const { operation, actions } = this.reconciler.operate(order, { join });
    return { operation, run: () => this.#execute(actions) };
  }

  abort(operation: number): void {
    this.#execute(this.reconciler.abort(operation));
  }

  succeeded(order: OperationOrder): void {
    const { groups } = this.parts;
    if (order.kind === 'reload') for (const name of order.groups) this.editions.adopt(groups.get(name), order.edition);
  }

  /** The reload that brought the edition is over, or will not be: those that nobody uses any more are forgotten. */
  closeEdition(number: number): void {
    const { slots, standbys } = this.reconciler;
    const used = [...slots, ...standbys].flatMap(({ edition, newcomer }) => [edition, newcomer?.edition ?? edition]);
    this.editions.close(number, new Set(used));
  }

  errorOf(failure: Extract<Failure, { why: 'exit' | 'groupFailed' }>): Error {
    if (failure.why === 'exit') return bootError(failure.slot.name, failure.exit);

    return this.reconciler.failedError(failure.group);
  }

  standingBy({ slot, generation, handle }: ProcessBehindHandle): void {
    this.parts.announce('workerStandby', { worker: handle });
    this.#execute(this.reconciler.standingBy(slot, generation));
  }

  standsDown({ slot, generation }: ProcessBehindHandle): void {
    this.reconciler.leaving(slot, generation);
  }

  ready(worker: ProcessBehindHandle): void {
    const { slot, generation, handle } = worker;
    this.roster.markReady(handle);
    this.balancer.add(handle);
    this.ties.add(handle);
    this.#recycler.add(worker);
    this.parts.announce('workerReady', { worker: handle });
    this.#boots.resolve(slot, handle);
    for (const group of [slot.group, undefined]) if (this.roster.isReady(handle)) this.nextReady.resolve(group, handle);
    // Last: a newcomer that takes over stops the old one, and somebody has to be there.
    this.#execute(this.reconciler.ready(slot, generation));
  }

  left(worker: ProcessBehindHandle): void {
    const { slot, generation, handle } = worker;
    this.reconciler.leaving(slot, generation);
    this.#recycler.remove(worker);
    this.roster.markLeaving(handle);
    this.balancer.remove(handle);
    this.ties.remove(handle);
    this.parts.talk.left(handle);
    this.parts.announce('removeWorker', { worker: handle });
  }

  exited(worker: ProcessBehindHandle, exit: ExitRecord): void {
    const { handle } = worker;
    const { code, signal } = exit;
    this.processes.remove(worker);
    this.roster.remove(handle);
    worker.tally.exited(exit);
    this.parts.talk.gone(handle);
    this.parts.announce('workerExit', { worker: handle, code, signal, exit });
    this.ended(worker, exit);
  }

  ended(which: Pick<ProcessBehindHandle, 'slot' | 'generation'>, exit: ExitRecord): void {
    const { slot, generation } = which;
    this.#executor.ended(which);
    // Of a newcomer only an operation waits for the boot.
    if (slot.generation === generation) this.#boots.reject(slot, this.#bootError(slot, exit));
    this.#execute(this.reconciler.exited(slot, generation, exit));
    this.#checkGone();
  }

  started(worker: WorkerProcess, isWorker: boolean): void {
    const { slot, handle } = worker;
    this.roster.add(handle, { hasName: isWorker });
    if (isWorker) this.nextProcess.resolve(slot, handle);
    this.parts.announce('workerFork', { worker: handle });
  }

  moved({ slot, handle }: ProcessBehindHandle, nameBefore: string): void {
    this.roster.rename(handle, nameBefore);
    this.nextProcess.resolve(slot, handle);
  }

  tookOver({ slot, handle }: ProcessBehindHandle): void {
    this.roster.rename(handle);
    this.nextProcess.resolve(slot, handle);
  }

  groupFailed({ group, exits }: Extract<Action, { type: 'groupFailed' }>): void {
    this.#tellWhoWaitsInVain();
    const { announce, groups, gaveUp } = this.parts;
    const isTold = announce('groupFailed', { group, exits });
    if (isTold && groups.get(group).options.whenGroupFails === 'exit') gaveUp(group);
  }

  freed(slot: Slot): void {
    this.ledger.close(slot);
    const error = new ShutDownError(`Worker \`${slot.name}\` is given up`, { operation: 'fork' });
    this.#boots.reject(slot, error);
    this.nextProcess.reject(slot, error);
  }

  #execute(actions: readonly Action[]): void {
    this.#executor.execute(actions);
    this.#tellWhoWaitsInVain();
  }

  /** To a slot whose group has failed, or is drained, nothing comes: whoever waits for that, or for the group, is told. */
  #tellWhoWaitsInVain(): void {
    const whyNot = (slot: Slot) => (isForsaken(slot) ? this.whyNot(slot) : undefined);
    this.#boots.rejectWhere(whyNot);
    this.nextProcess.rejectWhere(whyNot);
    this.nextReady.rejectWhere(group => this.whyNobody(group));
  }

  #bootError(slot: Slot, exit: ExitRecord): Error {
    if (this.isClosed) {
      return new ShutDownError(`Worker \`${slot.name}\` was not ready when the cluster shut down`, {
        operation: 'fork',
      });
    }

    return bootError(slot.name, exit);
  }

  #checkGone(): void {
    if (this.isShuttingDown && this.processes.size === 0) this.#gone.resolve();
  }
}

/** Whether nothing is planned for the slot, which was not given up. */
function isForsaken({ phase, newcomer, retired }: Slot): boolean {
  return phase === 'down' && newcomer === undefined && !retired;
}
