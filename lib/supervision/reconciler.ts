import { GroupDrainedError, GroupFailedError, ShutDownError } from '../errors/errors.js';
import type { Action } from './actions.js';
import { Departures } from './departures.js';
import type { ExitRecord, StopCause } from './exit-record.js';
import { Fleet, type FleetOptions } from './fleet.js';
import type { GroupSettings } from './group-state.js';
import type { OperationOrder } from './operation.js';
import { OperationQueue } from './operation-queue.js';
import type { RestartOptions } from './restart-policy.js';
import { isOccupied, type Slot } from './slot.js';
import { Starter } from './starter.js';
import { StopSequence } from './stop-sequence.js';

/** A wish for more slots. */
export interface AddRequest {
  readonly group: string;
  /** How many. @default 1 */
  readonly count?: number | undefined;
  /** Only with a `count` of 1. */
  readonly name?: string | undefined;
  /** What differs from the group's settings; `intensity` and `period` are always the group's. */
  readonly restart?: RestartOptions | undefined;
  /** Whether a first boot that fails is tried again by the policy, as a replacement is. @default false */
  readonly retryFirstBoot?: boolean | undefined;
  /** Whether the processes of the slots have settings of their own, so that no spare one fits. @default false */
  readonly ownSettings?: boolean | undefined;
}

/** What became of an order. */
export interface OrderTaken {
  /** The number that its `settled` action will name. */
  readonly operation: number;
  readonly actions: Action[];
}

/** Whether its workers live, are asked to leave, have left, or have failed for good. */
export type GroupCondition = 'running' | 'draining' | 'drained' | 'failed';

/**
 * Keeps the desired state of every slot and says what must be done to get there.
 *
 * Every input returns actions, in the order in which to execute them. Inputs about a process name the slot and its
 * generation, so that news that comes twice, or late, about a process that was replaced already changes nothing: one
 * exit is followed by at most one replacement. After each input everything is compared anew with what should be, so it
 * does not matter which news brought it about, or in which order they came.
 *
 * @example
 * ```ts
 * for (const action of reconciler.exited(slot, generation, exit)) this.#execute(action);
 * ```
 */
export class Reconciler {
  readonly #fleet: Fleet;
  readonly #departures: Departures;
  readonly #operations: OperationQueue;
  readonly #starter: Starter;
  #ending: StopSequence | undefined;

  constructor(options: FleetOptions) {
    this.#fleet = new Fleet(options);
    this.#departures = new Departures(this.#fleet);
    this.#operations = new OperationQueue(this.#fleet);
    this.#starter = new Starter(this.#fleet);
  }

  /** All slots of workers that were not given up, in the order they were added. */
  get slots(): readonly Slot[] {
    return this.#fleet.slots.filter(({ role }) => role === 'worker');
  }

  /** The slots of spare processes. */
  get standbys(): readonly Slot[] {
    return this.#fleet.slots.filter(({ role }) => role === 'standby');
  }

  /** Whether no process lives and none is due; a group that failed, or was drained, may still have slots, all down. */
  get isIdle(): boolean {
    return this.#fleet.slots.every(slot => slot.phase === 'down' && !isOccupied(slot));
  }

  /** Whether `shutDown` was called. */
  get isShuttingDown(): boolean {
    return this.#ending !== undefined;
  }

  /** Whether nothing is restarted in the group any more. */
  hasFailed(group: string): boolean {
    return this.#fleet.group(group).policy.failed;
  }

  /** The edition of the settings that new slots of the group get; 0 until a reload has succeeded. */
  edition(group: string): number {
    return this.#fleet.group(group).edition;
  }

  /** How the group is. One that is drained is that, whether or not it had failed. */
  groupState(group: string): GroupCondition {
    const { wanted, policy } = this.#fleet.group(group);
    if (wanted === 'down') return this.#fleet.isOccupied(group) ? 'draining' : 'drained';

    return policy.failed ? 'failed' : 'running';
  }

