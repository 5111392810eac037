import type { Action } from './actions.js';
import type { StopCause } from './exit-record.js';
import { type GroupSettings, GroupState } from './group-state.js';
import type { RestartOptions, RestartSettings } from './restart-policy.js';
import { resolveRestart } from './restart-policy.js';
import { isLive, isOccupied, type Slot, type SlotPhase, type SlotState } from './slot.js';
import { type SlotRequest, SlotTable } from './slot-table.js';

/** What a {@link Fleet} is made with. */
export interface FleetOptions {
  /** Milliseconds on a scale that never goes back. */
  readonly now: () => number;
  /** Restart settings where a group says nothing. */
  readonly restart?: RestartOptions | undefined;
  /** As `Math.random`, for the jitter of the back-off. */
  readonly random?: (() => number) | undefined;
}

/** A wish for slots, as far as their group does not say it. */
export type Claim = Omit<SlotRequest, 'restart' | 'edition' | 'since'> & {
  readonly restart?: RestartOptions | undefined;
};

/**
 * All groups and slots, and the moves that can be made with the processes in them.
 *
 * Each move changes the state and notes the action that makes it true. None of them asks whether it is wise.
 */
export class Fleet {
  readonly now: () => number;
  /** Whether nothing is forked any more. */
  isClosed = false;
  readonly #table = new SlotTable();
  readonly #groups = new Map<string, GroupState>();
  readonly #restart: RestartSettings;
  readonly #random: () => number;
  #actions: Action[] = [];
  #tickets = 0;

  constructor({ now, restart, random = Math.random }: FleetOptions) {
    this.now = now;
    this.#random = random;
    this.#restart = resolveRestart(restart);
  }

  /** All groups that were ever named. */
  get groups(): Iterable<GroupState> {
    return this.#groups.values();
  }

