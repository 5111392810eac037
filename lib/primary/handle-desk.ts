import { PreventedError, ShutDownError } from '../errors/errors.js';
import type { Action } from '../supervision/actions.js';
import type { ExitRecord, StopCause } from '../supervision/exit-record.js';
import type { Reconciler } from '../supervision/reconciler.js';
import type { Announce, RecycleReason } from './events.js';
import type { StopLimit } from './executor.js';
import { exitedError } from './exit-errors.js';
import type { Operations } from './operations.js';
import type { ProcessTable } from './process-table.js';
import type { HandleControl, ProcessBehindHandle, WorkerHandle } from './worker-handle.js';

/** What a {@link HandleDesk} is made of. */
export interface HandleDeskParts {
  readonly reconciler: Reconciler;
  readonly processes: ProcessTable;
  readonly operations: Operations;
  readonly announce: Announce;
  readonly execute: (actions: readonly Action[], limit?: StopLimit) => void;
}

/** Does what handles ask for: has their workers stopped, or replaced. */
export class HandleDesk implements HandleControl {
  readonly #parts: HandleDeskParts;

  constructor(parts: HandleDeskParts) {
    this.#parts = parts;
  }

  retire(worker: ProcessBehindHandle, cause: StopCause, timeout?: number): Promise<ExitRecord> {
    const { reconciler, processes, execute } = this.#parts;
    const { slot, generation } = worker;
    const actions = slot.generation === generation ? reconciler.retire(slot, cause) : [];
    const isAsked = actions.some(
      action => action.type === 'stop' && action.slot === slot && action.generation === generation,
    );
    execute(actions, { slot, timeout });
    // A newcomer, an old one on its way out, or one retired before: a second request can still shorten the wait.
    if (!isAsked && processes.has(worker)) worker.stop(cause, timeout);
    return worker.exited.promise;
  }

  async recycle(worker: ProcessBehindHandle, reason: RecycleReason = 'asked'): Promise<WorkerHandle> {
    const { processes } = this.#parts;
    const { slot } = worker;
    if (!processes.has(worker)) throw await goneError(worker);

    const isSpare = slot.role === 'standby';
    if (isReplaced(worker)) await worker.exited.promise;
    else await this.#replace(worker, reason);
    const successor = isSpare ? this.#spareAfter(worker) : processes.latest(slot);
    if (!successor || successor === worker) throw await goneError(worker);
    if (!processes.has(successor)) throw await goneError(successor);
    return successor.handle;
  }

  async #replace(worker: ProcessBehindHandle, reason: RecycleReason): Promise<void> {
    const { reconciler, announce, operations } = this.#parts;
    const { slot, generation, handle } = worker;
    if (reconciler.isClosed) throw new ShutDownError('The cluster is shutting down', { operation: 'recycle' });
    if (!announce('recycle', { group: slot.group, worker: handle, reason })) {
      throw new PreventedError('A subscriber prevented the recycling', { event: 'recycle' });
    }

    if (slot.role === 'standby') {
      // Nobody needs it at the moment, so it can go first; as with every spare one, another one follows.
      await this.retire(worker, 'recycled');
      return;
    }
    const { failed } = await operations.run({ kind: 'recycle', groups: [slot.group], slot, generation });
    if (failed) throw failed.reason;
  }

  /** The latest spare one of the same group that was forked after this one. */
  #spareAfter({ node, slot: { group } }: ProcessBehindHandle): ProcessBehindHandle | undefined {
    const later = [...this.#parts.processes].filter(
      each => each.slot.role === 'standby' && each.slot.group === group && each.node.id > node.id,
    );
    return later.at(-1);
  }
}

/** Whether another one has taken its place, or it has failed to take one. */
function isReplaced({ slot, generation }: ProcessBehindHandle): boolean {
  return slot.generation !== generation && slot.newcomer?.generation !== generation;
}

/** The process is gone, or about to go, without anybody in its place. */
async function goneError({ node, slot, exited }: ProcessBehindHandle): Promise<Error> {
  return exitedError({ workerId: node.id, name: slot.name }, await exited.promise);
}
