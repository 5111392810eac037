import type { Departure } from './departures.js';
import { Drain } from './drain.js';
import type { Fleet } from './fleet.js';
import type { Failure, OperationOrder, Outcome } from './operation.js';
import { Recycle } from './recycle.js';
import { Reload } from './reload.js';
import { Resume } from './resume.js';
import type { RunningOperation } from './running-operation.js';
import { Scale } from './scale.js';
import type { Slot } from './slot.js';

interface Entry {
  readonly number: number;
  readonly order: OperationOrder;
  readonly operation: RunningOperation;
  hasBegun: boolean;
}

/** Operations in the order in which they were asked for: those on disjoint groups run side by side, others in turn. */
export class OperationQueue {
  readonly #fleet: Fleet;
  #entries: readonly Entry[] = [];
  #count = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** The number of an operation that nobody has to wait for twice, if the same was just asked for. */
  joinable(order: OperationOrder): number | undefined {
    const latest = this.#entries.findLast(entry => sharesGroup(entry.order, order));
    return latest && latest.operation.failure === undefined && isSame(latest.order, order) ? latest.number : undefined;
  }

  /** Lines an operation up; returns its number. It begins when `advance` finds that it is its turn. */
  add(order: OperationOrder): number {
    this.#count++;
    const operation = operationOf(this.#fleet, order);
    for (const group of order.groups) this.#fleet.group(group).holdsStandbys = false;
    this.#entries = [...this.#entries, { number: this.#count, order, operation, hasBegun: false }];
    return this.#count;
  }

  /** Lets each operation whose turn it is do what is missing, until none has anything to do. */
  advance(): void {
    while (this.#entries.some((entry, at) => this.#advanceOne(entry, at)));
  }

  /** Gives an operation up: one that has not begun never will. */
  abort(number: number): void {
    const entry = this.#entries.find(each => each.number === number);
    if (entry?.hasBegun) entry.operation.abort();
    else if (entry) this.#settle(entry, { failure: { why: 'aborted' }, report: entry.operation.report() });
  }

  /** Ends all of them now, as they are. */
  settleAll(failure: Failure): void {
    for (const entry of this.#entries) this.#settle(entry, { failure, report: entry.operation.report() });
  }

  departed(departure: Departure): void {
    for (const { operation } of this.#begun()) operation.departed(departure);
  }

  vetoed(slot: Slot): void {
    for (const { operation } of this.#begun()) operation.vetoed(slot);
  }

  elapsed(ticket: number): void {
    for (const { operation } of this.#begun()) operation.elapsed(ticket);
  }

  #begun(): readonly Entry[] {
    return this.#entries.filter(({ hasBegun }) => hasBegun);
  }

  /** Returns whether it is over, so that it may be somebody else's turn. */
  #advanceOne(entry: Entry, at: number): boolean {
    const before = this.#entries.slice(0, at);
    if (before.some(({ order }) => sharesGroup(order, entry.order))) return false;

    if (!entry.hasBegun) {
      entry.hasBegun = true;
      entry.operation.begin();
    }
    const outcome = entry.operation.advance();
    if (outcome) this.#settle(entry, outcome);
    return outcome !== undefined;
  }

  #settle(entry: Entry, { failure, report }: Outcome): void {
    this.#entries = this.#entries.filter(each => each !== entry);
    const outcome = { ...(failure && { failure }), ...(report && { report }) };
    this.#fleet.note({ type: 'settled', operation: entry.number, outcome });
  }
}

function operationOf(fleet: Fleet, order: OperationOrder): RunningOperation {
  switch (order.kind) {
    case 'scale':
      return new Scale(fleet, order);
    case 'drain':
      return new Drain(fleet, order.groups);
    case 'resume':
      return new Resume(fleet, order.groups);
    case 'recycle':
      return new Recycle(fleet, order);
    case 'reload':
      return new Reload(fleet, order);
    default:
      return order satisfies never;
  }
}

function sharesGroup(one: OperationOrder, other: OperationOrder): boolean {
  const groups: readonly string[] = other.groups;
  return one.groups.some(group => groups.includes(group));
}

/** Whether two orders ask for the same; two reloads have an edition each, and may still. */
function isSame(one: OperationOrder, other: OperationOrder): boolean {
  return one.kind === other.kind && one.groups.join() === other.groups.join() && detail(one) === detail(other);
}

/** What tells two orders of a kind and the same groups apart. */
function detail(order: OperationOrder): unknown {
  if (order.kind === 'scale') return order.workerCount;
  if (order.kind === 'recycle') return order.slot;
  if (order.kind !== 'reload') return undefined;

  const { stride = 1, stability = 0, rollback = false, change = '' } = order;
  return [stride, stability, rollback, change].join();
}
