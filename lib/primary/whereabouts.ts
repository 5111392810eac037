import { checkOption } from '../errors/check-option.js';
import { NoWorkerError } from '../errors/errors.js';
import type { Seek } from '../protocol/frame.js';
import { oneOf, optional } from '../util/check.js';
import { addressees } from './addressing.js';
import { defaultGroup } from './groups.js';
import type { Supervisor } from './supervisor.js';
import { WorkerHandle } from './worker-handle.js';

/** Knows whom a worker means. */
export interface WorkerSearch {
  /** The live worker of this id. @throws {@link UnknownWorkerError} with code `CLUSTER_UNKNOWN_WORKER` */
  worker(id: number): WorkerHandle;

  /**
   * Whom the worker means: at once if they are there, later if one is on its way. Throws, and rejects, with why nobody is
   * meant.
   */
  find(seek: Seek, asker: WorkerHandle): readonly WorkerHandle[] | Promise<readonly WorkerHandle[]>;
}

type Found = ReturnType<WorkerSearch['find']>;

/** A destination that selects. */
interface Selection {
  readonly select?: unknown;
  readonly group?: string;
  readonly tag?: string;
}

const selectRule = optional(oneOf('roundRobin', 'all'));

/** Finds the workers that other workers mean. */
export class Whereabouts implements WorkerSearch {
  readonly #supervisor: Supervisor;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  worker(id: number): WorkerHandle {
    const [worker] = addressees(id, this.#supervisor);
    if (worker instanceof WorkerHandle) return worker;

    throw worker;
  }

  find(seek: Seek, asker: WorkerHandle): Found {
    const { ready } = this.#supervisor.roster;
    if (seek.to === 'all') return ready;
    if (seek.to === 'others') return ready.filter(worker => worker !== asker);
    return typeof seek.to === 'object' ? this.#selected(Object(seek.to), seek) : this.#named(seek);
  }

  #named({ to }: Seek): Found {
    const [target] = addressees(to, this.#supervisor);
    if (target instanceof WorkerHandle) return [target];
    if (target === undefined || target instanceof Error) throw target;

    return this.#supervisor.nextProcess.wait(target).then(worker => [worker]);
  }

  #selected(to: Selection, { tag, one = false, not = [] }: Seek): Found {
    const { select, group } = to;
    const { roster, balancer, parts, nextReady } = this.#supervisor;
    checkOption('to.select', select, selectRule);
    if (group !== undefined) parts.groups.get(group);
    const members = roster.ready.filter(worker => group === undefined || worker.group === group);
    if (select === 'all') return members;

    for (let turn = 0; turn < members.length; turn++) {
      const worker = balancer.roundRobin({ tag: to.tag ?? tag, group });
      if (worker !== undefined && !not.includes(worker.id)) return [worker];
    }
    if (!one) throw new NoWorkerError('No worker is ready', { to });
    return nextReady.wait(group ?? defaultGroup).then(newcomer => [newcomer]);
  }
}
