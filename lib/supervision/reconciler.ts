import { GroupFailedError, ShutDownError } from '../errors/errors.js';
import type { ExitRecord, StopCause } from './exit-record.js';
import { type RestartOptions, RestartPolicy, type RestartSettings, resolveRestart } from './restart-policy.js';
import { isLive, remember, type Slot, type SlotPhase, type SlotState } from './slot.js';
import { SlotTable } from './slot-table.js';

/** What the facade must do now; it decides nothing itself. */
export type Action =
  /** Start a process in the slot; report its fate with this `generation`. */
  | { readonly type: 'fork'; readonly slot: Slot; readonly generation: number }
  /** After `exit`, call `due(slot, generation)` in `delay` ms, at once for 0; or `dropReplacement` if it was vetoed. */
  | {
      readonly type: 'forkLater';
      readonly slot: Slot;
      readonly generation: number;
      readonly delay: number;
      readonly exit: ExitRecord;
    }
  /** Stop the slot's process gracefully. */
  | { readonly type: 'stop'; readonly slot: Slot; readonly cause: StopCause }
  /** Tell that nothing is restarted in the group any more, because of these exits. */
  | { readonly type: 'groupFailed'; readonly group: string; readonly exits: readonly ExitRecord[] }
  /** The slot was given up: its name and number are free, nothing will ever run in it. */
  | { readonly type: 'free'; readonly slot: Slot };

/** A wish for more slots. */
export interface AddRequest {
  readonly group: string;
  /** How many. @default 1 */
  readonly count?: number | undefined;
  /** Only with a `count` of 1. */
  readonly name?: string | undefined;
  /** What differs from the group's settings; `intensity` and `period` are always the group's. */
  readonly restart?: RestartOptions | undefined;
  /** Whether a first boot that fails is tried again by the policy, as a replacement is. @default false */
  readonly retryFirstBoot?: boolean | undefined;
}

/** What a reconciler is made with. */
export interface ReconcilerOptions {
  /** Milliseconds on a scale that never goes back. */
  readonly now: () => number;
  /** Restart settings of groups that were not configured. */
  readonly restart?: RestartOptions | undefined;
  /** As `Math.random`, for the jitter of the back-off. */
  readonly random?: (() => number) | undefined;
}

interface Group {
  readonly restart: RestartSettings;
  readonly policy: RestartPolicy;
}

/**
 * Keeps the desired state of every slot and says what must be done to get there.
 *
 * Every input returns actions, in the order in which to execute them. Inputs about a process name the slot and its
 * generation, so that news that comes twice, or late, about a process that was replaced already changes nothing: one
 * exit is followed by at most one replacement.
 *
 * @example
 * ```ts
 * for (const action of reconciler.exited(slot, generation, exit)) this.#execute(action);
 * ```
 */
export class Reconciler {
  readonly #slots = new SlotTable();
  readonly #groups = new Map<string, Group>();
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #restart: RestartSettings;
  #shuttingDown = false;

  constructor({ now, restart, random = Math.random }: ReconcilerOptions) {
    this.#now = now;
    this.#random = random;
    this.#restart = resolveRestart(restart);
  }

