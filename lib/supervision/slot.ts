import { GroupDrainedError, GroupFailedError } from '../errors/errors.js';
import type { ExitRecord } from './exit-record.js';
import type { RestartSettings } from './restart-policy.js';

/**
 * What the worker of a slot is doing, as far as supervision must know.
 *
 * `down`: there is none and none is planned; `waiting`: there is none, a replacement is due later; `queued`: there is
 * none, and it is forked when others of its group have booted; `starting`, `ready`: it lives; `stopping`: it lives, and
 * was told to end. A spare process that stands by is `ready`.
 */
export type SlotPhase = 'down' | 'waiting' | 'queued' | 'starting' | 'ready' | 'stopping';

/** What a slot is, from its making on. */
export interface SlotIdentity {
  readonly group: string;
  /** The smallest number from 0 that was free in the group; given to another slot after this one is freed. */
  readonly index: number;
  /** Unique among all slots; `<group>-<index>` (`<group>-standby-<index>`) unless it was given one. */
  readonly name: string;
  /** Whether it is a place for a worker, or only for a spare process that will move into such a place. */
  readonly role: 'worker' | 'standby';
  readonly restart: RestartSettings;
  /** Whether its processes have settings that no other slot's have, so that no spare process fits. */
  readonly ownSettings: boolean;
}

/** A process that is to take the place of a slot's worker. */
export interface Newcomer {
  readonly generation: number;
  /** One that is `leaving`, nobody having told it to, takes no place any more. */
  readonly phase: 'starting' | 'ready' | 'leaving';
  readonly edition: number;
}

/** A process that stops, and is not, or no longer, the slot's worker. */
export interface Leaver {
  readonly generation: number;
}

/** A place for one worker: it keeps its name and number while the processes in it come and go. A live view. */
export interface Slot extends SlotIdentity {
  /** Whether a process should live here; not while its group is drained, nor when the slot is given up. */
  readonly desired: 'up' | 'down';
  /** Whether it is given up as soon as its last process is gone. */
  readonly retired: boolean;
  readonly phase: SlotPhase;
  /** When the phase began, in ms on the scale of the reconciler's `now`. */
  readonly since: number;
  /** When a slot that is `waiting` is due, on the same scale; `undefined` in every other phase. */
  readonly nextAt: number | undefined;
  /** Which process of this slot its worker is, from 1; rises with every process of any role, and never repeats. */
  readonly generation: number;
  /** The edition of the group's settings with which its worker runs, and starts again. */
  readonly edition: number;
  /** At most one of `newcomer` and `leaver` is there. */
  readonly newcomer: Newcomer | undefined;
  readonly leaver: Leaver | undefined;
  /** Failures in a row of workers that had been ready, forgotten after a stable while. */
  readonly failures: number;
  /** Boots in a row that failed. */
  readonly bootFailures: number;
  /** The latest exits, oldest first, at most ten. */
  readonly history: readonly ExitRecord[];
}

/** A slot as the reconciler sees it, which alone may change it. */
export type SlotState = { -readonly [Key in Exclude<keyof Slot, keyof SlotIdentity>]: Slot[Key] } & SlotIdentity & {
    /** Whether a boot that fails is tried again: not before the slot has had a worker, unless that was asked for. */
    retryBoot: boolean;
    /** Whether its worker was a spare process, which has booted already when it starts here. */
    promoted: boolean;
    /** Whether it is a spare process that leaves, nobody having told it to: it cannot be promoted. */
    isLeaving: boolean;
    /** The highest generation that was given to a process of the slot. */
    lastGeneration: number;
  };

/** How a new slot begins. */
export interface SlotStart {
  /** Whether a first boot that fails is tried again. @default false */
  readonly retryFirstBoot?: boolean | undefined;
  /** @default 0 */
  readonly edition?: number | undefined;
  /** When it is made. @default 0 */
  readonly since?: number | undefined;
}

const longestHistory = 10;

/** A slot that should be up, with no process yet. */
export function createSlot(
  identity: SlotIdentity,
  { retryFirstBoot = false, edition = 0, since = 0 }: SlotStart = {},
): SlotState {
  return {
    ...identity,
    desired: 'up',
    retired: false,
    phase: 'down',
    since,
    nextAt: undefined,
    generation: 0,
    edition,
    newcomer: undefined,
    leaver: undefined,
    failures: 0,
    bootFailures: 0,
    history: [],
    retryBoot: retryFirstBoot,
    promoted: false,
    isLeaving: false,
    lastGeneration: 0,
  };
}

/** Whether the slot's worker lives. */
export function isLive({ phase }: Slot): boolean {
  return phase === 'starting' || phase === 'ready' || phase === 'stopping';
}

/** Whether a process lives in the slot: its worker, a newcomer, or one that leaves. */
export function isOccupied(slot: Slot): boolean {
  return isLive(slot) || slot.newcomer !== undefined || slot.leaver !== undefined;
}

/** Whether the slot has a worker, or will have one. */
export function isOnItsWay({ phase, newcomer }: Slot): boolean {
  return phase !== 'down' || newcomer !== undefined;
}

/** Adds an exit to the slot's history and forgets the oldest when there are too many. */
export function remember(slot: SlotState, exit: ExitRecord): void {
  slot.history = [...slot.history, exit].slice(-longestHistory);
}

/** Why nothing comes any more to a slot that is down though it should be up: its group has failed. */
export function notReplacedError({ name, group, failures, bootFailures }: Slot): GroupFailedError {
  const message = `Worker \`${name}\` is not replaced: too many workers of group \`${group}\` failed`;
  return new GroupFailedError(message, { group, failures: failures + bootFailures });
}

/** Why nothing comes to a slot, or to anybody, of a group that is drained. */
export function drainedError(group: string): GroupDrainedError {
  return new GroupDrainedError(`Group \`${group}\` is drained: nothing runs in it until it is resumed`, { group });
}
