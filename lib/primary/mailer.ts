import { Broadcast } from '../channel/broadcast.js';
import type { CheckedRequest, SendOrder, StreamOrder } from '../channel/order.js';
import { partlyFailed } from '../channel/outbox-errors.js';
import type { StreamReader } from '../channel/stream-reader.js';
import { InvalidOptionError } from '../errors/errors.js';
import type { Clock } from '../util/clock.js';
import { ignorable } from '../util/ignorable.js';
import { type Addressee, isEverybody, isSeveral } from './addressing.js';
import type { Announce } from './events.js';
import { nobodyInTime, type Receivers, type Wait } from './receivers.js';
import { Retry, type RetryParts } from './retry.js';
import { processOf, WorkerHandle } from './worker-handle.js';

/** Takes messages and requests to their receivers, as soon as those are there, and reports what failed. */
export class Mailer {
  readonly #receivers: Receivers;
  readonly #clock: Clock;
  readonly #announce: Announce;

  constructor(receivers: Receivers, clock: Clock, announce: Announce) {
    this.#receivers = receivers;
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
      targets = everybody ? this.#receivers.everybody : this.#receivers.all(order.to, order);
    } catch (error) {
      return this.#lose(error, order);
    }
    const [only] = targets;
    if (targets.length > 1 && targets.every(isWorker)) return this.#broadcast(targets, order);
    if (!only || targets.length > 1 || isSeveral(order.to)) return ignorable(this.#sendToSeveral(targets, order));
    if (only instanceof WorkerHandle) return this.#post(only, order, [only]);

    return ignorable(this.#deliver(only, order).then(worker => [worker]));
  }

  /**
   * Resolves with the reply of one worker: the one that `to` names, or the next one for the message's type.
   * Throws what {@link Receivers.one} throws. The type of the reply is what the caller's protocol says.
   */
  request<R>(order: CheckedRequest): Promise<R> {
    if (order.attempts) return this.#retried(order, order.attempts) as Promise<R>;

    const receiver = this.#find(order, order);
    // The usual case: the promise of the request itself, and none besides.
    const direct = receiver instanceof WorkerHandle;
    const reply = direct ? processOf(receiver).request(order.message, order) : this.#requestLater(receiver, order);
    return reply as Promise<R>;
  }

  /** Lets the reader read of one worker, found as for a request; resolves, or rejects, when it is found. */
  async stream({ message, ...order }: StreamOrder, reader: StreamReader): Promise<void> {
    const wait = { message, signal: reader.signal, timeout: Number.POSITIVE_INFINITY };
    const receiver = this.#find(order, wait);
    // Not a turn later, if the worker is there: a message sent next would come first.
    const worker = receiver instanceof WorkerHandle ? receiver : await receiver;
    processOf(worker).openStream(message, reader);
  }

  #find(order: { readonly to?: unknown }, wait: Wait): WorkerHandle | Promise<WorkerHandle> {
    return 'to' in order ? this.#receivers.one(order.to, wait) : this.#receivers.next(wait);
  }

  #retried(order: CheckedRequest, attempts: number): Promise<unknown> {
    const { to } = order;
    if (to instanceof WorkerHandle || typeof to === 'number') {
      const message = 'Expected `retry` to be left out where `to` is one process: there is no other to ask';
      throw new InvalidOptionError(message, { option: 'retry', value: { attempts } });
    }
    const ask: RetryParts['ask'] = (worker, { message, ...options }) => processOf(worker).request(message, options);
    return new Retry(order, { clock: this.#clock, attempts, find: wait => this.#find(order, wait), ask }).reply();
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
    if (left <= 0) throw nobodyInTime(message, timeout);

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
    return this.#receivers.afterFork(target, wait, worker => this.#deliver(worker, order));
  }

  #lose(error: unknown, { message }: SendOrder): Promise<never> {
    this.#announce('sendError', { error, message, worker: undefined });
    return ignorable(Promise.reject(error));
  }
}

function isWorker(target: Addressee): target is WorkerHandle {
  return target instanceof WorkerHandle;
}
