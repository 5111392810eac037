import { dependentsOf } from './dependencies.js';
import type { Fleet } from './fleet.js';
import type { SlotState } from './slot.js';

/** Why whole groups are stopped. After `shutDown` their slots are given up; after `drained` they stay. */
export type SequenceCause = 'drained' | 'shutDown';

/**
 * Stops whole groups: each after those that depend on it, the youngest worker first.
 *
 * Whatever no dependent can use, what is not ready, newcomers and spare processes, is stopped at once.
 */
export class StopSequence {
  readonly #fleet: Fleet;
  readonly #groups: readonly string[];
  readonly #cause: SequenceCause;
  readonly #dependents: ReadonlyMap<string, readonly string[]>;

  constructor(fleet: Fleet, groups: readonly string[], cause: SequenceCause) {
    this.#fleet = fleet;
    this.#groups = groups;
    this.#cause = cause;
    this.#dependents = new Map(
      groups.map(name => [name, groups.filter(other => dependentsOf(name, fleet.groups).has(other))]),
    );
  }

  /** Whether no process of the groups lives any more. */
  get isOver(): boolean {
    return this.#groups.every(group => !this.#fleet.isOccupied(group));
  }

  /** From now on no worker is wanted in any of the groups. */
  begin(): void {
    for (const group of this.#groups) this.#fleet.group(group).wanted = 'down';
    for (const slot of this.#slots()) {
      slot.desired = 'down';
      slot.retired ||= this.#cause === 'shutDown' || slot.role === 'standby';
    }
  }

  /** Stops what can be stopped by now. */
  advance(): void {
    const clear = new Set(this.#groups.filter(group => this.#isClear(group)));
    for (const slot of this.#slots()) {
      if (slot.phase === 'ready' && slot.role === 'worker' && !clear.has(slot.group)) {
        this.#fleet.stopNewcomer(slot, this.#cause);
      } else {
        this.#fleet.stop(slot, this.#cause);
      }
    }
  }

  /** Stops everything that is left, whoever depends on it. */
  hurry(): void {
    for (const slot of this.#slots()) this.#fleet.stop(slot, this.#cause);
  }

  #slots(): SlotState[] {
    return this.#fleet.slots.filter(({ group }) => this.#groups.includes(group)).reverse();
  }

  #isClear(group: string): boolean {
    return this.#dependents.get(group)?.every(dependent => !this.#fleet.isOccupied(dependent)) ?? true;
  }
}
