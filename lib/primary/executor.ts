import { toWireError } from '../errors/wire-error.js';
import type { Action } from '../supervision/actions.js';
import { type ExitRecord, exitRecord, type StopCause } from '../supervision/exit-record.js';
import type { Reconciler } from '../supervision/reconciler.js';
import type { Slot } from '../supervision/slot.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Announce } from './events.js';
import { ForkNotices } from './fork-notices.js';
import type { Operations } from './operations.js';
import type { ProcessTable } from './process-table.js';
import type { ForkSettings, Recruiter } from './recruiter.js';
import type { Ledger } from './statistics.js';
import type { ProcessBehindHandle } from './worker-handle.js';
import type { WorkerProcess } from './worker-process.js';

type ActionOf<Type extends Action['type']> = Extract<Action, { type: Type }>;

/** Which process of a slot. */
type Which = Pick<ActionOf<'fork'>, 'slot' | 'generation'>;

/** How long the processes of one slot have to stop. */
export interface StopLimit {
  readonly slot: Slot;
  /** Milliseconds. @default drainTimeout */
  readonly timeout: number | undefined;
}

/** Who is told what became of the actions. */
export interface ExecutorListener {
  /** A process was started; `isWorker` unless it is a newcomer or a spare one. */
  started(worker: WorkerProcess, isWorker: boolean): void;
  /** A spare process has moved into a slot, and before had this name. */
  moved(worker: ProcessBehindHandle, nameBefore: string): void;
  /** The newcomer is its slot's worker from now on. */
  tookOver(worker: ProcessBehindHandle): void;
  /** The process will never be heard of: it could not be started, or must not any more. */
  ended(which: Which, exit: ExitRecord): void;
  groupFailed(failed: ActionOf<'groupFailed'>): void;
  /** Nothing will ever run in the slot. */
  freed(slot: Slot): void;
}

/** What an {@link Executor} is made of. */
export interface ExecutorParts {
  readonly reconciler: Reconciler;
  readonly processes: ProcessTable;
  readonly recruiter: Recruiter;
  readonly operations: Operations;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly announce: Announce;
  /** How much later than it could a spare worker is started, in milliseconds. */
  readonly spareDelay: number;
  readonly listener: ExecutorListener;
}

