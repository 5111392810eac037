import type { Action } from '../supervision/actions.js';
import type { Clock } from '../util/clock.js';
import type { Editions } from './editions.js';
import type { Groups } from './groups.js';
import { launch, type WorkerEnvironment } from './launcher.js';
import type { Ledger } from './statistics.js';
import { Sweep } from './sweep.js';
import { workerEnvironment } from './worker-environment.js';
import { type HandleControl, type ProcessBehindHandle, WorkerHandle } from './worker-handle.js';
import type { WorkerLife, WorkerTalk } from './worker-observers.js';
import { WorkerProcess } from './worker-process.js';
import type { WorkerProcessParts } from './worker-process-parts.js';
import { watchdogDescriptor } from './worker-settings.js';

/** What a slot has of its own, over the settings of its group. */
export interface ForkSettings {
  /** Added to the environment of the group. */
  readonly env?: WorkerEnvironment | undefined;
  /** In place of those of the group. */
  readonly args?: readonly string[] | undefined;
}

/** Which process to start. */
export type Vacancy = Pick<Extract<Action, { type: 'fork' }>, 'slot' | 'generation' | 'edition' | 'role'>;

/** What a {@link Recruiter} is made of. */
export interface RecruiterParts {
  readonly groups: Groups;
  readonly editions: Editions;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly talk: WorkerTalk;
  readonly checkedReply: WorkerProcessParts['checkedReply'];
  readonly itemCheck: WorkerProcessParts['itemCheck'];
}

/** Starts processes, each with the settings of its group, its edition and its slot. */
export class Recruiter {
  readonly #parts: RecruiterParts;
  readonly #owner: WorkerLife & HandleControl;
  readonly #sweep: Sweep;

  constructor(parts: RecruiterParts, owner: WorkerLife & HandleControl) {
    this.#parts = parts;
    this.#owner = owner;
    this.#sweep = new Sweep(parts.clock);
  }

  /** Starts a process. Throws what Node throws when that cannot be. */
  recruit(vacancy: Vacancy, own: ForkSettings = {}): WorkerProcess {
    const { groups, editions, ledger, clock, talk, checkedReply, itemCheck } = this.#parts;
    const { slot, generation, edition } = vacancy;
    const group = groups.get(slot.group);
    const { settings, env } = editions.of(group, edition);
    const { readyOn, serialization, codec } = group.options;
    const args = own.args ?? settings.args;
    const tally = ledger.forked(slot);
    const node = launch({ ...settings, args }, { ...env, ...own.env, ...workerEnvironment(vacancy, group) });
    const watchdog = watchdogDescriptor(group.options, group.settings);
    const handle = (process: ProcessBehindHandle) => new WorkerHandle(process, this.#owner);
    const channel = { readyOn, serialization, codec, limits: group.options, clock };
    const place = { node, slot, generation, tally, sweep: this.#sweep, watchdog };
    return new WorkerProcess({ ...channel, ...place, life: this.#owner, talk, checkedReply, itemCheck, handle });
  }
}
