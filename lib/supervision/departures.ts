import type { ExitRecord } from './exit-record.js';
import type { Fleet } from './fleet.js';
import { isLive, remember, type SlotState } from './slot.js';

/** A process that is gone, and had not been told to stop. */
export interface Departure {
  readonly slot: SlotState;
  readonly generation: number;
  readonly exit: ExitRecord;
  /** The edition of the settings it ran with. */
  readonly edition: number;
  /** What it was to its slot. */
  readonly role: 'worker' | 'newcomer';
}

/** Says what follows the exit of a process. */
export class Departures {
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /**
   * A process of the slot is gone.
   *
   * @returns who it was; `undefined` when it had been told to stop, or nobody lived in the slot with this generation.
   */
  depart(slot: SlotState, generation: number, exit: ExitRecord): Departure | undefined {
    const { newcomer, leaver, edition } = slot;
    if (newcomer?.generation === generation) {
      slot.newcomer = undefined;
      this.#forget(slot, exit);
      return { slot, generation, exit, edition: newcomer.edition, role: 'newcomer' };
    }
    if (leaver?.generation === generation) {
      slot.leaver = undefined;
      this.#forget(slot, exit);
      return undefined;
    }
    if (slot.generation !== generation || !isLive(slot)) return undefined;

    const wasStopped = slot.phase === 'stopping';
    this.#workerLeft(slot, exit);
    return wasStopped ? undefined : { slot, generation, exit, edition, role: 'worker' };
  }

  #forget(slot: SlotState, exit: ExitRecord): void {
    remember(slot, exit);
    this.#fleet.group(slot.group).holdsStandbys = false;
    this.#fleet.freeIfDone(slot);
  }

  #workerLeft(slot: SlotState, exit: ExitRecord): void {
    const { phase, retryBoot } = slot;
    this.#fleet.enter(slot, 'down');
    this.#forget(slot, exit);
    // One that was told to stop is not replaced; if its group is wanted again by now, it is started as any empty slot.
    if (slot.desired === 'down' || phase === 'stopping' || this.#fleet.isClosed) return;

    if (phase === 'starting' && !retryBoot) this.#fleet.retire(slot, 'destroyed');
    else this.#judge(slot, exit);
  }

  #judge(slot: SlotState, exit: ExitRecord): void {
    const verdict = this.#fleet.group(slot.group).policy.judge(exit, slot, this.#fleet.now());
    if (verdict.restart) {
      const { delay } = verdict;
      this.#fleet.enter(slot, 'waiting');
      slot.nextAt = slot.since + delay;
      slot.failures = verdict.failures;
      slot.bootFailures = verdict.bootFailures;
      this.#fleet.note({ type: 'forkLater', slot, generation: slot.generation, delay, exit });
      return;
    }

    // A spare place without a process is of no use: it is made anew when it is needed.
    if (verdict.reason === 'policy' || slot.role === 'standby') this.#fleet.retire(slot, 'destroyed');
    if (verdict.reason === 'tooManyCrashes') this.#fail(slot.group, verdict.exits, verdict.bootFailures);
  }

  /** Replacements that were due stay out as well; those workers that live go on. */
  #fail(group: string, exits: readonly ExitRecord[], bootFailures: number): void {
    for (const slot of this.#fleet.slotsOf(group)) {
      if (slot.phase !== 'waiting' && slot.phase !== 'queued') continue;

      if (slot.role === 'standby') this.#fleet.retire(slot, 'destroyed');
      else this.#fleet.enter(slot, 'down');
    }
    this.#fleet.note({ type: 'groupFailed', group, exits, bootFailures });
  }
}
