import { AwaitedSlots } from './awaited-slots.js';
import type { Departure } from './departures.js';
import type { Fleet } from './fleet.js';
import type { OperationOrder, Outcome } from './operation.js';
import { RunningOperation } from './running-operation.js';
import type { Slot, SlotState } from './slot.js';

/** Adds slots to a group, or retires some, until there are as many as wanted. */
export class Scale extends RunningOperation {
  readonly #fleet: Fleet;
  readonly #group: string;
  readonly #workerCount: number;
  readonly #added = new AwaitedSlots();
  #retired: readonly SlotState[] = [];

  constructor(fleet: Fleet, { groups: [group], workerCount }: Extract<OperationOrder, { kind: 'scale' }>) {
    super();
    this.#fleet = fleet;
    this.#group = group;
    this.#workerCount = workerCount;
  }

  override begin(): void {
    const places = this.#fleet.placesOf([this.#group]);
    if (places.length < this.#workerCount) this.#add(this.#workerCount - places.length);
    else this.#retired = places.slice(this.#workerCount).reverse();
    for (const slot of this.#retired) this.#fleet.retire(slot, 'scaled');
  }

  override advance(): Outcome | undefined {
    this.#added.advance(name => this.#fleet.group(name).policy.failed);
    const failure = this.failure ?? this.#added.failure;
    if (failure) return { failure };

    const isDone = this.#added.isDone() && this.#retired.every(slot => !this.#fleet.stateOf(slot));
    return isDone ? {} : undefined;
  }

  override departed(departure: Departure): void {
    this.#added.departed(departure);
  }

  override vetoed(slot: Slot): void {
    this.#added.vetoed(slot);
  }

  /** Where nothing is forked now, nobody waits for the new slots, and nobody will see their first boots fail. */
  #add(count: number): void {
    const { isRunning } = this.#fleet.group(this.#group);
    const slots = this.#fleet.claim({ group: this.#group, count, retryFirstBoot: !isRunning });
    if (isRunning) this.#added.add(slots);
  }
}
