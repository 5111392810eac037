import type { Seek } from '../protocol/frame.js';
import type { Letter } from './addressing.js';
import type { Receivers, Wait } from './receivers.js';
import type { Supervisor } from './supervisor.js';
import { WorkerHandle } from './worker-handle.js';

/** Who seeks others. */
export interface Seeker {
  readonly worker: WorkerHandle;
  /** Aborted when it is gone: then nobody has to be waited for. */
  readonly gone: AbortSignal;
}

/** Knows whom a worker means. */
export interface WorkerSearch {
  /** The live worker of this id. @throws {@link UnknownWorkerError} with code `CLUSTER_UNKNOWN_WORKER` */
  worker(id: number): WorkerHandle;

  /**
   * Whom the worker means: at once if they are there, later if one is on its way. Throws, and rejects, with why nobody is
   * meant.
   */
  find(seek: Seek, seeker: Seeker): readonly WorkerHandle[] | Promise<readonly WorkerHandle[]>;
}

type Found = ReturnType<WorkerSearch['find']>;

/** Finds the workers that other workers mean. */
export class Whereabouts implements WorkerSearch {
  readonly #supervisor: Supervisor;
  readonly #receivers: Receivers;

  constructor(supervisor: Supervisor, receivers: Receivers) {
    this.#supervisor = supervisor;
    this.#receivers = receivers;
  }

  worker(id: number): WorkerHandle {
    const worker = this.#supervisor.roster.get(id) ?? this.#receivers.all(id, { message: undefined })[0];
    if (worker instanceof WorkerHandle) return worker;

    throw worker;
  }

  find({ to, tag, one = false, timeout = Number.POSITIVE_INFINITY, not }: Seek, { worker, gone }: Seeker): Found {
    const letter = { message: { type: tag }, from: worker, except: this.#live(not) };
    const wait = { ...letter, timeout, signal: gone };
    if (!one) return this.#each(to, letter, wait);

    const found = this.#receivers.one(to, wait);
    return found instanceof WorkerHandle ? [found] : found.then(later => [later]);
  }

  /** For a message: nobody is waited for, except for the next worker of a name. */
  #each(to: unknown, letter: Letter, wait: Wait): Found {
    const targets = this.#receivers.all(to, letter);
    const [only] = targets;
    if (only === undefined || only instanceof WorkerHandle) return targets as readonly WorkerHandle[];
    if (only instanceof Error) throw only;

    return this.#receivers.afterFork(only, wait, later => [later]);
  }

  #live(ids: readonly number[] = []): ReadonlySet<WorkerHandle> | undefined {
    const workers = ids.flatMap(id => this.#supervisor.roster.get(id) ?? []);
    return workers.length === 0 ? undefined : new Set(workers);
  }
}
