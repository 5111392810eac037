import type { Departure } from './departures.js';
import type { Fleet } from './fleet.js';
import type { ReloadOrder } from './operation.js';
import { Rolling } from './rolling.js';
import type { SlotState } from './slot.js';

/**
 * A new process of a new edition for each slot, as a transaction.
 *
 * Slots that are added meanwhile are replaced too. Groups that are drained get the new edition only; a group that had
 * failed runs again, with a clean record.
 */
export class Reload extends Rolling {
  readonly #order: ReloadOrder;

  constructor(fleet: Fleet, order: ReloadOrder) {
    const { stride = 1, stability = 0, rollback = false } = order;
    super(fleet, { stride, stability, rollback, cause: 'reloaded' });
    this.#order = order;
  }

  protected override _scope(): readonly SlotState[] {
    return this.fleet.placesOf(this.#order.groups);
  }

  protected override _next(stride: number): readonly SlotState[] {
    const { edition } = this.#order;
    const pending = this._scope().filter(slot => slot.edition !== edition && slot.desired === 'up');
    return pending.filter(({ group }) => group === pending[0]?.group).slice(0, stride);
  }

  protected override _editionOf(): number {
    return this.#order.edition;
  }

  /** The new edition has failed, be it before or after it took over; of the old one nothing else was expected. */
  protected override _isFatal({ edition, exit }: Departure): boolean {
    return edition === this.#order.edition && !exit.expected;
  }

  protected override _succeed(): readonly SlotState[] {
    const slots = this._scope();
    for (const name of this.#order.groups) this.#renew(name);
    for (const slot of slots) slot.edition = this.#order.edition;
    return slots;
  }

  #renew(name: string): void {
    const group = this.fleet.group(name);
    group.edition = this.#order.edition;
    if (!group.policy.failed) return;

    group.policy.reset();
    for (const slot of this.fleet.placesOf([name])) slot.failures = slot.bootFailures = 0;
  }
}
