import type { Action } from '../supervision/actions.js';
import type { Slot } from '../supervision/slot.js';
import type { Announce } from './events.js';

type Fork = Extract<Action, { type: 'fork' }>;

/** Tells of forks before they happen, each once, and finds out which of them somebody prevents. */
export class ForkNotices {
  readonly #announce: Announce;
  /** Slots that were told of, whose first process is still to come. */
  readonly #told = new Set<Slot>();

  constructor(announce: Announce) {
    this.#announce = announce;
  }

  /** Tells of the first processes of all these slots, some of which may have to wait; `false` if somebody prevents it. */
  tellAll(group: string, slots: readonly Slot[]): boolean {
    for (const slot of slots) this.#told.add(slot);
    const isAgreed = slots.length === 0 || this.#announce('fork', { workerCount: slots.length, group });
    if (!isAgreed) for (const slot of slots) this.#told.delete(slot);
    return isAgreed;
  }

  /** Tells of the forks among the actions, once for each group; returns those that somebody prevents. */
  tell(actions: readonly Action[]): ReadonlySet<Action> {
    const refused = new Set<Action>();
    for (const [group, forks] of this.#news(actions)) {
      const isAgreed = this.#announce('fork', { workerCount: forks.length, group });
      if (!isAgreed) for (const fork of forks) refused.add(fork);
    }
    return refused;
  }

  /** The slot is given up. */
  forget(slot: Slot): void {
    this.#told.delete(slot);
  }

  #news(actions: readonly Action[]): ReadonlyMap<string, readonly Fork[]> {
    const byGroup = new Map<string, Fork[]>();
    for (const action of actions) {
      if (action.type !== 'fork' || this.#told.delete(action.slot)) continue;

      const { group } = action.slot;
      byGroup.set(group, [...(byGroup.get(group) ?? []), action]);
    }
    return byGroup;
  }
}
