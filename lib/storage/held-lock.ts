import { checkOption } from '../errors/check-option.js';
import { LockLostError } from '../errors/storage-errors.js';
import type { Clock, Timer } from '../util/clock.js';
import { ignorable } from '../util/ignorable.js';
import { lockTtl } from './lock-table.js';
import type { LockOptions, StorageLock } from './shared-storage.js';

/** How a holder reaches the table of locks. */
export interface LockSeam {
  release(): Promise<void>;
  /** Begins the time anew, with so many milliseconds; resolves with `false` if the lock is not held any more. */
  renew(ttl: number): Promise<boolean>;
}

/** What a {@link HeldLock} is made with. */
export interface HeldLockSettings {
  readonly name: string;
  readonly token: number;
  /** Milliseconds. */
  readonly ttl: number;
  /** When its time began at the earliest, by `clock`: when the request was sent, and as long later as it had to wait. */
  readonly since: number;
  readonly clock: Clock;
  readonly seam: LockSeam;
}

/**
 * A lock, on the side of its holder.
 *
 * It compares the time itself, and always from an earlier moment than the table of locks does: so it never takes itself for the
 * holder when somebody else already is.
 */
export class HeldLock implements StorageLock {
  readonly name: string;
  readonly token: number;
  readonly #controller = new AbortController();
  readonly #settings: HeldLockSettings;
  #state: 'held' | 'lost' | 'released' = 'held';
  #ttl: number;
  #deadline: number;
  #timer: Timer | undefined;
  #renewals = 0;
  #release: Promise<void> | undefined;

  constructor(settings: HeldLockSettings) {
    this.name = settings.name;
    this.token = settings.token;
    this.#settings = settings;
    this.#ttl = settings.ttl;
    this.#deadline = settings.since + settings.ttl;
    this.#watchTime();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async renew({ ttl = this.#ttl }: Pick<LockOptions, 'ttl'> = {}): Promise<void> {
    checkOption('ttl', ttl, lockTtl);
    this.#mustBeHeld();

    const renewal = ++this.#renewals;
    const sentAt = this.#settings.clock.now();
    // Until the answer is here, it may have happened or not.
    this.#setDeadline(Math.min(this.#deadline, sentAt + ttl));
    if (!(await this.#settings.seam.renew(ttl))) this.lose();
    this.#mustBeHeld();

    // A later one, which may be for less time, has taken place already or will.
    if (renewal === this.#renewals) this.#setDeadline(sentAt + ttl);
    this.#ttl = ttl;
  }

  release(): Promise<void> {
    if (this.#state === 'held') {
      this.#end('released');
      this.#release = this.#settings.seam.release();
    }
    return this.#release ?? Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** It is not held any more, and that was not the wish of its holder. */
  lose(cause?: unknown): void {
    if (this.#state !== 'held') return;

    this.#end('lost');
    const { name, token } = this;
    this.#controller.abort(new LockLostError(`The lock \`${name}\` is lost`, { name, token }, { cause }));
  }

  #mustBeHeld(): void {
    this.#watchTime();
    if (this.#state === 'lost') throw this.signal.reason;

    const { name, token } = this;
    if (this.#state === 'released') throw new LockLostError(`The lock \`${name}\` is released`, { name, token });
  }

  #setDeadline(deadline: number): void {
    this.#deadline = deadline;
    this.#watchTime();
  }

  /** Comes back when the time is over; timers may be early, or unable to wait so long. */
  #watchTime(): void {
    if (this.#state !== 'held') return;

    this.#timer?.cancel();
    const left = this.#deadline - this.#settings.clock.now();
    if (left > 0) this.#timer = this.#settings.clock.after(left, () => this.#watchTime(), { keepAlive: false });
    else this.#timeIsOver();
  }

  /** The table will find out too, but later; and a renewal may be on its way. */
  #timeIsOver(): void {
    this.lose();
    void ignorable(this.#settings.seam.release());
  }

  #end(state: 'lost' | 'released'): void {
    this.#state = state;
    this.#timer?.cancel();
  }
}
