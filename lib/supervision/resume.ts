import { AwaitedSlots } from './awaited-slots.js';
import type { Departure } from './departures.js';
import { dependenciesOf } from './dependencies.js';
import type { Fleet } from './fleet.js';
import type { Failure, Outcome } from './operation.js';
import { RunningOperation } from './running-operation.js';
import type { Slot } from './slot.js';

/** Starts groups again that were drained, or failed: each when those that it depends on are ready. */
export class Resume extends RunningOperation {
  readonly #fleet: Fleet;
  readonly #groups: readonly string[];
  /** The groups whose turn has not come. */
  readonly #pending: Set<string>;
  readonly #awaited = new AwaitedSlots();

  constructor(fleet: Fleet, groups: readonly string[]) {
    super();
    this.#fleet = fleet;
    this.#groups = groups;
    this.#pending = new Set(groups);
  }

  override begin(): void {}

  override advance(): Outcome | undefined {
    this.#awaited.advance(name => this.#fleet.group(name).policy.failed);
    const failure = this.failure ?? this.#awaited.failure ?? this.#groupFailure();
    if (failure) return { failure };

    for (const group of this.#groups) {
      if (this.#pending.has(group) && this.#isReadyFor(group)) this.#start(group);
    }
    return this.#pending.size === 0 && this.#awaited.isDone() ? {} : undefined;
  }

  override departed(departure: Departure): void {
    this.#awaited.departed(departure);
  }

  override vetoed(slot: Slot): void {
    this.#awaited.vetoed(slot);
  }

  /** A group that fails is a failure also when all of its workers had been ready once. */
  #groupFailure(): Failure | undefined {
    const failed = this.#groups.find(name => !this.#pending.has(name) && this.#fleet.group(name).policy.failed);
    return failed === undefined ? undefined : { why: 'groupFailed', group: failed };
  }

  /** Whether all that it depends on, as far as it is resumed too, have been ready. */
  #isReadyFor(group: string): boolean {
    const before = dependenciesOf(group, this.#fleet.groups);
    return [...before].every(name => !this.#pending.has(name) && this.#awaited.isDone(name));
  }

  #start(name: string): void {
    this.#pending.delete(name);
    const group = this.#fleet.group(name);
    const slots = this.#fleet.placesOf([name]);
    const hadEnded = !group.isRunning;
    group.wanted = 'up';
    if (group.policy.failed) group.policy.reset();
    for (const slot of slots) {
      slot.desired = 'up';
      // A worker that had been there before is not given up for a boot that fails.
      slot.retryBoot ||= hadEnded;
      if (hadEnded) slot.failures = slot.bootFailures = 0;
    }
    this.#awaited.add(slots.filter(({ phase }) => phase !== 'ready'));
  }
}
