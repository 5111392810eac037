import { checkKnown, checkOption } from '../errors/check-option.js';
import { ChannelClosedError } from '../errors/errors.js';
import type { Stop } from '../protocol/frame.js';
import { waitOrAbort } from '../util/abortable.js';
import { number, optional, record } from '../util/check.js';
import type { Clock, Timer } from '../util/clock.js';
import { Deferred } from '../util/deferred.js';
import type { InFlight } from '../util/in-flight.js';
import type { PrimaryLink } from './primary-link.js';

/** How long the last words may take when nobody reads them, in milliseconds. */
const lastWordsTimeout = 5_000;

/** How long `_destroy` may take after the draining when there is no primary that would end the process, in milliseconds. */
export const releaseTimeout = 5_000;

/** What a {@link Departure} is made with. */
export interface DepartureParts {
  readonly link: PrimaryLink;
  readonly clock: Clock;
  /** Open handlers, which may finish. */
  readonly work: InFlight;
  /** Milliseconds that they have, unless somebody says otherwise. */
  readonly drainTimeout: number;
  /** Told once, when the departure begins. */
  readonly begun: (reason: string) => void;
  /** Takes every level of the worker down. */
  readonly takeDown: () => Promise<void>;
  /** Told when that failed. */
  readonly failed: (error: unknown) => void;
}

/** How a leave came about. */
export interface LeaveOptions {
  /** Milliseconds until draining ends, finished or not. @default drainTimeout */
  readonly timeout?: number | undefined;
  /** Whether the primary asked, and so knows. @default false */
  readonly asked?: boolean;
}

/**
 * Checks the options of a worker's `destroy()`.
 *
 * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
 * @throws {@link UnknownOptionError} with code `CLUSTER_UNKNOWN_OPTION`
 */
export function checkLeave(options: { readonly timeout?: number | undefined }): void {
  checkOption('options', options, record);
  checkKnown(['timeout'], options, 'destroy()');
  checkOption('timeout', options.timeout, optional(number({ min: 0, orInfinity: true })));
}

/** How a worker leaves: once, for one reason, within a deadline; its process ends at the end. */
export class Departure {
  readonly #parts: DepartureParts;
  readonly #deadline = new AbortController();
  #leaving: Promise<void> | undefined;
  #terminated = false;
  /** Ends the draining that a SIGTERM began. */
  #termination: Timer | undefined;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  /** Begins to leave, or joins; resolves when the worker is taken down, just before its process ends. */
  leave(reason: string, { timeout = this.#parts.drainTimeout, asked = false }: LeaveOptions = {}): Promise<void> {
    // Also when it leaves already: whoever asks again can shorten the draining.
    this.#drainFor(timeout);
    return this.#leaving ?? this.#begin(reason, asked ? undefined : timeout);
  }

  /** The primary asks: its time counts, also when the SIGTERM that came to both has come to this process first. */
  stop({ reason, timeout = Number.POSITIVE_INFINITY }: Stop): Promise<void> {
    this.#termination?.cancel();
    return this.leave(reason, { timeout, asked: true });
  }

  /** SIGTERM: the first begins to leave, and may have come to the whole process group; the next ends the draining. */
  terminate(): void {
    if (this.#terminated) this.#deadline.abort();
    this.#terminated = true;
    if (this.#leaving) return;

    const { drainTimeout } = this.#parts;
    this.#termination = this.#drainFor(drainTimeout);
    void this.#begin('SIGTERM', drainTimeout);
  }

  /** The primary is gone, or has let go of this worker: finish, within the deadlines, since nobody else would end it. */
  disconnected(): void {
    const { clock, link, drainTimeout } = this.#parts;
    link.close(new ChannelClosedError('The primary has closed the channel', { peer: 'the primary' }));
    // Neither timer keeps the process alive: with nothing else to wait for, what still waits does so in vain. That is so
    // for a `listen()` that only the primary could have answered.
    clock.after(drainTimeout + releaseTimeout, () => process.exit(1), { keepAlive: false });
    process.on('beforeExit', () => this.#nothingMoves());
    void this.leave('disconnected', { asked: true });
  }

  /** Whether the worker is leaving. */
  get hasBegun(): boolean {
    return this.#leaving !== undefined;
  }

  /** Resolves when no handler is open, or at the deadline. */
  async drain(): Promise<void> {
    await waitOrAbort(this.#parts.work.idle(), this.#deadline.signal).catch(() => {});
  }

  /** Ends the process without taking anything down; from now on the primary selects this worker no more. */
  quit(code: number): Promise<never> {
    this.#parts.link.tellStopping('exit', lastWordsTimeout);
    return this.exit(code);
  }

  /** Ends the process once the operating system took everything that was said, or nobody listens. */
  async exit(code: number): Promise<never> {
    const { clock, link } = this.#parts;
    const late = new AbortController();
    clock.after(lastWordsTimeout, () => late.abort());
    if (link.peer.connected) await waitOrAbort(link.drained(), late.signal).catch(() => {});
    process.exit(code);
  }

  /** @param announced what the primary, if it does not know, is told about the time this may take. */
  #begin(reason: string, announced: number | undefined): Promise<void> {
    const { link, begun, takeDown } = this.#parts;
    const left = new Deferred<void>();
    // Before anybody is told: who hears of it may ask for it, too.
    this.#leaving = left.promise;
    if (announced !== undefined) link.tellStopping(reason, announced);
    begun(reason);
    left.resolve(takeDown());
    left.promise.then(
      () => this.exit(0),
      error => this.#takeDownFailed(error),
    );
    return left.promise;
  }

  #drainFor(timeout: number): Timer {
    return this.#parts.clock.after(timeout, () => this.#deadline.abort(), { keepAlive: false });
  }

  /** No timer, no socket and no file could wake a handler any more: let `_destroy` run, if anything still can. */
  #nothingMoves(): void {
    process.exitCode = 1;
    this.#deadline.abort();
  }

  #takeDownFailed(error: unknown): void {
    this.#parts.link.tellFailure(error);
    this.#parts.failed(error);
    void this.exit(1);
  }
}
