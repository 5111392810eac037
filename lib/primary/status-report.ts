import type { ExitRecord, StopCause } from '../supervision/exit-record.js';
import { exitText } from '../supervision/exit-text.js';
import type { Clock } from '../util/clock.js';
import { Ledger } from './statistics.js';
import type {
  ClusterState,
  ClusterStatus,
  ClusterTotals,
  GroupState,
  GroupStatus,
  NextAction,
  ProcessStatus,
  SlotStatus,
  SlotStatusState,
} from './status.js';
import type { NextSignal } from './stop-ladder.js';
import type { WorkerHandle } from './worker-handle.js';

/** A slot, as far as a report of it goes. Times are on the scale of `clock.now()`. */
export interface SlotView {
  readonly group: string;
  readonly index: number;
  readonly name: string;
  /** Whether it is given up as soon as its last process is gone. */
  readonly retired: boolean;
  readonly phase: 'down' | 'waiting' | 'queued' | 'starting' | 'standby' | 'ready' | 'stopping';
  readonly since: number;
  readonly nextAt?: number | undefined;
  readonly generation: number;
  readonly failures: number;
  readonly history: readonly ExitRecord[];
  readonly newcomer?: { readonly generation: number } | undefined;
  readonly leaver?: { readonly generation: number } | undefined;
}

/** A live process, as far as a report of it goes. */
export interface ProcessView {
  readonly slot: object;
  readonly generation: number;
  readonly handle: Pick<WorkerHandle, 'id' | 'pid' | 'state' | 'status' | 'uptime' | 'pending' | 'load'> & {
    readonly memory?: number | undefined;
    readonly delay?: number | undefined;
  };
  readonly stopping: () => { readonly cause: StopCause | undefined; readonly next: NextSignal | undefined };
  /** When it is due to be recycled, on the scale of `clock.now()`, if that is known. */
  readonly recycleAt?: number | undefined;
}

/** Where a report gets its facts from. A `Supervisor` is one. */
export interface StatusSource {
  readonly parts: {
    readonly clock: Pick<Clock, 'now' | 'date'>;
    readonly groups: Iterable<{ readonly name: string; readonly options: { readonly readyTimeout: number } }>;
  };
  readonly reconciler: {
    readonly slots: readonly SlotView[];
    /** Those of spare processes. */
    readonly standbys: readonly SlotView[];
    groupState(group: string): GroupState;
    edition(group: string): number;
  };
  readonly processes: Iterable<ProcessView>;
  readonly ledger: Pick<Ledger, 'total' | 'of' | 'ofGroup'>;
}

/** What a report says of the cluster as a whole. */
export interface ClusterFacts {
  readonly state: ClusterState;
  readonly pid: number;
  readonly uptime: number;
}

/** How the cluster stands now. */
export function reportStatus(source: StatusSource, facts: ClusterFacts): ClusterStatus {
  return new StatusReport(source).cluster(facts);
}

/** What there is of a cluster before it is set up. */
export function nothingYet(clock: Clock): StatusSource {
  const reconciler = { slots: [], standbys: [], groupState: () => 'running' as const, edition: () => 0 };
  return { parts: { clock, groups: [] }, reconciler, processes: [], ledger: new Ledger() };
}

interface GroupFacts {
  readonly name: string;
  readonly state: GroupState;
  readonly readyTimeout: number;
}

/** One look at a cluster. */
class StatusReport {
  readonly #source: StatusSource;
  readonly #now: number;
  readonly #date: number;
  readonly #processes = new Map<object, ProcessView[]>();

  constructor(source: StatusSource) {
    const { clock } = source.parts;
    this.#source = source;
    this.#now = clock.now();
    this.#date = clock.date();
    for (const process of source.processes) {
      const others = this.#processes.get(process.slot);
      if (others) others.push(process);
      else this.#processes.set(process.slot, [process]);
    }
  }