  /**
   * Why no process of the group, or of any group, can become ready any more; `undefined` as long as one may.
   *
   * An empty cluster is no reason: somebody may add to it.
   */
  whyNobody(group?: string): ShutDownError | GroupFailedError | GroupDrainedError | undefined {
    if (this.isShuttingDown) return new ShutDownError('The cluster is shutting down', { operation: 'request' });

    const meant = group === undefined ? [...this.#fleet.groups].map(({ name }) => name) : [group];
    const slots = this.slots.filter(slot => meant.includes(slot.group));
    const isComing = slots.some(slot => slot.phase === 'ready' || (slot.desired === 'up' && isOnItsWay(slot)));
    if (isComing) return undefined;

    const failed = meant.find(name => this.groupState(name) === 'failed');
    if (failed !== undefined) return this.failedError(failed);

    const drained = meant.find(name => this.groupState(name) !== 'running');
    return drained === undefined ? undefined : drainedError(drained);
  }

  /** Sets what holds for a group, before its first slot is added; later calls change nothing. */
  configure(group: string, settings: GroupSettings): void {
    this.#fleet.configure(group, settings);
  }

  /**
   * Adds slots and starts them, all or none.
   *
   * @throws {@link ShutDownError} with code `CLUSTER_SHUT_DOWN`, after `shutDown`.
   * @throws {@link GroupDrainedError} with code `CLUSTER_GROUP_DRAINED`, while the group is drained or draining.
   * @throws {@link GroupFailedError} with code `CLUSTER_GROUP_FAILED`, while the group has failed.
   * @throws {@link WorkerNameError} with code `CLUSTER_WORKER_NAME`, when the name cannot be had.
   */
  add(request: AddRequest): Action[] {
    const { group } = request;
    const state = this.groupState(group);
    if (this.isShuttingDown) {
      throw new ShutDownError('The cluster is shutting down, nothing can be forked any more', { operation: 'fork' });
    }
    if (state === 'failed') throw this.failedError(group);
    if (state !== 'running') throw drainedError(group);

    this.#fleet.claim(request);
    return this.#advance();
  }

  /** A process is ready. */
  ready(slot: Slot, generation: number): Action[] {
    const state = this.#fleet.stateOf(slot);
    if (state?.newcomer?.generation === generation) {
      state.newcomer = { ...state.newcomer, phase: 'ready' };
    } else if (state?.generation === generation && state.phase === 'starting' && state.role === 'worker') {
      this.#fleet.enter(state, 'ready');
      state.bootFailures = 0;
      state.retryBoot = true;
      this.#fleet.group(state.group).holdsStandbys = false;
    }
    return this.#advance();
  }

  /** A spare process has initialized, and waits. */
  standingBy(slot: Slot, generation: number): Action[] {
    const state = this.#fleet.stateOf(slot);
    if (state?.generation === generation && state.phase === 'starting' && state.role === 'standby') {
      this.#fleet.enter(state, 'ready');
      state.bootFailures = 0;
    }
    return this.#advance();
  }

  /** The operating system says that a process is gone. */
  exited(slot: Slot, generation: number, exit: ExitRecord): Action[] {
    const state = this.#fleet.stateOf(slot);
    const departure = state && this.#departures.depart(state, generation, exit);
    if (departure) this.#operations.departed(departure);
    return this.#advance();
  }

  /** The delay that a `forkLater` asked for is over. */
  due(slot: Slot, generation: number): Action[] {
    const state = this.#fleet.stateOf(slot);
    if (state?.generation === generation && state.phase === 'waiting') this.#fleet.enter(state, 'queued');
    return this.#advance();
  }

  /** The delay that a `wait` asked for is over. */
  elapsed(ticket: number): Action[] {
    this.#operations.elapsed(ticket);
    return this.#advance();
  }

  /** Gives a slot up: its processes, if it has any, are stopped gracefully. */
  retire(slot: Slot, cause: StopCause): Action[] {
    const state = this.#fleet.stateOf(slot);
    if (state) this.#fleet.retire(state, cause);
    return this.#advance();
  }

  /**
   * No worker was started in the slot though one was announced, since somebody vetoed it or retired the slot meanwhile:
   * the slot is given up. One whose worker is ready is left alone.
   */
  dropReplacement(slot: Slot): Action[] {
    const state = this.#fleet.stateOf(slot);
    if (state === undefined || state.phase === 'ready') return [];

    this.#fleet.enter(state, 'down');
    this.#fleet.retire(state, 'destroyed');
    this.#operations.vetoed(state);
    if (state.role === 'standby') this.#fleet.group(state.group).holdsStandbys = true;
    return this.#advance();
  }

  /** The process with this generation was not started, since somebody vetoed its fork; a newcomer, or a spare one. */
  vetoed(slot: Slot, generation: number): Action[] {
    const state = this.#fleet.stateOf(slot);
    if (state === undefined) return [];
    if (state.generation === generation) return this.dropReplacement(state);

    if (state.newcomer?.generation === generation) state.newcomer = undefined;
    else if (state.leaver?.generation === generation) state.leaver = undefined;
    else return [];

    this.#fleet.freeIfDone(state);
    this.#operations.vetoed(state);
    return this.#advance();
  }

  /**
   * Takes an operator's order: one that is the same as the latest on these groups joins that, others wait for their turn.
   *
   * @throws {@link ShutDownError} with code `CLUSTER_SHUT_DOWN`, after `shutDown`.
   */
  operate(order: OperationOrder, { join = true }: { readonly join?: boolean } = {}): OrderTaken {
    if (this.isShuttingDown) throw new ShutDownError('The cluster is shutting down', { operation: order.kind });

    const joined = join ? this.#operations.joinable(order) : undefined;
    const operation = joined ?? this.#operations.add(order);
    return { operation, actions: this.#advance() };
  }

  /** Gives an operation up; a reload that has begun tidies up, and rolls back if that was ordered, before it is over. */
  abort(operation: number): Action[] {
    this.#operations.abort(operation);
    return this.#advance();
  }

  /** Ends all operations as they are: newcomers that have not taken over stay what they are until `shutDown`. */
  endOperations(): Action[] {
    this.#operations.settleAll({ why: 'shutDown' });
    return this.#fleet.takeActions();
  }

  /** Retires everything, dependents first, the youngest first; nothing is forked from now on. */
  shutDown(): Action[] {
    if (this.#ending) return [];

    this.#operations.settleAll({ why: 'shutDown' });
    this.#ending = new StopSequence(
      this.#fleet,
      [...this.#fleet.groups].map(({ name }) => name),
      'shutDown',
    );
    this.#ending.begin();
    return this.#advance();
  }

  /** Does whatever is missing. Nothing is, after a second call. */
  #advance(): Action[] {
    this.#operations.advance();
    this.#ending?.advance();
    this.#starter.advance();
    return this.#fleet.takeActions();
  }

  /** What is thrown, and told, when nothing is forked in the group any more. */
  failedError(group: string): GroupFailedError {
    const message = `Too many workers of group \`${group}\` failed, nothing is forked in it any more`;
    return new GroupFailedError(message, { group, failures: this.#fleet.group(group).restart.intensity + 1 });
  }
}

function isOnItsWay(slot: Slot): boolean {
  return slot.phase !== 'down' || slot.newcomer !== undefined;
}

/** What is thrown, and told, while nothing runs in the group. */
export function drainedError(group: string): GroupDrainedError {
  return new GroupDrainedError(`Group \`${group}\` is drained: nothing runs in it until it is resumed`, { group });
}
