import { GroupFailedError } from '../errors/errors.js';
import type { ExitRecord } from './exit-record.js';
import type { RestartSettings } from './restart-policy.js';

/**
 * What the process of a slot is doing, as far as supervision must know.
 *
 * `down`: there is none and none is planned; `waiting`: there is none, a replacement is due later; `starting`, `ready`:
 * it lives; `stopping`: it lives, and was told to end.
 */
export type SlotPhase = 'down' | 'waiting' | 'starting' | 'ready' | 'stopping';

/** What a slot is, from its making on. */
export interface SlotIdentity {
  readonly group: string;
  /** The smallest number from 0 that was free in the group; given to another slot after this one is freed. */
  readonly index: number;
  /** Unique among all slots; `<group>-<index>` unless it was given one. */
  readonly name: string;
  readonly restart: RestartSettings;
}

/** A place for one worker: it keeps its name and number while the processes in it come and go. A live view. */
export interface Slot extends SlotIdentity {
  /** Whether a process should live here. */
  readonly desired: 'up' | 'down';
  readonly phase: SlotPhase;
  /** When the slot came into this phase, on the reconciler's scale. */
  readonly since: number;
  /** When the replacement is due that a `waiting` slot waits for, on the reconciler's scale. */
  readonly nextAt: number | undefined;
  /** Which process of this slot: 1 for the first, one more with every replacement. */
  readonly generation: number;
  /** Failures in a row, forgotten after a stable while. */
  readonly failures: number;
  /** The latest exits, oldest first, at most ten. */
  readonly history: readonly ExitRecord[];
}

/** A slot as the reconciler sees it, which alone may change it. */
export type SlotState = { -readonly [Key in Exclude<keyof Slot, keyof SlotIdentity>]: Slot[Key] } & SlotIdentity & {
    /** Whether a first boot that fails is tried again. */
    readonly retryFirstBoot: boolean;
  };

const longestHistory = 10;

/** A slot that should be up, with no process yet. */
export function createSlot(identity: SlotIdentity, retryFirstBoot = false): SlotState {
  const process = { phase: 'down', since: 0, nextAt: undefined, generation: 0, failures: 0, history: [] } as const;
  return { ...identity, ...process, retryFirstBoot, desired: 'up' };
}

/** Whether a process lives in the slot. */
export function isLive({ phase }: Slot): boolean {
  return phase === 'starting' || phase === 'ready' || phase === 'stopping';
}

/** Adds an exit to the slot's history and forgets the oldest when there are too many. */
export function remember(slot: SlotState, exit: ExitRecord): void {
  slot.history = [...slot.history, exit].slice(-longestHistory);
}

/** Why nothing comes any more to a slot that is down though it should be up: its group has failed. */
export function notReplacedError({ name, group, failures }: Slot): GroupFailedError {
  const message = `Worker \`${name}\` is not replaced: too many workers of group \`${group}\` failed`;
  return new GroupFailedError(message, { group, failures });
}
