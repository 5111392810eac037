import type { Departure } from './departures.js';
import type { Failure, Outcome, RollingReport } from './operation.js';
import type { Slot } from './slot.js';

/**
 * An operation on its way.
 *
 * After every input, whatever that was, `advance` compares what is with what should be, and does what is missing: so no
 * news can be missed. The other methods only note what cannot be seen from the state of the slots.
 */
export abstract class RunningOperation {
  #failure: Failure | undefined;

  /** Why it will not reach its goal; it may still have to tidy up. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Takes its turn: nothing of an earlier operation on the same groups is left to be done. */
  abstract begin(): void;

  /** Does what is missing; returns how it ended once it is over. */
  abstract advance(): Outcome | undefined;

  /** What it has done so far. */
  report(): RollingReport | undefined {
    return undefined;
  }

  /** A process is gone, and what follows for its slot is decided. */
  departed(_departure: Departure): void {}

  /** Nothing was started in the slot, since somebody vetoed it. */
  vetoed(_slot: Slot): void {}

  /** The wait with this ticket is over. */
  elapsed(_ticket: number): void {}

  /** Somebody gave it up. */
  abort(): void {
    this._fail({ why: 'aborted' });
  }

  /** Notes a failure; only the first one counts. */
  protected _fail(failure: Failure): void {
    this.#failure ??= failure;
  }
}