  /** All slots that were not given up, of workers and of spare processes, in the order they were added. */
  get slots(): readonly SlotState[] {
    return [...this.#table];
  }

  /** Sets what holds for a group; later calls change nothing. */
  configure(name: string, settings: GroupSettings): void {
    if (this.#groups.has(name)) return;

    const parts = { name, settings, restart: this.#restart, random: this.#random };
    this.#groups.set(name, new GroupState(parts));
  }

  /** The group of this name, with default settings if nobody configured it. */
  group(name: string): GroupState {
    this.configure(name, {});
    // `configure` has just made it, unless it was there before.
    return this.#groups.get(name) as GroupState;
  }

  /** The slots of a group, those on their way out included. */
  slotsOf(group: string, role?: Slot['role']): SlotState[] {
    return this.#table.of(group, role);
  }

  /** The places of workers in these groups, those on their way out excluded. */
  placesOf(groups: readonly string[]): SlotState[] {
    return groups.flatMap(group => this.#table.of(group, 'worker').filter(({ retired }) => !retired));
  }

  /** Whether a process lives in the group, whatever its role. */
  isOccupied(group: string): boolean {
    return this.#table.of(group).some(isOccupied);
  }

  /** The state behind a slot, unless it was given up. */
  stateOf(slot: Slot): SlotState | undefined {
    // Only `SlotTable` makes slots, so one that it has is a state.
    const state = slot as SlotState;
    return this.#table.has(state) ? state : undefined;
  }

  /** What is to be done, in this order; forgets it. */
  takeActions(): Action[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  /** Notes an action that changes nothing here. */
  note(action: Action): void {
    this.#actions.push(action);
  }

  /** Makes slots, all or none, with no process yet. Throws as {@link SlotTable.claim} does. */
  claim({ restart, ...request }: Claim): SlotState[] {
    const group = this.group(request.group);
    const settings = resolveRestart(restart, group.restart);
    const slots = this.#table.claim({ ...request, restart: settings, edition: group.edition, since: this.now() });
    for (const slot of slots) slot.desired = group.wanted;
    return slots;
  }

  /** The slot's worker is in another phase from now on. */
  enter(slot: SlotState, phase: SlotPhase): void {
    const { queue } = this.group(slot.group);
    if (phase === 'queued') queue.add(slot);
    else queue.delete(slot);
    slot.phase = phase;
    slot.since = this.now();
    slot.nextAt = undefined;
    slot.isLeaving = false;
  }

  /** Starts a process as the slot's worker, or spare process. */
  fork(slot: SlotState): void {
    this.#begin(slot, this.#nextGeneration(slot), false);
    const { generation, edition, role } = slot;
    this.note({ type: 'fork', slot, generation, edition, role });
  }

  /** Moves a spare process into the slot; the place that it had is given up. */
  promote(slot: SlotState, standby: SlotState): void {
    this.#begin(slot, this.#nextGeneration(slot), true);
    const { generation } = slot;
    this.note({ type: 'promote', slot, generation, standby, standbyGeneration: standby.generation });
    this.enter(standby, 'down');
    this.retire(standby, 'destroyed');
  }

  /** Starts a process that is to take the worker's place. There must be no newcomer and no leaver. */
  forkNewcomer(slot: SlotState, edition: number): void {
    const generation = this.#nextGeneration(slot);
    slot.newcomer = { generation, phase: 'starting', edition };
    this.note({ type: 'fork', slot, generation, edition, role: 'newcomer' });
  }

  /** Makes the newcomer the slot's worker, and stops the one that was. */
  takeOver(slot: SlotState, cause: StopCause): void {
    const { newcomer, generation: old, phase } = slot;
    const wasLive = isLive(slot);
    if (newcomer === undefined || newcomer.phase === 'leaving') return;

    slot.newcomer = undefined;
    slot.generation = newcomer.generation;
    slot.edition = newcomer.edition;
    slot.promoted = false;
    slot.retryBoot = true;
    slot.bootFailures = 0;
    this.enter(slot, newcomer.phase);
    this.note({ type: 'takeOver', slot, generation: newcomer.generation });
    if (!wasLive) return;

    slot.leaver = { generation: old };
    // One that was told already, when its group was drained, is not told again.
    if (phase !== 'stopping') this.note({ type: 'stop', slot, generation: old, cause });
  }

  /** The newcomer, if there is one, leaves before it was the slot's worker. */
  stopNewcomer(slot: SlotState, cause: StopCause): void {
    const { newcomer } = slot;
    if (newcomer === undefined) return;

    slot.newcomer = undefined;
    slot.leaver = { generation: newcomer.generation };
    this.note({ type: 'stop', slot, generation: newcomer.generation, cause });
  }

  /** Stops whatever lives in the slot and was not told yet, and forgets what was due. */
  stop(slot: SlotState, cause: StopCause): void {
    if (slot.phase === 'starting' || slot.phase === 'ready') {
      this.enter(slot, 'stopping');
      this.note({ type: 'stop', slot, generation: slot.generation, cause });
    } else if (slot.phase === 'waiting' || slot.phase === 'queued') {
      this.enter(slot, 'down');
    }
    this.stopNewcomer(slot, cause);
    this.freeIfDone(slot);
  }

  /** Gives the slot up, at once or when the last of its processes is gone. */
  retire(slot: SlotState, cause: StopCause): void {
    slot.retired = true;
    slot.desired = 'down';
    this.stop(slot, cause);
  }

  /** Frees a slot that is given up, if nothing lives in it. */
  freeIfDone(slot: SlotState): void {
    if (slot.retired && !isOccupied(slot) && this.#table.release(slot)) this.note({ type: 'free', slot });
  }

  /** Asks for a call of `elapsed` with the number returned. */
  wait(delay: number): number {
    this.#tickets++;
    this.note({ type: 'wait', ticket: this.#tickets, delay });
    return this.#tickets;
  }

  #begin(slot: SlotState, generation: number, promoted: boolean): void {
    slot.generation = generation;
    slot.promoted = promoted;
    this.enter(slot, 'starting');
  }

  #nextGeneration(slot: SlotState): number {
    slot.lastGeneration++;
    return slot.lastGeneration;
  }
}
