import { Batch } from './batch.js';
import type { Departure } from './departures.js';
import type { StopCause } from './exit-record.js';
import type { Fleet } from './fleet.js';
import type { Failure, Outcome, RollingReport } from './operation.js';
import { RunningOperation } from './running-operation.js';
import type { Slot, SlotState } from './slot.js';

/** How a {@link Rolling} operation goes about it. */
export interface RollingPlan {
  /** How many slots at a time. */
  readonly stride: number;
  /** How long new processes have to stay ready, in ms. */
  readonly stability: number;
  /** Whether a failure brings back what was replaced already. */
  readonly rollback: boolean;
  readonly cause: StopCause;
}

/** Replaces the processes of slots, a few at a time, new before old; stops at the first failure. */
export abstract class Rolling extends RunningOperation {
  protected readonly fleet: Fleet;
  readonly #plan: RollingPlan;
  readonly #replaced = new Set<SlotState>();
  readonly #rolledBack = new Set<SlotState>();
  /** The editions of slots before they were replaced. */
  readonly #previous = new Map<SlotState, number>();
  #batch: Batch | undefined;
  /** Whether what was replaced is to be brought back. */
  #rollsBack = false;
  /** Whether the present batch is on the way back. */
  #isBatchBack = false;

  constructor(fleet: Fleet, plan: RollingPlan) {
    super();
    this.fleet = fleet;
    this.#plan = plan;
  }

  override begin(): void {}

  override advance(): Outcome | undefined {
    if (this.failure === undefined) this._check();
    for (;;) {
      this.#batch ??= this.#nextBatch();
      if (this.#batch === undefined) return this.#conclude();

      const isOver = this.#batch.advance();
      this.#record(this.#batch);
      if (!isOver) return undefined;

      this.#batch = undefined;
    }
  }

  override departed(departure: Departure): void {
    const { slot, generation, exit, role } = departure;
    const isNeeded = role === 'newcomer' && this.#batch?.needs(slot);
    const isFatal = this.failure === undefined && this._isFatal(departure);
    if (isNeeded || isFatal) this._fail({ why: 'exit', slot, generation, exit });
  }

  override vetoed(slot: Slot): void {
    if (this.#batch?.needs(slot)) this._fail({ why: 'vetoed', slot });
  }

  override elapsed(ticket: number): void {
    this.#batch?.elapsed(ticket);
  }

  override abort(): void {
    if (this.failure === undefined) super.abort();
  }

  override report(): RollingReport {
    const names = (wanted: (slot: SlotState) => boolean) =>
      this._scope()
        .filter(wanted)
        .map(({ name }) => name);
    return {
      replaced: names(slot => this.#replaced.has(slot)),
      notReplaced: names(slot => !this.#replaced.has(slot) && !this.#rolledBack.has(slot)),
      rolledBack: names(slot => this.#rolledBack.has(slot)),
    };
  }

  /** The first failure ends the way forward; one on the way back ends that. */
  protected override _fail(failure: Failure): void {
    this.#rollsBack = this.failure === undefined && this.#plan.rollback;
    super._fail(failure);
    this.#batch?.cancel();
  }

  /** All slots that the report is about. */
  protected abstract _scope(): readonly SlotState[];

  /** The slots to be replaced next, at most so many; none when all are done. */
  protected abstract _next(stride: number): readonly SlotState[];

  /** The edition that a slot's new process has. */
  protected abstract _editionOf(slot: SlotState): number;

  /** Whether this exit of a slot's worker is a failure of the operation. */
  protected abstract _isFatal(departure: Departure): boolean;

  /** Fails if there is no sense in going on. */
  protected _check(): void {}

  /** All is done; these slots count as replaced in addition. */
  protected _succeed(): readonly SlotState[] {
    return [];
  }

  #nextBatch(): Batch | undefined {
    const { stride, stability, cause } = this.#plan;
    this.#isBatchBack = this.failure !== undefined;
    if (this.#isBatchBack) return this.#nextBatchBack();

    const slots = this._next(stride);
    if (slots.length === 0) return undefined;

    for (const slot of slots) this.#previous.set(slot, slot.edition);
    const editions = new Map(slots.map(slot => [slot, this._editionOf(slot)]));
    return new Batch(this.fleet, { editions, stability, cause });
  }

  #nextBatchBack(): Batch | undefined {
    const { stride, cause } = this.#plan;
    const replaced = [...this.#replaced].filter(({ retired }) => !retired);
    const [first] = replaced;
    if (!this.#rollsBack || first === undefined) return undefined;

    const slots = replaced.filter(({ group }) => group === first.group).slice(0, stride);
    const editions = new Map(slots.map(slot => [slot, this.#previous.get(slot) ?? slot.edition]));
    return new Batch(this.fleet, { editions, stability: 0, cause });
  }

  #record(batch: Batch): void {
    if (!batch.isCommitted) return;

    for (const slot of batch.slots) {
      if (this.#isBatchBack && this.#replaced.delete(slot)) this.#rolledBack.add(slot);
      if (!this.#isBatchBack) this.#replaced.add(slot);
    }
  }

  #conclude(): Outcome {
    const { failure } = this;
    if (failure !== undefined) return { failure, report: this.report() };

    for (const slot of this._succeed()) this.#replaced.add(slot);
    return { report: this.report() };
  }
}
