import type { Fleet } from './fleet.js';
import type { GroupState } from './group-state.js';
import type { SlotState } from './slot.js';

/** Starts what is missing in groups that run: workers first, then spare processes. */
export class Starter {
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Looks at every group, and changes nothing where nothing is missing. */
  advance(): void {
    for (const group of this.#fleet.groups) {
      if (!group.isRunning) continue;

      this.#retireNeedless(group);
      this.#queueEmpty(group);
      this.#startQueued(group);
      if (group.standby > 0) this.#fillStandbys(group);
    }
  }

  /** A spare process of an older edition fits no slot, once all have the new one; where there are no slots, none does. */
  #retireNeedless({ name, edition }: GroupState): void {
    const hasPlaces = this.#hasPlaces(name);
    for (const slot of this.#fleet.slotsOf(name, 'standby')) {
      if (!slot.retired && !hasPlaces) this.#fleet.retire(slot, 'scaled');
      else if (!slot.retired && slot.edition !== edition) this.#fleet.retire(slot, 'reloaded');
    }
  }

  /** Whether the group has a place for a worker. */
  #hasPlaces(name: string): boolean {
    return this.#fleet.slotsOf(name, 'worker').some(({ desired }) => desired === 'up');
  }

  #queueEmpty({ name }: GroupState): void {
    for (const slot of this.#fleet.slotsOf(name)) {
      if (slot.desired === 'up' && slot.phase === 'down') this.#fleet.enter(slot, 'queued');
    }
  }

  #startQueued({ name, queue, startConcurrency }: GroupState): void {
    if (queue.size === 0) return;

    const slots = this.#fleet.slotsOf(name);
    let booting = slots.filter(({ phase, promoted }) => phase === 'starting' && !promoted).length;
    for (const slot of [...queue]) {
      const standby = slots.find(each => isSpareFor(each, slot));
      if (standby) {
        this.#fleet.promote(slot, standby);
      } else if (booting < startConcurrency) {
        this.#fleet.fork(slot);
        booting++;
      }
    }
  }

  /** Spare processes are forked when no worker needs the processor for its own boot. */
  #fillStandbys(group: GroupState): void {
    const { name, standby, holdsStandbys } = group;
    const slots = this.#fleet.slotsOf(name);
    const missing = standby - slots.filter(({ role }) => role === 'standby').length;
    const isBooting = slots.some(slot => this.#isBooting(slot));
    if (missing <= 0 || isBooting || holdsStandbys || !this.#hasPlaces(name)) return;

    // Somebody waits for each worker; for a spare one nobody does, so only too many crashes end it.
    const restart = { policy: 'permanent' } as const;
    const added = this.#fleet.claim({ group: name, role: 'standby', count: missing, restart, retryFirstBoot: true });
    for (const slot of added) this.#fleet.enter(slot, 'queued');
    this.#startQueued(group);
  }

  /** Whether a process boots in it, or will in a moment. */
  #isBooting({ phase, nextAt }: SlotState): boolean {
    return phase === 'starting' || phase === 'queued' || (nextAt !== undefined && nextAt <= this.#fleet.now());
  }
}

/** Whether the spare process can be the next worker of the slot, as long as it is no first one: that has to boot. */
function isSpareFor(standby: SlotState, slot: SlotState): boolean {
  if (standby.role !== 'standby' || standby.phase !== 'ready' || standby.isLeaving) return false;

  return slot.role === 'worker' && slot.generation > 0 && !slot.ownSettings && slot.edition === standby.edition;
}
