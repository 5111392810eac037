import type { Worker } from 'node:cluster';
import type { Slot } from '../supervision/slot.js';
import type { Clock } from '../util/clock.js';
import type { Tally } from './statistics.js';

/** Where a process begins. */
export interface PlacedProcessParts {
  readonly node: Worker;
  readonly slot: Slot;
  /** Which process of the slot it is. */
  readonly generation: number;
  /** What happens is counted here, as long as the process is in this slot. */
  readonly tally: Tally;
  readonly clock: Clock;
}

/** A process that lives in a slot: in one and the same, unless it is a spare one that moves. */
export abstract class PlacedProcess {
  readonly node: Worker;
  readonly #clock: Clock;
  readonly #forkedAt: number;
  #slot: Slot;
  #generation: number;
  #tally: Tally;
  /** How much the worker had handled when it told last. */
  #handled = 0;

  constructor({ node, slot, generation, tally, clock }: PlacedProcessParts) {
    this.node = node;
    this.#clock = clock;
    this.#forkedAt = clock.now();
    this.#slot = slot;
    this.#generation = generation;
    this.#tally = tally;
  }

  get slot(): Slot {
    return this.#slot;
  }

  get generation(): number {
    return this.#generation;
  }

  /** That of its slot. */
  get tally(): Tally {
    return this.#tally;
  }

  /** Milliseconds since the fork. */
  get uptime(): number {
    return this.#clock.now() - this.#forkedAt;
  }

  moveTo(slot: Slot, generation: number, tally: Tally): void {
    this.#slot = slot;
    this.#generation = generation;
    this.#tally = tally;
  }

  /** @param handled messages and requests since the worker's start, if it told. */
  protected count(handled: number | undefined): void {
    this.#handled = this.#tally.handled(handled, this.#handled);
  }
}