/** Does what the reconciler says, action by action. What happens meanwhile may make it say more: that is done in between. */
export class Executor {
  readonly notices: ForkNotices;
  readonly #parts: ExecutorParts;
  readonly #own = new Map<Slot, ForkSettings>();
  readonly #delays = new Map<Slot, Timer>();
  /** Why processes must not start any more whose turn has not come yet. */
  readonly #cancelled = new Map<Slot, Map<number, StopCause>>();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    this.notices = new ForkNotices(parts.announce);
  }

  /** The slot has these settings of its own. */
  equip(slot: Slot, settings: ForkSettings): void {
    this.#own.set(slot, settings);
  }

  execute(actions: readonly Action[], limit?: StopLimit): void {
    const refused = this.notices.tell(actions);
    for (const action of actions) {
      if (action.type === 'stop') this.#stop(action, limit);
      else if (refused.has(action)) this.#drop(action as ActionOf<'fork'>);
      else this.#carryOut(action);
    }
  }

  /** The process is gone, and nothing that was to happen to it will. */
  ended({ slot, generation }: Which): void {
    const cancelled = this.#cancelled.get(slot);
    if (cancelled?.delete(generation) && cancelled.size === 0) this.#cancelled.delete(slot);
  }

  #carryOut(action: Exclude<Action, { type: 'stop' }>): void {
    const { operations, listener } = this.#parts;
    switch (action.type) {
      case 'fork':
        this.#fork(action);
        break;
      case 'promote':
        this.#promote(action);
        break;
      case 'forkLater':
        this.#forkLater(action);
        break;
      case 'takeOver':
        this.#takeOver(action);
        break;
      case 'wait':
        this.#wait(action);
        break;
      case 'groupFailed':
        listener.groupFailed(action);
        break;
      case 'free':
        this.#free(action.slot);
        break;
      case 'settled':
        operations.settle(action.operation, action.outcome);
        break;
      default:
        action satisfies never;
    }
  }

  /** To fork takes milliseconds in which nobody hears anything: the one that took the last spare one's place goes first. */
  #fork(action: ActionOf<'fork'>): void {
    const { clock, spareDelay } = this.#parts;
    if (action.role === 'standby' && spareDelay > 0) clock.after(spareDelay, () => this.#start(action));
    else this.#start(action);
  }

  #start(action: ActionOf<'fork'>): void {
    const { recruiter, processes, listener } = this.#parts;
    const { slot, role } = action;
    const cause = this.#whyNot(action);
    if (cause) {
      // Whoever was told of the fork has given the slot up, or everything.
      listener.ended(action, notStarted({ intent: cause }));
      return;
    }
    try {
      const worker = recruiter.recruit(action, this.#own.get(slot));
      processes.add(worker);
      if (role !== 'newcomer') processes.settle(worker);
      listener.started(worker, role === 'worker');
    } catch (error) {
      // One tick later, as every other exit is: whoever forked has the chance to wait for it first.
      queueMicrotask(() => this.#forkFailed(action, error));
    }
  }

  #whyNot({ slot, generation }: Which): StopCause | undefined {
    return this.#cancelled.get(slot)?.get(generation) ?? (this.#parts.reconciler.isClosed ? 'shutDown' : undefined);
  }

  /** Node threw instead of forking: there is no process that could tell. */
  #forkFailed(action: ActionOf<'fork'>, error: unknown): void {
    this.#parts.announce('workerError', { error, worker: undefined });
    const exit = notStarted({ error: toWireError(error) });
    this.#parts.ledger.tally(action.slot).exited(exit);
    this.#parts.listener.ended(action, exit);
  }

  #drop({ role, slot, generation }: ActionOf<'fork'>): void {
    const { reconciler } = this.#parts;
    this.ended({ slot, generation });
    this.execute(role === 'worker' ? reconciler.dropReplacement(slot) : reconciler.vetoed(slot, generation));
  }

  #promote(action: ActionOf<'promote'>): void {
    const { processes, listener, ledger } = this.#parts;
    const { slot, generation, standby, standbyGeneration } = action;
    const worker = processes.find(standby, standbyGeneration);
    if (!worker) {
      listener.ended(action, notStarted({}));
      return;
    }
    const cancelled = this.#whyNot(action);
    // Before it moves, so that it is not activated; the reconciler has told this once, and will not again.
    if (cancelled) worker.stop(cancelled);
    const tally = ledger.tally(slot);
    tally.occupied();
    worker.moveTo(slot, generation, tally);
    processes.settle(worker);
    listener.moved(worker, standby.name);
  }

  #takeOver({ slot, generation }: ActionOf<'takeOver'>): void {
    const { processes, listener } = this.#parts;
    const worker = processes.find(slot, generation);
    if (!worker) return;

    processes.settle(worker);
    listener.tookOver(worker);
  }

  #stop({ slot, generation, cause }: ActionOf<'stop'>, limit: StopLimit | undefined): void {
    const worker = this.#parts.processes.find(slot, generation);
    if (worker) {
      worker.stop(cause, limit?.slot === slot ? limit.timeout : undefined);
      return;
    }
    const cancelled = this.#cancelled.get(slot) ?? new Map<number, StopCause>();
    this.#cancelled.set(slot, cancelled.set(generation, cause));
  }

  #forkLater({ slot, generation, delay, exit }: ActionOf<'forkLater'>): void {
    const { announce, processes, reconciler, clock } = this.#parts;
    const worker = processes.latest(slot)?.handle;
    const due = () => this.execute(reconciler.due(slot, generation));
    if (!announce('workerReplace', { worker, exit, delay })) this.execute(reconciler.dropReplacement(slot));
    else if (delay > 0 && slot.phase === 'waiting') {
      this.#delays.get(slot)?.cancel();
      this.#delays.set(slot, clock.after(delay, due));
    } else due();
  }

  /** Stale tickets are the reconciler's to tell. */
  #wait({ ticket, delay }: ActionOf<'wait'>): void {
    const { clock, reconciler } = this.#parts;
    // It ends by itself when it is over, whatever became of who waits: no reason for the process to stay.
    clock.after(delay, () => this.execute(reconciler.elapsed(ticket)), { keepAlive: false });
  }

  #free(slot: Slot): void {
    this.#delays.get(slot)?.cancel();
    this.#delays.delete(slot);
    this.#own.delete(slot);
    this.#cancelled.delete(slot);
    this.notices.forget(slot);
    this.#parts.processes.forget(slot);
    this.#parts.listener.freed(slot);
  }
}

/** The record of a process that there never was. */
function notStarted(facts: { intent?: StopCause; error?: ExitRecord['error'] }): ExitRecord {
  return exitRecord({ code: null, signal: null, uptime: 0, wasReady: false, ...facts });
}
