import type { Departure } from './departures.js';
import type { Fleet } from './fleet.js';
import type { RecycleOrder } from './operation.js';
import { Rolling } from './rolling.js';
import type { SlotState } from './slot.js';

/** A new process for each slot that has one, or for a single slot: one at a time, with the settings it has. */
export class Recycle extends Rolling {
  readonly #order: RecycleOrder;
  /** Whose turn has not come. */
  #pending: readonly SlotState[] = [];

  constructor(fleet: Fleet, order: RecycleOrder) {
    super(fleet, { stride: 1, stability: 0, rollback: false, cause: 'recycled' });
    this.#order = order;
  }

  override begin(): void {
    const { generation } = this.#order;
    // One that came in its place while others had their turn is as new as can be.
    this.#pending = this._scope().filter(slot => generation === undefined || slot.generation === generation);
  }

  protected override _scope(): readonly SlotState[] {
    const { groups, slot } = this.#order;
    return this.fleet.placesOf(groups).filter(place => slot === undefined || place === slot);
  }

  /** A slot whose process is on its way anyway has no need of another one. */
  protected override _next(): readonly SlotState[] {
    const at = this.#pending.findIndex(({ retired, phase }) => !retired && (phase === 'starting' || phase === 'ready'));
    const next = at < 0 ? [] : this.#pending.slice(at, at + 1);
    this.#pending = at < 0 ? [] : this.#pending.slice(at + 1);
    return next;
  }

  protected override _editionOf({ edition }: SlotState): number {
    return edition;
  }

  protected override _isFatal({ role }: Departure): boolean {
    return role === 'newcomer';
  }

  protected override _check(): void {
    const group = this.#order.groups.find(name => this.fleet.group(name).policy.failed);
    if (group !== undefined) this._fail({ why: 'groupFailed', group });
  }
}
