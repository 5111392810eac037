import { Broadcast } from '../channel/broadcast.js';
import type { CheckedRequest, SendOrder } from '../channel/order.js';
import { InvalidOptionError, RequestTimeoutError, ShutDownError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import type { Slot } from '../supervision/slot.js';
import type { Clock } from '../util/clock.js';
import { ignorable } from '../util/ignorable.js';
import { type Addressee, addressees, isEverybody } from './addressing.js';
import type { Announce } from './events.js';
import type { Supervisor } from './supervisor.js';
import type { Waiter, WaitingList } from './waiting-list.js';
import { processOf, WorkerHandle } from './worker-handle.js';

interface Wait {
  /** For errors. */
  readonly message: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** Told when what was waited for will not come. */
  readonly lost?: (error: Error) => void;
}

/** Finds the receivers of messages and requests, waits for those that are on their way, and reports what failed. */
export class Mailer {
  readonly #supervisor: Supervisor;
  readonly #clock: Clock;
  readonly #announce: Announce;

  constructor(supervisor: Supervisor, clock: Clock, announce: Announce) {
    this.#supervisor = supervisor;
    this.#clock = clock;
    this.#announce = announce;
  }

  /**
   * Resolves with the workers that were reached; rejects with the error, or with an AggregateError if several were meant.
   * The promise may be ignored: whatever fails, but for an abort, is announced.
   */
  send(order: SendOrder): Promise<WorkerHandle[]> {
    let targets: readonly Addressee[];
    try {
      const everybody = !('to' in order) || isEverybody(order.to);
      targets = everybody ? this.#supervisor.roster.ready : addressees(order.to, this.#supervisor);
    } catch (error) {
      return this.#lose(error, order);
    }
    const [only] = targets;
    if (targets.length > 1 && targets.every(isWorker)) return this.#broadcast(targets, order);
    if (!only || targets.length > 1 || Array.isArray(order.to)) return ignorable(this.#sendToSeveral(targets, order));
    if (only instanceof WorkerHandle) return this.#post(only, order, [only]);

    return ignorable(this.#deliver(only, order).then(worker => [worker]));
  }

  /**
   * Resolves with the reply of one worker: the one that `to` names, or the next one for the message's type.
   * Throws what {@link addressees} throws. The type of the reply is what the caller's protocol says.
   */
  request<R>(order: CheckedRequest): Promise<R> {
    const receiver = 'to' in order ? this.#receiver(order.to, order) : this.#next(order);
    // The usual case: the promise of the request itself, and none besides.
    const direct = receiver instanceof WorkerHandle;
    const reply = direct ? processOf(receiver).request(order.message, order) : this.#requestLater(receiver, order);
    return reply as Promise<R>;
  }

  /** The usual case of several: one frame, one weight and one promise for all. */
  #broadcast(workers: readonly WorkerHandle[], { message, handle, signal }: SendOrder): Promise<WorkerHandle[]> {
    const broadcast = new Broadcast(message, workers);
    for (const worker of workers) processOf(worker).conversation.cast(broadcast, { handle, signal });
    return broadcast.outcome;
  }

  async #sendToSeveral(targets: readonly Addressee[], order: SendOrder): Promise<WorkerHandle[]> {
    const deliveries = targets.map(target => this.#deliver(target, order));
    try {
      return await Promise.all(deliveries);
    } catch {
      const outcomes = await Promise.allSettled(deliveries);
      const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []));
      throw partlyFailed(errors, targets.length);
    }
  }

  async #requestLater(receiver: Promise<WorkerHandle>, order: CheckedRequest): Promise<unknown> {
    const { message, handle, signal, timeout } = order;
    const started = this.#clock.now();
    const worker = await receiver;
    // Whole milliseconds, since errors tell them.
    const left = Math.ceil(timeout - (this.#clock.now() - started));
    if (left <= 0) throw timeoutError(order);

    return processOf(worker).request(message, { handle, signal, timeout: left });
  }

  #post<T>(worker: WorkerHandle, { message, handle, signal }: SendOrder, outcome: T): Promise<T> {
    return processOf(worker).conversation.send(message, { handle, signal }, outcome);
  }

  #deliver(target: Addressee, order: SendOrder): Promise<WorkerHandle> {
    const { message, signal } = order;
    if (target instanceof WorkerHandle) return this.#post(target, order, target);
    if (target instanceof Error) return this.#lose(target, order);

    // Sent in the very moment the worker is forked, before anything that is sent to it later.
    const lost = (error: Error) => void this.#lose(error, order);
    const wait = { message, signal, timeout: Number.POSITIVE_INFINITY, lost };
    return this.#wait(this.#supervisor.nextProcess, target, wait, worker => this.#deliver(worker, order));
  }

  #lose(error: unknown, { message }: SendOrder): Promise<never> {
    this.#announce('sendError', { error, message, worker: undefined });
    return ignorable(Promise.reject(error));
  }

  #receiver(to: unknown, wait: Wait): WorkerHandle | Promise<WorkerHandle> {
    const [target, ...others] = addressees(to, this.#supervisor);
    if (Array.isArray(to) || isEverybody(to) || !target || others.length > 0) {
      throw new InvalidOptionError('Expected `to` of a request to be one worker', { option: 'to', value: to });
    }
    if (target instanceof Error) throw target;
    if (target instanceof WorkerHandle) return target;

    return this.#wait<Slot, WorkerHandle>(this.#supervisor.nextProcess, target, wait, worker => worker);
  }

  #next(wait: Wait): WorkerHandle | Promise<WorkerHandle> {
    const { balancer, nextReady, isShuttingDown, parts } = this.#supervisor;
    const group = parts.groups.only?.name;
    if (group === undefined) throw noReceiverError();
    const tag = dispatchType(wait.message) ?? '';
    // Whoever waits may find, when its time has come, that there are several groups now.
    const choose = () => (parts.groups.only ? balancer.roundRobin({ tag }) : undefined);
    const worker = choose();
    if (worker) return worker;
    if (isShuttingDown) throw new ShutDownError('The cluster is shut down', { operation: 'request' });

    return this.#wait<string, WorkerHandle>(nextReady, group, wait, ready => choose() ?? ready);
  }

  #wait<K, V>(list: WaitingList<K, WorkerHandle>, key: K, wait: Wait, use: (worker: WorkerHandle) => V | Promise<V>) {
    const { signal, timeout } = wait;
    return new Promise<V>((resolve, reject) => {
      const settle: Waiter<WorkerHandle> = outcome => {
        tidy();
        if ('error' in outcome) reject(outcome.error);
        else resolve(use(outcome.value));
      };
      const abort = () => settle({ error: signal?.reason });
      const cancel = list.add(key, outcome => {
        if ('error' in outcome) wait.lost?.(outcome.error);
        settle(outcome);
      });
      const timer = this.#clock.after(timeout, () => settle({ error: timeoutError(wait) }));
      const tidy = () => {
        cancel();
        timer.cancel();
        signal?.removeEventListener('abort', abort);
      };
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
    });
  }
}

function isWorker(target: Addressee): target is WorkerHandle {
  return target instanceof WorkerHandle;
}

function partlyFailed(errors: readonly unknown[], receivers: number): AggregateError {
  return new AggregateError(errors, `The message did not reach ${errors.length} of ${receivers}`);
}

function timeoutError({ message, timeout }: Wait): RequestTimeoutError {
  const type = dispatchType(message);
  return new RequestTimeoutError(`No worker was ready to answer \`${type}\` within ${timeout} ms`, { type, timeout });
}

function noReceiverError(): InvalidOptionError {
  const message = 'Expected `to` of a request to be given, since there are several groups';
  return new InvalidOptionError(message, { option: 'to', value: undefined });
}
