import type { ExitRecord, StopCause } from './exit-record.js';
import type { Outcome } from './operation.js';
import type { Slot } from './slot.js';

/**
 * What a process is to its slot: the worker that lives in it, the newcomer that is to take its place, or a spare one
 * that waits for a place.
 */
export type Role = 'worker' | 'newcomer' | 'standby';

/** What the facade must do now; it decides nothing itself. */
export type Action =
  /** Start a process in the slot, with the settings of this `edition`; report its fate with this `generation`. */
  | {
      readonly type: 'fork';
      readonly slot: Slot;
      readonly generation: number;
      readonly edition: number;
      readonly role: Role;
    }
  /** Let the spare process of the slot `standby` move into `slot`, where it is this `generation`, and activate it. */
  | {
      readonly type: 'promote';
      readonly slot: Slot;
      readonly generation: number;
      readonly standby: Slot;
      readonly standbyGeneration: number;
    }
  /** After `exit`, call `due(slot, generation)` in `delay` ms, at once for 0; or `dropReplacement` if it was vetoed. */
  | {
      readonly type: 'forkLater';
      readonly slot: Slot;
      readonly generation: number;
      readonly delay: number;
      readonly exit: ExitRecord;
    }
  /** The newcomer with this generation is the slot's worker from now on: the slot's name means it. */
  | { readonly type: 'takeOver'; readonly slot: Slot; readonly generation: number }
  /** Stop this process of the slot gracefully. */
  | { readonly type: 'stop'; readonly slot: Slot; readonly generation: number; readonly cause: StopCause }
  /** Call `elapsed(ticket)` in `delay` ms. */
  | { readonly type: 'wait'; readonly ticket: number; readonly delay: number }
  /** Tell that nothing is restarted in the group any more, because of these exits; some were boots that failed. */
  | {
      readonly type: 'groupFailed';
      readonly group: string;
      readonly exits: readonly ExitRecord[];
      readonly bootFailures: number;
    }
  /** The slot was given up: its name and number are free, nothing will ever run in it. */
  | { readonly type: 'free'; readonly slot: Slot }
  /** The operation with this number is over. */
  | { readonly type: 'settled'; readonly operation: number; readonly outcome: Outcome };
