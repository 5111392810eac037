import type { Fleet } from './fleet.js';
import type { Outcome } from './operation.js';
import { RunningOperation } from './running-operation.js';
import { StopSequence } from './stop-sequence.js';

/** Stops all processes of groups, dependents first, and keeps the slots. */
export class Drain extends RunningOperation {
  readonly #sequence: StopSequence;

  constructor(fleet: Fleet, groups: readonly string[]) {
    super();
    this.#sequence = new StopSequence(fleet, groups, 'drained');
  }

  override begin(): void {
    this.#sequence.begin();
  }

  override advance(): Outcome | undefined {
    if (this.failure) return { failure: this.failure };

    this.#sequence.advance();
    return this.#sequence.isOver ? {} : undefined;
  }

  /** Nobody keeps the order any more, but what was begun is brought to its end: everything is stopped now. */
  override abort(): void {
    super.abort();
    this.#sequence.hurry();
  }
}