  /** All slots that were not given up, in the order they were added. */
  get slots(): readonly Slot[] {
    return [...this.#slots];
  }

  /** Slots of spare processes. */
  get standbys(): readonly Slot[] {
    return [];
  }

  /** Whether no process lives and none is due; a group that failed may still have slots, all down. */
  get isIdle(): boolean {
    return [...this.#slots].every(({ phase }) => phase === 'down');
  }

  /** Whether `shutDown` was called. */
  get isShuttingDown(): boolean {
    return this.#shuttingDown;
  }

  /** Whether nothing is restarted in the group any more. */
  hasFailed(group: string): boolean {
    return this.#groups.get(group)?.policy.failed ?? false;
  }

  groupState(group: string): 'running' | 'failed' {
    return this.hasFailed(group) ? 'failed' : 'running';
  }

  /** The edition of new workers' settings. */
  edition(_group: string): number {
    return 0;
  }

  /**
   * Why no process of the group, or of any group, can become ready any more; `undefined` as long as one may.
   *
   * An empty cluster is no reason: somebody may add to it.
   */
  whyNobody(group?: string): ShutDownError | GroupFailedError | undefined {
    if (this.#shuttingDown) return new ShutDownError('The cluster is shutting down', { operation: 'request' });

    const meant = group === undefined ? [...this.#groups.keys()] : [group];
    const isComing = [...this.#slots].some(slot => meant.includes(slot.group) && slot.phase !== 'down');
    const failed = isComing ? undefined : meant.find(each => this.hasFailed(each));
    return failed === undefined ? undefined : this.#failedError(failed);
  }

  /** Sets the restart settings of a group, before its first slot is added; later calls change nothing. */
  configure(group: string, restart: RestartOptions): void {
    if (this.#groups.has(group)) return;

    const settings = resolveRestart(restart, this.#restart);
    this.#groups.set(group, { restart: settings, policy: new RestartPolicy(settings, this.#random) });
  }

  /**
   * Adds slots and forks them, all or none.
   *
   * @throws {@link ShutDownError} with code `CLUSTER_SHUT_DOWN`, after `shutDown`.
   * @throws {@link GroupFailedError} with code `CLUSTER_GROUP_FAILED`, while the group has failed.
   * @throws {@link WorkerNameError} with code `CLUSTER_WORKER_NAME`, when the name cannot be had.
   */
  add({ restart, ...request }: AddRequest): Action[] {
    const { restart: settings, policy } = this.#group(request.group);
    if (this.#shuttingDown) {
      throw new ShutDownError('The cluster is shutting down, nothing can be forked any more', { operation: 'fork' });
    }
    if (policy.failed) throw this.#failedError(request.group);

    return this.#slots.claim({ ...request, restart: resolveRestart(restart, settings) }).map(slot => this.#fork(slot));
  }

  /** A process is ready. */
  ready(slot: Slot, generation: number): Action[] {
    const state = this.#current(slot, generation);
    if (state?.phase === 'starting') this.#enter(state, 'ready');
    return [];
  }

  /** The operating system says that a process is gone. */
  exited(slot: Slot, generation: number, exit: ExitRecord): Action[] {
    const state = this.#current(slot, generation);
    if (state === undefined || !isLive(state)) return [];

    const failedFirstBoot = state.phase === 'starting' && generation === 1 && !state.retryFirstBoot;
    remember(state, exit);
    this.#enter(state, 'down');
    return state.desired === 'down' || failedFirstBoot ? this.#free(state) : this.#replace(state, exit);
  }

  /** The wait that a `forkLater` asked for is over. */
  due(slot: Slot, generation: number): Action[] {
    const state = this.#current(slot, generation);
    return state?.phase === 'waiting' ? [this.#fork(state)] : [];
  }

  /** Gives a slot up: its process, if it has one, is stopped gracefully. */
  retire(slot: Slot, cause: StopCause): Action[] {
    const state = this.#current(slot);
    if (state === undefined || state.phase === 'stopping') return [];

    state.desired = 'down';
    if (!isLive(state)) return this.#free(state);

    this.#enter(state, 'stopping');
    return [{ type: 'stop', slot, cause }];
  }

  /**
   * No process was started though one was announced, since somebody vetoed it or retired the slot meanwhile: the slot
   * stays empty and is given up.
   */
  dropReplacement(slot: Slot): Action[] {
    const state = this.#current(slot);
    return state === undefined || state.phase === 'ready' ? [] : this.#free(state);
  }

  /** Gives a group that failed another chance: its empty slots are forked again. */
  resume(group: string): Action[] {
    if (this.#shuttingDown || !this.hasFailed(group)) return [];

    this.#group(group).policy.reset();
    const down = this.#slots.of(group).filter(({ phase }) => phase === 'down');
    return down.map(slot => {
      slot.failures = 0;
      return this.#fork(slot);
    });
  }

  /** Retires everything, the youngest first; nothing is forked from now on. */
  shutDown(): Action[] {
    this.#shuttingDown = true;
    return [...this.#slots].reverse().flatMap(slot => this.retire(slot, 'shutDown'));
  }

  #failedError(group: string): GroupFailedError {
    const message = `Too many workers of group \`${group}\` failed, nothing is forked in it any more`;
    return new GroupFailedError(message, { group, failures: this.#group(group).restart.intensity + 1 });
  }

  #group(name: string): Group {
    this.configure(name, {});
    // `configure` has just made it, unless it was there before.
    return this.#groups.get(name) as Group;
  }

  /** The slot, unless it was given up or the news is about another process than its present one. */
  #current(slot: Slot, generation = slot.generation): SlotState | undefined {
    // Only `SlotTable` makes slots, so one that it has is a state.
    const state = slot as SlotState;
    return this.#slots.has(state) && state.generation === generation ? state : undefined;
  }

  #enter(slot: SlotState, phase: SlotPhase): void {
    slot.phase = phase;
    slot.since = this.#now();
    slot.nextAt = undefined;
  }

  #fork(slot: SlotState): Action {
    this.#enter(slot, 'starting');
    slot.generation++;
    return { type: 'fork', slot, generation: slot.generation };
  }

  #replace(slot: SlotState, exit: ExitRecord): Action[] {
    const verdict = this.#group(slot.group).policy.judge(exit, slot, this.#now());
    if (verdict.restart) {
      this.#enter(slot, 'waiting');
      slot.nextAt = slot.since + verdict.delay;
      slot.failures = verdict.failures;
      return [{ type: 'forkLater', slot, generation: slot.generation, delay: verdict.delay, exit }];
    }
    if (verdict.reason === 'policy') return this.#free(slot);

    return verdict.reason === 'tooManyCrashes' ? this.#fail(slot.group, verdict.exits) : [];
  }

  /** Replacements that were due stay out as well; those workers that live go on. */
  #fail(group: string, exits: readonly ExitRecord[]): Action[] {
    for (const slot of this.#slots.of(group)) if (slot.phase === 'waiting') this.#enter(slot, 'down');
    return [{ type: 'groupFailed', group, exits }];
  }

  #free(slot: SlotState): Action[] {
    slot.desired = 'down';
    this.#enter(slot, 'down');
    this.#slots.release(slot);
    return [{ type: 'free', slot }];
  }
}
