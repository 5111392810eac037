import { RequestTimeoutError } from '../errors/errors.js';
import type { Clock, Timer } from '../util/clock.js';
import { whenAborted } from '../util/when-aborted.js';
import { IdTable } from './id-table.js';

/** How long an answer is awaited. */
export interface OpenOptions {
  /** The type of the request, for errors. */
  readonly type: unknown;
  /** In milliseconds, from now; `Infinity` for no limit. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Makes the error for when the other side is gone, if this request has one of its own. */
  readonly errorWhenClosed?: (() => unknown) | undefined;
}

/** A request that waits for its answer. `C` is what its maker wants to find again when it is given up. */
export interface PendingRequest<C> {
  readonly id: number;
  readonly reply: Promise<unknown>;
  context: C | undefined;
}

/** What a correlator is given. */
export interface CorrelatorOptions<C> {
  readonly clock: Clock;
  /** Who is asked, for errors: `worker 3`. */
  readonly peer: string;
  /** Hears of a request whose answer nobody awaits any longer: it timed out, or was aborted. */
  readonly abandoned: (request: PendingRequest<C>) => void;
}

class Pending<C> implements PendingRequest<C> {
  readonly id: number;
  readonly reply: Promise<unknown>;
  readonly type: unknown;
  readonly timeout: number;
  readonly deadline: number;
  readonly errorWhenClosed: (() => unknown) | undefined;
  context: C | undefined = undefined;
  stopListening: (() => void) | undefined = undefined;
  resolve: (value: unknown) => void = () => {};
  reject: (reason: unknown) => void = () => {};

  constructor(id: number, now: number, { type, timeout, errorWhenClosed }: OpenOptions) {
    this.id = id;
    this.type = type;
    this.timeout = timeout;
    this.deadline = now + timeout;
    this.errorWhenClosed = errorWhenClosed;
    this.reply = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/**
 * The requests to one other process that wait for an answer. Each settles exactly once.
 *
 * One timer serves all deadlines. It does not keep the process alive: a channel that could still answer does.
 */
export class Correlator<C = undefined> {
  readonly #pending = new IdTable<Pending<C>>();
  readonly #clock: Clock;
  readonly #peer: string;
  readonly #abandoned: (request: PendingRequest<C>) => void;
  #lastId = 0;
  #timer: Timer | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor({ clock, peer, abandoned }: CorrelatorOptions<C>) {
    this.#clock = clock;
    this.#peer = peer;
    this.#abandoned = abandoned;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Whether a request of this id was ever opened, or passed over. */
  wasOpened(id: number): boolean {
    return id > 0 && id <= this.#lastId;
  }

  open(options: OpenOptions): PendingRequest<C> {
    const pending = new Pending<C>(this.#nextId(), this.#clock.now(), options);
    const { signal } = options;
    if (signal?.aborted === true) {
      pending.reject(signal.reason);
      return pending;
    }
    this.#pending.add(pending);
    if (signal !== undefined) this.#abortBy(signal, pending);
    if (pending.deadline < this.#due) this.#arm(pending.deadline);
    return pending;
  }

  /** Whether the request still waits. */
  has(id: number): boolean {
    return this.#pending.has(id);
  }

  /** Answers a request; returns whether it still waited. */
  settle(id: number, value: unknown): boolean {
    const pending = this.#take(id);
    pending?.resolve(value);
    return pending !== undefined;
  }

  /** Fails a request; returns whether it still waited. */
  fail(id: number, error: unknown): boolean {
    const pending = this.#take(id);
    pending?.reject(error);
    return pending !== undefined;
  }

  /** Fails a request because the other side is gone; returns whether it still waited. */
  lose(id: number, error: unknown): boolean {
    const pending = this.#take(id);
    pending?.reject(pending.errorWhenClosed?.() ?? error);
    return pending !== undefined;
  }

  /** Fails every request, with its own `errorWhenClosed` if it has one, and stops the timer. */
  close(error: unknown): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due = Number.POSITIVE_INFINITY;
    for (const { id } of [...this.#pending]) this.lose(id, error);
  }

  #nextId(): number {
    this.#lastId = this.#pending.freeIdAfter(this.#lastId);
    return this.#lastId;
  }

  #take(id: number): Pending<C> | undefined {
    const pending = this.#pending.take(id);
    pending?.stopListening?.();
    return pending;
  }

  #abandon(pending: Pending<C>, reason: unknown): void {
    this.fail(pending.id, reason);
    this.#abandoned(pending);
  }

  #abortBy(signal: AbortSignal, pending: Pending<C>): void {
    pending.stopListening = whenAborted(signal, () => this.#abandon(pending, signal.reason));
  }

  #arm(due: number): void {
    this.#timer?.cancel();
    this.#due = due;
    this.#timer = this.#clock.after(Math.max(0, due - this.#clock.now()), () => this.#sweep(), { keepAlive: false });
  }

  /** The timer is left alone when requests settle, since most do long before: it may find nothing to do. */
  #sweep(): void {
    this.#timer = undefined;
    this.#due = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const pending of [...this.#pending]) {
      if (pending.deadline <= now) this.#abandon(pending, this.#timeoutError(pending));
      else next = Math.min(next, pending.deadline);
    }
    // Something abandoned may have led to a new request, which set the timer.
    if (next < this.#due) this.#arm(next);
  }

  #timeoutError({ type, timeout }: Pending<C>): RequestTimeoutError {
    const what = typeof type === 'string' ? `\`${type}\`` : 'a request';
    return new RequestTimeoutError(`${this.#peer} did not answer ${what} within ${timeout} ms`, { type, timeout });
  }
}
