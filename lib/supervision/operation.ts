import type { ExitRecord } from './exit-record.js';
import type { Slot } from './slot.js';

/** What an operator wants of whole groups. Groups are in the order in which they start. */
export type OperationOrder =
  /** So many workers, named ones included. Adds the smallest free numbers, retires the latest added. */
  | { readonly kind: 'scale'; readonly groups: readonly [string]; readonly workerCount: number }
  /** No worker, but the slots stay. Stops dependents first. */
  | { readonly kind: 'drain'; readonly groups: readonly string[] }
  /** Workers again, after `drain` or after the groups failed. */
  | { readonly kind: 'resume'; readonly groups: readonly string[] }
  /** A new process for each slot, or for the one slot given, one at a time, new before old. */
  | { readonly kind: 'recycle'; readonly groups: readonly string[]; readonly slot?: Slot | undefined }
  | ReloadOrder;

/** A new process of a new edition for each slot: all of them, or a report of which. */
export interface ReloadOrder {
  readonly kind: 'reload';
  readonly groups: readonly string[];
  /** The number by which the facade knows the new settings; higher than every one before. */
  readonly edition: number;
  /** What the edition changes, as text: only reloads that change the same join. @default '' */
  readonly change?: string | undefined;
  /** How many slots at a time. @default 1 */
  readonly stride?: number | undefined;
  /** Milliseconds that a new worker has to stay ready before it takes over. @default 0 */
  readonly stability?: number | undefined;
  /** Whether a failure brings those replaced already back to their old edition. @default false */
  readonly rollback?: boolean | undefined;
}

/** What a reload, or recycling, did; each name is a slot's and stands in exactly one list. */
export interface RollingReport {
  /** Run the new edition, or for recycling a new process. */
  readonly replaced: readonly string[];
  /** Were not touched. */
  readonly notReplaced: readonly string[];
  /** Were replaced, and brought back to the old edition. */
  readonly rolledBack: readonly string[];
}

/** Why an operation did not reach its goal. */
export type Failure =
  /** This slot's new process ended: before it was ready, or before it had been ready for long enough. */
  | { readonly why: 'exit'; readonly slot: Slot; readonly generation: number; readonly exit: ExitRecord }
  /** Nothing is forked in this group any more. */
  | { readonly why: 'groupFailed'; readonly group: string }
  /** Somebody vetoed a fork that it needed. */
  | { readonly why: 'vetoed'; readonly slot: Slot }
  | { readonly why: 'shutDown' }
  /** Somebody called `abort`. */
  | { readonly why: 'aborted' };

/** How an operation ended. Reloads and recycling have a report either way. */
export interface Outcome {
  readonly failure?: Failure | undefined;
  readonly report?: RollingReport | undefined;
}
