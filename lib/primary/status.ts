import type { ExitRecord } from '../supervision/exit-record.js';
import type { Statistics } from './statistics.js';
import type { WorkerState } from './worker-handle.js';

/** `starting` until {@link ClusterPrimary.ready}; `stopped` when every process is gone for good. */
export type ClusterState = 'starting' | 'running' | 'shuttingDown' | 'stopped';

/** `drained`: stopped until `resume`; `failed`: too many of its workers failed, none is replaced until `resume`. */
export type GroupState = 'running' | 'draining' | 'drained' | 'failed';

/**
 * Where a slot is: the state of its process, or without one
 *
 * - `waiting`: for its replacement, which is due at `next.at`;
 * - `queued`: for its turn to start, because of `startConcurrency`;
 * - `down`: nothing is coming, as long as its group is drained or has failed.
 */
export type SlotStatusState = WorkerState | 'waiting' | 'queued' | 'down';

/** What happens to a slot next unless something else happens before. */
export interface NextAction {
  /** `terminate` and `kill`: SIGTERM and SIGKILL, if it has not stopped, or is not ready, by then. */
  readonly action: 'restart' | 'recycle' | 'terminate' | 'kill';
  /** When, in milliseconds since the epoch. */
  readonly at: number;
}

/** One process as it is now. */
export interface ProcessStatus {
  /** Left out when it could not be spawned. */
  readonly pid?: number | undefined;
  /** As {@link WorkerHandle.id}. */
  readonly id: number;
  /** 1 for the first process of its slot, and higher for each later one. */
  readonly generation: number;
  readonly state: WorkerState;
  /** What the worker says of itself. */
  readonly status: string;
  /** Milliseconds since the fork. */
  readonly uptime: number;
  /** Requests to the worker and from it that are not answered yet. */
  readonly pending: number;
  /** Resident memory in bytes; left out before the worker has told. */
  readonly memory?: number | undefined;
  /** How busy its event loop is, from 0 to 1; left out before the worker has told. */
  readonly utilization?: number | undefined;
  /** By how many milliseconds its latest heartbeat was late; left out before the first. */
  readonly delay?: number | undefined;
}

/** One slot, with what its process says where there is one. */
export interface SlotStatus extends Partial<Omit<ProcessStatus, 'state' | 'generation'>> {
  readonly name: string;
  readonly group: string;
  /** The place in the group, from 0. */
  readonly index: number;
  /** `standby`: a spare one, which waits for the place of another. */
  readonly role: 'worker' | 'standby';
  readonly state: SlotStatusState;
  /** When supervision last had news of it (fork, ready, stop, exit), in milliseconds since the epoch. */
  readonly since: number;
  /** Why it is in this state, in a few words; left out where nothing needs an explanation. */
  readonly why?: string | undefined;
  readonly next?: NextAction | undefined;
  /** Which process of the slot this is, or was; 0 before the first. */
  readonly generation: number;
  /** How often a process that left unasked was replaced. */
  readonly restarts: number;
  /** The latest exits, oldest first, at most ten. */
  readonly lastExits: readonly ExitRecord[];
  /** The process that is about to take over. */
  readonly newcomer?: ProcessStatus | undefined;
  /** The process that a newcomer has taken over from, on its way out. */
  readonly leaver?: ProcessStatus | undefined;
  readonly statistics: Statistics;
}

/** One group and its slots. */
export interface GroupStatus {
  readonly name: string;
  readonly state: GroupState;
  /** How many workers there should be: its slots that were not given up, spare ones apart. */
  readonly workerCount: number;
  /** How many of them are ready. */
  readonly ready: number;
  /** How many spare workers are ready to step in. */
  readonly standbys: number;
  /** How often its settings were replaced by a reload. */
  readonly edition: number;
  /** By their place, the spare ones last. */
  readonly slots: readonly SlotStatus[];
  readonly statistics: Statistics;
}

/** Sums over all groups. */
export interface ClusterTotals {
  readonly workerCount: number;
  readonly ready: number;
  readonly standbys: number;
  readonly pending: number;
  /** Resident memory in bytes of all workers that have told; left out when none has. */
  readonly memory?: number | undefined;
}

/** The whole cluster as it was at `time`: plain, frozen, and the same after a journey through JSON. */
export interface ClusterStatus {
  /** When this was true, in milliseconds since the epoch. */
  readonly time: number;
  /** Of the primary. */
  readonly pid: number;
  /** Milliseconds since the primary was made. */
  readonly uptime: number;
  readonly state: ClusterState;
  readonly groups: readonly GroupStatus[];
  readonly totals: ClusterTotals;
  readonly statistics: Statistics;
}
