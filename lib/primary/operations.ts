import { PreventedError, ShutDownError } from '../errors/errors.js';
import type { Failure, OperationOrder, Outcome, RollingReport } from '../supervision/operation.js';
import { Deferred } from '../util/deferred.js';
import { whenAborted } from '../util/when-aborted.js';

/** Who decides what an order leads to. */
export interface OperationDesk {
  /** Whether nothing is begun any more. */
  readonly isClosed: boolean;
  /** Begins the operation, or joins one that is identical; returns its number and what makes it run. */
  begin(order: OperationOrder, join: boolean): { readonly operation: number; readonly run: () => void };
  abort(operation: number): void;
  /** Told in the moment when the operation has reached its goal. */
  succeeded(order: OperationOrder): void;
  /** The error of an operation that a process or a group has failed. */
  errorOf(failure: Extract<Failure, { why: 'exit' | 'groupFailed' }>): Error;
}

/** Why an operation did not reach its goal. */
export interface FailedOperation extends Pick<Failure, 'why'> {
  /** What its promise rejects with. */
  readonly reason: unknown;
}

/** How an operation ended. */
export interface Settlement {
  /** What was done, where that is told one by one. */
  readonly report: RollingReport | undefined;
  readonly failed?: FailedOperation | undefined;
}

interface OpenOperation {
  readonly order: OperationOrder;
  /** What aborts it, whoever joins. */
  readonly signal: AbortSignal | undefined;
  readonly settled: Deferred<Outcome>;
}

/** What operators have asked for and is not settled yet: one promise for each, however many joined. */
export class Operations {
  readonly #desk: OperationDesk;
  readonly #open = new Map<number, OpenOperation>();

  constructor(desk: OperationDesk) {
    this.#desk = desk;
  }

  /** Resolves when the cluster is in the state that is asked for, or will not be. */
  async run(order: OperationOrder, signal?: AbortSignal): Promise<Settlement> {
    const refusal = this.#refusal(signal);
    if (refusal) return { report: undefined, failed: refusal };

    const { operation, run } = this.#desk.begin(order, signal === undefined);
    const open = this.#open.get(operation) ?? this.#enter(operation, { order, signal, settled: new Deferred() });
    const leave = signal ? whenAborted(signal, () => this.#desk.abort(operation)) : () => {};
    run();
    const { failure, report } = await open.settled.promise;
    leave();
    return failure
      ? { report, failed: { why: failure.why, reason: this.#reasonOf(failure, open.signal) } }
      : { report };
  }

  /** The operation is over. */
  settle(operation: number, outcome: Outcome): void {
    const open = this.#open.get(operation);
    this.#open.delete(operation);
    if (open && !outcome.failure) this.#desk.succeeded(open.order);
    open?.settled.resolve(outcome);
  }

  #enter(operation: number, open: OpenOperation): OpenOperation {
    this.#open.set(operation, open);
    return open;
  }

  /** Listeners that were told of it may have made it futile. */
  #refusal(signal: AbortSignal | undefined): FailedOperation | undefined {
    const why = signal?.aborted ? 'aborted' : 'shutDown';
    return signal?.aborted || this.#desk.isClosed ? { why, reason: this.#reasonOf({ why }, signal) } : undefined;
  }

  #reasonOf(failure: Failure, signal: AbortSignal | undefined): unknown {
    switch (failure.why) {
      case 'aborted':
        return signal?.reason;
      case 'shutDown':
        return new ShutDownError('The cluster is shutting down', { operation: 'operate' });
      case 'vetoed':
        return new PreventedError(`A subscriber prevented a fork of \`${failure.slot.name}\``, { event: 'fork' });
      case 'exit':
      case 'groupFailed':
        return this.#desk.errorOf(failure);
      default:
        return failure satisfies never;
    }
  }
}
