import { checkKnown, checkOption } from '../errors/check-option.js';
import { ChannelClosedError } from '../errors/errors.js';
import type { Stop } from '../protocol/frame.js';
import type { ShutDownPhases } from '../supervision/shutdown-phases.js';
import { waitOrAbort } from '../util/abortable.js';
import { number, optional, record } from '../util/check.js';
import type { Clock } from '../util/clock.js';
import { Deadline } from '../util/deadline.js';
import { Deferred } from '../util/deferred.js';
import type { PrimaryLink } from './primary-link.js';
import type { Servers } from './servers.js';

/** How long the last words may take when nobody reads them, in milliseconds. */
const lastWordsTimeout = 5_000;

/**
 * How long hooks of the phase `release` and `_destroy` may take after the draining when there is no primary that would end
 * the process, in milliseconds: as long as a primary gives them by default.
 */
export const releaseTimeout = 5_000;

/** How much of that hooks may take: `_destroy` must have its turn. */
const releaseHooksTimeout = 4_000;

/** What comes to the whole process group comes to primary and worker within this time, in milliseconds. */
const echoTime = 1_000;

/** What a {@link Departure} is made with. */
export interface DepartureParts {
  readonly link: PrimaryLink;
  readonly clock: Clock;
  readonly phases: Pick<ShutDownPhases, 'run'>;
  readonly servers: Pick<Servers, 'unbind' | 'empty' | 'cut'>;
  /** Resolves when nothing is open that may finish. */
  readonly idle: () => Promise<void>;
  /** Milliseconds that it has, unless somebody says otherwise. */
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
  /** The end of the phases `unbind` and `drain`. */
  readonly #draining: Deadline;
  /** The end of the phase `release`. */
  readonly #releasing: Deadline;
  #reason = 'initializeError';
  #leaving: Promise<void> | undefined;
  #begunAt = 0;
  #terminated = false;
  /** Whether the deadline is that of a SIGTERM, which counts no more when the primary names one. */
  #isProvisional = false;
  #isDraining = true;
  #code = 0;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
    // No deadline keeps the process alive: with nothing else to wait for, what still waits does so in vain.
    this.#draining = new Deadline(parts.clock, { keepAlive: false });
    this.#releasing = new Deadline(parts.clock, { keepAlive: false });
  }

  /** Begins to leave, or joins; resolves when the worker is taken down, just before its process ends. */
  leave(reason: string, { timeout = this.#parts.drainTimeout, asked = false }: LeaveOptions = {}): Promise<void> {
    // Also when it leaves already: whoever asks again can shorten the draining.
    if (this.#draining.within(timeout)) this.#isProvisional = false;
    this.#releasing.within(timeout + releaseHooksTimeout);
    return this.#leaving ?? this.#begin(reason, asked ? undefined : timeout);
  }

  /** The primary asks: its time counts, also when the SIGTERM that came to both has come to this process first. */
  stop({ reason, timeout = Number.POSITIVE_INFINITY }: Stop): Promise<void> {
    if (this.#isProvisional) this.#setDeadlines(timeout);
    this.#isProvisional = false;
    return this.leave(reason, { timeout, asked: true });
  }

  /** SIGTERM: the first begins to leave; one that comes while draining ends that. */
  terminate(): void {
    const { clock, drainTimeout } = this.#parts;
    if (!this.#leaving) {
      this.#setDeadlines(drainTimeout);
      this.#isProvisional = true;
      void this.#begin('SIGTERM', drainTimeout);
    } else if (this.#terminated || clock.now() - this.#begunAt >= echoTime) {
      this.#draining.cut();
      this.#releasing.within(releaseHooksTimeout);
    }
    // The first that comes right after the beginning may have come to the whole process group: the primary asked because
    // of the same signal.
    this.#terminated = true;
  }

  /** The primary is gone, or has let go of this worker: finish, within the deadlines, since nobody else would end it. */
  disconnected(): void {
    const { clock, link, drainTimeout } = this.#parts;
    link.close(new ChannelClosedError('The primary has closed the channel', { peer: 'the primary' }));
    clock.after(drainTimeout + releaseTimeout, () => process.exit(1), { keepAlive: false });
    process.on('beforeExit', () => this.#nothingMoves());
    void this.leave('disconnected', { asked: true });
  }

  /** Whether the worker is leaving. */
  get hasBegun(): boolean {
    return this.#leaving !== undefined;
  }

  /** Resolves when the phases have been run, each until all is done or its deadline is over. */
  async runPhases(): Promise<void> {
    const { phases, servers, idle, drainTimeout } = this.#parts;
    const reason = this.#reason;
    // A worker that could not start has no other.
    if (!this.#leaving) this.#setDeadlines(drainTimeout);
    const deadline = this.#draining;
    // After the hooks: one may wait until nobody sends connections here any more.
    await phases.run('unbind', { reason, deadline, work: () => servers.unbind(deadline) });
    await phases.run('drain', { reason, deadline, work: () => Promise.all([idle(), servers.empty()]) });
    servers.cut();
    this.#isDraining = false;
    // What was cut is closed on a later tick, and what became of it is told then.
    await phases.run('release', { reason, deadline: this.#releasing, work: () => servers.empty() });
  }

  /** Something failed on the way: the primary is told, and the process will end with 1. */
  spoil(error: unknown): void {
    this.#code = 1;
    this.#parts.link.tellFailure(error);
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
    const { clock, link, begun, takeDown } = this.#parts;
    const left = new Deferred<void>();
    // Before anybody is told: who hears of it may ask for it, too.
    this.#leaving = left.promise;
    this.#reason = reason;
    this.#begunAt = clock.now();
    if (announced !== undefined) link.tellStopping(reason, announced);
    begun(reason);
    left.resolve(takeDown());
    left.promise.then(
      () => this.exit(this.#code),
      error => this.#takeDownFailed(error),
    );
    return left.promise;
  }

  #setDeadlines(timeout: number): void {
    this.#draining.set(timeout);
    this.#releasing.set(timeout + releaseHooksTimeout);
  }

  /** No timer, no socket and no file could wake a handler or a hook any more: go on, if anything still can. */
  #nothingMoves(): void {
    process.exitCode = 1;
    if (this.#isDraining) this.#draining.pass();
    else this.#releasing.pass();
  }

  #takeDownFailed(error: unknown): void {
    this.spoil(error);
    this.#parts.failed(error);
    void this.exit(1);
  }
}
