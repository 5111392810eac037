import type { CheckedRequest, SendOrder } from '../channel/order.js';
import { InvalidOptionError, RequestTimeoutError, ShutDownError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import type { Slot } from '../supervision/slot.js';
import type { Clock } from '../util/clock.js';
import { type Addressee, addressees, isEverybody } from './addressing.js';
import type { Announce } from './events.js';
import type { Supervisor } from './supervisor.js';
import type { Waiter, WaitingList } from './waiting-list.js';
import { processOf, WorkerHandle } from './worker-handle.js';

interface Wait {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly timedOut: () => Error;
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

  /** Resolves with the workers that were reached; rejects with the error, or with an AggregateError if several were meant. */
  async send(order: SendOrder): Promise<WorkerHandle[]> {
    const everybody = !('to' in order) || isEverybody(order.to);
    const targets = everybody ? this.#supervisor.roster.ready : addressees(order.to, this.#supervisor);
    const [only, ...others] = targets;
    if (only && others.length === 0 && !Array.isArray(order.to)) return [await this.#deliver(only, order)];

    const outcomes = await Promise.allSettled(targets.map(target => this.#deliver(target, order)));
    const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []));
    if (errors.length > 0)
      throw new AggregateError(errors, `The message did not reach ${errors.length} of ${targets.length}`);

    return outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  }

  /** Resolves with the reply of one worker: the one that `to` names, or the next one for the message's type. */
  async request({ message, handle, signal, timeout, ...order }: CheckedRequest): Promise<unknown> {
    const started = this.#clock.now();
    const timedOut = () => timeoutError(message, timeout);
    const wait = { signal, timeout, timedOut };
    const worker = 'to' in order ? await this.#receiver(order.to, wait) : await this.#next(message, wait);
    const left = timeout - (this.#clock.now() - started);
    if (left <= 0) throw timedOut();

    return processOf(worker).request(message, { handle, signal, timeout: left });
  }

  #deliver(target: Addressee, order: SendOrder): Promise<WorkerHandle> {
    const { message, handle, signal } = order;
    if (target instanceof WorkerHandle) {
      return processOf(target)
        .conversation.send(message, { handle, signal })
        .then(() => target);
    }
    if (target instanceof Error) {
      this.#announce('sendError', { error: target, message, worker: undefined });
      return Promise.reject(target);
    }

    // Sent in the very moment the worker is forked, before anything that is sent to it later.
    const wait = { signal, timeout: Number.POSITIVE_INFINITY, timedOut: () => new Error('never') };
    return this.#wait(this.#supervisor.nextProcess, target, wait, worker => this.#deliver(worker, order));
  }

  async #receiver(to: unknown, wait: Wait): Promise<WorkerHandle> {
    const [target, ...others] = addressees(to, this.#supervisor);
    if (Array.isArray(to) || isEverybody(to) || !target || others.length > 0) {
      throw new InvalidOptionError('Expected `to` of a request to be one worker', { option: 'to', value: to });
    }
    if (target instanceof Error) throw target;
    if (target instanceof WorkerHandle) return target;

    return this.#wait<Slot, WorkerHandle>(this.#supervisor.nextProcess, target, wait, worker => worker);
  }

  #next(message: unknown, wait: Wait): WorkerHandle | Promise<WorkerHandle> {
    const { balancer, nextReady, isShuttingDown } = this.#supervisor;
    const tag = dispatchType(message) ?? '';
    const choose = () => balancer.roundRobin({ tag });
    const worker = choose();
    if (worker) return worker;
    if (isShuttingDown) throw new ShutDownError('The cluster is shut down', { operation: 'request' });

    return this.#wait<string, WorkerHandle>(nextReady, 'default', wait, ready => choose() ?? ready);
  }

  #wait<K, V>(list: WaitingList<K, WorkerHandle>, key: K, wait: Wait, use: (worker: WorkerHandle) => V | Promise<V>) {
    const { signal, timeout, timedOut } = wait;
    return new Promise<V>((resolve, reject) => {
      const settle: Waiter<WorkerHandle> = outcome => {
        tidy();
        if ('error' in outcome) reject(outcome.error);
        else resolve(use(outcome.value));
      };
      const abort = () => settle({ error: signal?.reason });
      const cancel = list.add(key, settle);
      const timer = this.#clock.after(timeout, () => settle({ error: timedOut() }));
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

function timeoutError(message: unknown, timeout: number): RequestTimeoutError {
  const type = dispatchType(message);
  return new RequestTimeoutError(`No worker was ready to answer \`${type}\` within ${timeout} ms`, { type, timeout });
}
