import type { Departure } from './departures.js';
import type { Failure } from './operation.js';
import { isOccupied, type Slot, type SlotState } from './slot.js';

/** Slots that somebody waits for to be ready, each once. */
export class AwaitedSlots {
  readonly #slots = new Set<SlotState>();
  #failure: Failure | undefined;

  /** Waits for these, too. */
  add(slots: Iterable<SlotState>): void {
    for (const slot of slots) this.#slots.add(slot);
  }

  /** Why one of them will not be ready. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Whether all of the group, or of all groups, have been ready; those that somebody gave up are not waited for. */
  isDone(group?: string): boolean {
    return ![...this.#slots].some(slot => group === undefined || slot.group === group);
  }

  /** Looks at each of them; `hasFailed` says whether nothing is forked in a group any more. */
  advance(hasFailed: (group: string) => boolean): void {
    for (const slot of this.#slots) {
      const { group, phase, retired } = slot;
      if (retired || phase === 'ready') this.#slots.delete(slot);
      else if (!isOccupied(slot) && hasFailed(group)) this.#failure ??= { why: 'groupFailed', group };
    }
  }

  /** A process is gone; it matters if its slot is given up for it. */
  departed({ slot, generation, exit }: Departure): void {
    const isLost = this.#slots.has(slot) && slot.retired && !exit.expected;
    if (isLost) this.#failure ??= { why: 'exit', slot, generation, exit };
  }

  /** Somebody vetoed a fork. */
  vetoed(slot: Slot): void {
    if ([...this.#slots].some(each => each === slot)) this.#failure ??= { why: 'vetoed', slot };
  }
}
