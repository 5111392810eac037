import type { SendHandle } from 'node:child_process';
import type { Frame } from '../protocol/frame.js';

/** A frame on its way out. Its promise, if it has one, settles when the operating system took it, or when that failed. */
export class OutboxEntry {
  readonly frame: Frame;
  readonly handle: SendHandle | undefined;
  /** Roughly, in bytes; known once it was checked. */
  weight = 0;
  /** Whether it waits still: neither written, nor withdrawn, nor failed. */
  waiting = true;
  #promise: Promise<unknown> | undefined;
  #outcome: unknown;
  #resolve: ((outcome: unknown) => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(frame: Frame, handle: SendHandle | undefined) {
    this.frame = frame;
    this.handle = handle;
  }

  /** A promise for the entry, which resolves with `outcome`; without it, nothing is allocated. */
  promise<T>(outcome: T): Promise<T> {
    this.#outcome = outcome;
    this.#promise ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It resolves with `#outcome`, of whose type only the caller knows.
    return this.#promise as Promise<T>;
  }

  /** Calls `withdraw` on abort, until the entry is written. */
  abortBy(signal: AbortSignal, withdraw: () => void): void {
    signal.addEventListener('abort', withdraw, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', withdraw);
  }

  /** It waits no longer: it is being written, or never will be. */
  leave(): void {
    this.waiting = false;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  succeed(): void {
    this.#resolve?.(this.#outcome);
  }

  fail(reason: unknown): void {
    this.leave();
    // Marked as handled only now: most promises never reject, and each mark costs a second promise.
    this.#promise?.catch(() => {});
    this.#reject?.(reason);
  }
}