  cluster({ state, pid, uptime }: ClusterFacts): ClusterStatus {
    const groups = [...this.#source.parts.groups].map(({ name, options: { readyTimeout } }) =>
      this.#group({ name, readyTimeout, state: this.#source.reconciler.groupState(name) }),
    );
    const statistics = this.#source.ledger.total;
    const totals = totalsOf(groups);
    return plain({ time: this.#date, pid, uptime: Math.round(uptime), state, groups, totals, statistics });
  }

  #group(facts: GroupFacts): GroupStatus {
    const { name, state } = facts;
    const { reconciler, ledger } = this.#source;
    const isOurs = (slot: SlotView) => slot.group === name;
    const slots = reconciler.slots.filter(isOurs).sort(byIndex);
    const standbys = reconciler.standbys.filter(isOurs).sort(byIndex);
    const workers = slots.map(slot => this.#slot(slot, 'worker', facts));
    const spare = standbys.map(slot => this.#slot(slot, 'standby', facts));
    return {
      name,
      state,
      workerCount: slots.filter(({ retired }) => !retired).length,
      ready: workers.filter(each => each.state === 'ready').length,
      standbys: spare.filter(each => each.state === 'standby').length,
      edition: reconciler.edition(name),
      slots: [...workers, ...spare],
      statistics: ledger.ofGroup(name),
    };
  }

  #slot(slot: SlotView, role: SlotStatus['role'], group: GroupFacts): SlotStatus {
    const { name, index, generation, newcomer, leaver, history } = slot;
    const process = this.#find(slot, slot);
    const statistics = this.#source.ledger.of(slot);
    return {
      ...(process && processStatus(process)),
      name,
      group: slot.group,
      index,
      role,
      state: stateOf(slot, process),
      since: this.#epoch(slot.since),
      why: whyOf(slot, process, group),
      next: this.#next(slot, process, group),
      generation,
      restarts: statistics.restarts,
      lastExits: history,
      newcomer: newcomer && this.#other(slot, newcomer),
      leaver: leaver && this.#other(slot, leaver),
      statistics,
    };
  }

  #other(slot: SlotView, which: { readonly generation: number }): ProcessStatus | undefined {
    const process = this.#find(slot, which);
    return process && processStatus(process);
  }

  #find(slot: SlotView, { generation }: { readonly generation: number }): ProcessView | undefined {
    return this.#processes.get(slot)?.find(process => process.generation === generation);
  }

  #next(slot: SlotView, process: ProcessView | undefined, { readyTimeout }: GroupFacts): NextAction | undefined {
    if (!process) return slot.phase === 'waiting' ? this.#action('restart', slot.nextAt) : undefined;

    const { next } = process.stopping();
    if (next) return this.#action(next.signal === 'SIGTERM' ? 'terminate' : 'kill', next.at);

    const { state, uptime } = process.handle;
    if (state === 'starting' || state === 'online') return this.#action('kill', this.#now - uptime + readyTimeout);
    return this.#action('recycle', process.recycleAt);
  }

  #action(action: NextAction['action'], at = Number.POSITIVE_INFINITY): NextAction | undefined {
    return Number.isFinite(at) ? { action, at: this.#epoch(at) } : undefined;
  }

  #epoch(at: number): number {
    return Math.round(this.#date + at - this.#now);
  }
}

function stateOf({ phase }: SlotView, process: ProcessView | undefined): SlotStatusState {
  if (process) return process.handle.state;

  // About to be forked, or just gone: there is a moment in which listeners are told of it.
  return phase === 'ready' || phase === 'standby' || phase === 'stopping' ? 'exited' : phase;
}

function whyOf(slot: SlotView, process: ProcessView | undefined, group: GroupFacts): string | undefined {
  const last = slot.history.at(-1);
  switch (stateOf(slot, process)) {
    case 'draining':
    case 'stopping':
      return process && whyStopping(slot, process, group);
    case 'waiting':
    case 'starting':
    case 'online':
      return last ? `after ${exitText(last)}` : 'first start';
    case 'queued':
      return 'waits for its turn';
    case 'down':
      return whyDown(group);
    default:
      return undefined;
  }
}

function whyStopping({ phase }: SlotView, { handle, stopping }: ProcessView, { readyTimeout }: GroupFacts): string {
  const isLate = phase === 'starting' && handle.uptime >= readyTimeout;
  return stopping().cause ?? (isLate ? 'bootTimeout' : 'leaves by itself');
}

function whyDown({ state }: GroupFacts): string {
  if (state === 'failed') return 'group failed';
  return state === 'running' ? 'not started' : 'drained';
}

function processStatus({ generation, handle }: ProcessView): ProcessStatus {
  const { id, pid, state, status, uptime, pending, memory, load: utilization, delay } = handle;
  const facts = { id, pid, generation, state, status, uptime: Math.round(uptime), pending };
  return { ...facts, memory, utilization, delay };
}

function totalsOf(groups: readonly GroupStatus[]): ClusterTotals {
  const processes = groups.flatMap(({ slots }) =>
    slots.flatMap(slot => [slot, slot.newcomer ?? {}, slot.leaver ?? {}]),
  );
  const told = processes.flatMap(({ memory }: Partial<ProcessStatus>) => memory ?? []);
  return {
    workerCount: sum(groups.map(({ workerCount }) => workerCount)),
    ready: sum(groups.map(({ ready }) => ready)),
    standbys: sum(groups.map(({ standbys }) => standbys)),
    pending: sum(processes.map(({ pending = 0 }: Partial<ProcessStatus>) => pending)),
    memory: told.length > 0 ? sum(told) : undefined,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function byIndex(one: SlotView, other: SlotView): number {
  return one.index - other.index;
}

/** A frozen copy, at every level, without what is `undefined`. */
function plain<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(plain)) as T;

  const told = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.freeze(Object.fromEntries(told.map(([key, member]) => [key, plain(member)]))) as T;
}
