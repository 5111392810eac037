import type { StopCause } from './exit-record.js';
import type { Fleet } from './fleet.js';
import type { Slot, SlotState } from './slot.js';

/** What is replaced together, and how. */
export interface BatchPlan {
  /** The edition of each slot's newcomer. */
  readonly editions: ReadonlyMap<SlotState, number>;
  /** How long all newcomers have to stay ready, in ms. */
  readonly stability: number;
  /** Why the old processes, and newcomers that are not needed, are stopped. */
  readonly cause: StopCause;
}

/**
 * Slots whose processes are replaced together: all new ones are ready, and have been so for a while, before any old one
 * is stopped. Slots that are given up meanwhile are left out.
 */
export class Batch {
  readonly #fleet: Fleet;
  readonly #plan: BatchPlan;
  readonly #slots: Set<SlotState>;
  #step: 'booting' | 'proving' | 'leaving' = 'booting';
  #ticket: number | undefined;
  #isCommitted = false;

  constructor(fleet: Fleet, plan: BatchPlan) {
    this.#fleet = fleet;
    this.#plan = plan;
    this.#slots = new Set(plan.editions.keys());
  }

  /** The slots that were not given up. */
  get slots(): Iterable<SlotState> {
    return this.#slots;
  }

  /** Whether the newcomers have taken over. */
  get isCommitted(): boolean {
    return this.#isCommitted;
  }

  /** Whether it waits for a newcomer in this slot to be ready, or to stay so. */
  needs(slot: Slot): boolean {
    return this.#step !== 'leaving' && [...this.#slots].some(each => each === slot);
  }

  /** Does what can be done by now; returns whether nothing is left to do. */
  advance(): boolean {
    for (const slot of this.#slots) if (slot.retired) this.#slots.delete(slot);
    if (this.#step === 'booting') this.#boot();
    if (this.#slots.size === 0) return true;

    return this.#step === 'leaving' && [...this.#slots].every(({ leaver }) => leaver === undefined);
  }

  /** The wait with this ticket is over. A newcomer that leaves has not stood the test: its exit will tell. */
  elapsed(ticket: number): void {
    if (this.#step === 'proving' && ticket === this.#ticket && this.#isReady) this.#commit();
  }

  /** Stops newcomers that have not taken over. */
  cancel(): void {
    this.#step = 'leaving';
    for (const slot of this.#slots) this.#fleet.stopNewcomer(slot, this.#plan.cause);
  }

  get #isReady(): boolean {
    return [...this.#slots].every(({ newcomer }) => newcomer?.phase === 'ready');
  }

  #boot(): void {
    for (const slot of this.#slots) {
      // While another newcomer still leaves, a third process would be too many.
      if (slot.newcomer === undefined && slot.leaver === undefined) this.#forkNewcomer(slot);
    }
    if (!this.#isReady) return;

    const { stability } = this.#plan;
    if (stability > 0) {
      this.#step = 'proving';
      this.#ticket = this.#fleet.wait(stability);
    } else {
      this.#commit();
    }
  }

  #forkNewcomer(slot: SlotState): void {
    // Each slot has an edition: the slots are the keys of the editions.
    this.#fleet.forkNewcomer(slot, this.#plan.editions.get(slot) ?? slot.edition);
  }

  #commit(): void {
    this.#step = 'leaving';
    this.#isCommitted = true;
    for (const slot of this.#slots) this.#fleet.takeOver(slot, this.#plan.cause);
  }
}
