import type { CheckedRequest } from '../channel/order.js';
import { GroupFailedError, ShutDownError, UnknownWorkerError, WorkerExitedError } from '../errors/errors.js';
import type { Clock } from '../util/clock.js';
import { nobodyInTime, type Wait } from './receivers.js';
import { WorkerHandle } from './worker-handle.js';

/** What a {@link Retry} is made with. */
export interface RetryParts {
  readonly clock: Clock;
  /** How many further tries there may be. */
  readonly attempts: number;
  /** Finds a worker, or waits for one, that is not among those to leave out. */
  readonly find: (wait: Wait) => WorkerHandle | Promise<WorkerHandle>;
  readonly ask: (worker: WorkerHandle, order: CheckedRequest) => Promise<unknown>;
}

/**
 * A request that is made again, to another worker, when the one that was asked dies before it has answered.
 *
 * No process is asked twice. All tries share one timeout and one signal.
 */
export class Retry {
  readonly #order: CheckedRequest;
  readonly #parts: RetryParts;
  readonly #deadline: number;
  readonly #tried = new Set<WorkerHandle>();

  constructor(order: CheckedRequest, parts: RetryParts) {
    this.#order = order;
    this.#parts = parts;
    this.#deadline = parts.clock.now() + order.timeout;
  }

  /** Resolves with the first answer; rejects with what it is that another try would not help against. */
  async reply(): Promise<unknown> {
    const { message, signal } = this.#order;
    const { find, ask, attempts } = this.#parts;
    const except = this.#tried.size > 0 ? this.#tried : undefined;
    const found = find({ message, signal, timeout: this.#timeLeft(), except });
    // Not even a moment later, if it is there: what is sent after this call must not get ahead.
    const worker = found instanceof WorkerHandle ? found : await found;
    this.#tried.add(worker);
    try {
      return await ask(worker, { message, signal, timeout: this.#timeLeft() });
    } catch (error) {
      if (!isDeathOf(worker, error) || this.#tried.size > attempts) throw error;

      return this.#again(error);
    }
  }

  /** When there is nobody else, the death says more: whoever reads it knows that the request may have been executed. */
  async #again(death: unknown): Promise<unknown> {
    try {
      return await this.reply();
    } catch (error) {
      throw isLackOfWorkers(error) ? death : error;
    }
  }

  /** Whole milliseconds, since errors tell them. */
  #timeLeft(): number {
    const { message, timeout } = this.#order;
    const left = Math.ceil(this.#deadline - this.#parts.clock.now());
    if (left <= 0) throw nobodyInTime(message, timeout);

    return left;
  }
}

/** Not the death of somebody else, whom the worker may have asked. */
function isDeathOf({ id }: WorkerHandle, error: unknown): boolean {
  return error instanceof WorkerExitedError && error.details.workerId === id;
}

function isLackOfWorkers(error: unknown): boolean {
  return [GroupFailedError, ShutDownError, UnknownWorkerError].some(kind => error instanceof kind);
}
