import { least } from './least.js';
import { rendezvous } from './rendezvous.js';
import type { CheckedSelection, TurnStrategy } from './selection.js';
import type { Supervisor } from './supervisor.js';
import type { WorkerHandle } from './worker-handle.js';

/** Applies the strategies of selection to the workers that are ready. */
export class Selector {
  readonly #supervisor: Supervisor;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  /**
   * The worker that the strategy selects; `undefined` when there is none.
   *
   * @param except workers that are out of the question.
   * @throws {@link UnknownGroupError} with code `CLUSTER_UNKNOWN_GROUP`
   */
  select(selection: CheckedSelection, except?: ReadonlySet<WorkerHandle>): WorkerHandle | undefined {
    const { strategy, key, group } = selection;
    const selected =
      strategy === 'hash'
        ? rendezvous(without(this.ready(group), except), key)
        : this.#inTurn(strategy, selection, except);
    // Asked only now, since it costs more than a selection: whoever was found is in a group that there is.
    if (selected === undefined && group !== undefined) this.#supervisor.parts.groups.get(group);
    return selected;
  }

  /** The ready workers of the group, or of all, in the order they became ready. */
  ready(group?: string): readonly WorkerHandle[] {
    const { ready } = this.#supervisor.roster;
    if (group === undefined) return ready;

    const members = ready.filter(worker => worker.group === group);
    if (members.length === 0) this.#supervisor.parts.groups.get(group);
    return members;
  }

  #inTurn(
    strategy: TurnStrategy,
    selection: CheckedSelection,
    except: ReadonlySet<WorkerHandle> | undefined,
  ): WorkerHandle | undefined {
    const { balancer, ties } = this.#supervisor;
    if (strategy === 'roundRobin' && except === undefined) return balancer.roundRobin(selection);

    const turns = strategy === 'roundRobin' ? balancer : ties;
    const selected = least(without(turns.inTurn(selection), except), measures[strategy]);
    if (selected) turns.take(selected, selection);
    return selected;
  }
}

/** What each strategy looks for the least of. */
const measures: Readonly<Record<TurnStrategy, (worker: WorkerHandle) => number>> = {
  roundRobin: () => 0,
  leastPending: worker => worker.pending,
  // Who has not reported yet is new, and a new worker has nothing to do.
  leastLoad: worker => worker.load ?? 0,
};

function without<M>(members: Iterable<M>, except: ReadonlySet<M> | undefined): Iterable<M> {
  return except === undefined ? members : [...members].filter(member => !except.has(member));
}
