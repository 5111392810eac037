import type { SendHandle } from 'node:child_process';
import type { Frame } from '../protocol/frame.js';
import { whenAborted } from '../util/when-aborted.js';
import type { SharedFrame } from './broadcast.js';

type Resolve = (outcome: unknown) => void;
type Reject = (reason: unknown) => void;

// One executor for all promises: a closure for each would cost as much as the promise.
let resolveNew: Resolve;
let rejectNew: Reject;
const executor = (resolve: Resolve, reject: Reject) => {
  resolveNew = resolve;
  rejectNew = reject;
};

/** A frame on its way out. Its promise, if it has one, settles when the operating system took it, or when that failed. */
export class OutboxEntry {
  readonly frame: Frame;
  readonly handle: SendHandle | undefined;
  /** What this is a part of, if the same goes to several. */
  readonly broadcast: SharedFrame | undefined;
  /** Roughly, in bytes; known once it was checked. */
  weight = 0;
  /** Whether it waits still: neither written, nor withdrawn, nor failed. */
  waiting = true;
  #promise: Promise<unknown> | undefined = undefined;
  #outcome: unknown = undefined;
  #resolve: Resolve | undefined = undefined;
  #reject: Reject | undefined = undefined;
  #stopListening: (() => void) | undefined = undefined;

  constructor(frame: Frame, handle: SendHandle | undefined, broadcast?: SharedFrame) {
    this.frame = frame;
    this.handle = handle;
    this.broadcast = broadcast;
  }

  /** A promise for the entry, which resolves with `outcome`; without it, nothing is allocated. */
  promise<T>(outcome: T): Promise<T> {
    this.#outcome = outcome;
    if (this.#promise === undefined) {
      this.#promise = new Promise(executor);
      this.#resolve = resolveNew;
      this.#reject = rejectNew;
    }
    // It resolves with `#outcome`, of whose type only the caller knows.
    return this.#promise as Promise<T>;
  }

  /** Calls `withdraw` on abort, until the entry is written. */
  abortBy(signal: AbortSignal, withdraw: () => void): void {
    this.#stopListening = whenAborted(signal, withdraw);
  }

  /** It waits no longer: it is being written, or never will be. */
  leave(): void {
    this.waiting = false;
    if (this.#stopListening === undefined) return;

    this.#stopListening();
    this.#stopListening = undefined;
  }

  succeed(): void {
    if (this.#resolve !== undefined) this.#resolve(this.#outcome);
    else if (this.broadcast !== undefined) this.broadcast.sent();
  }

  fail(reason: unknown): void {
    this.leave();
    // Marked as handled only now: most promises never reject, and each mark costs a second promise.
    this.#promise?.catch(() => {});
    this.#reject?.(reason);
    this.broadcast?.failed(reason);
  }
}
