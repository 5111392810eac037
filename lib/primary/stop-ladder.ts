import type { Clock, Timer } from '../util/clock.js';

/** Which rung of the ladder was needed to end a process. */
export type Rung = 'asked' | 'SIGTERM' | 'SIGKILL';

/** Deadlines of the rungs, in milliseconds. */
export interface LadderTimeouts {
  /** From the request to SIGTERM. */
  readonly drainTimeout: number;
  /** From SIGTERM to SIGKILL. */
  readonly killTimeout: number;
}

/** A signal that is due. */
export interface NextSignal {
  readonly signal: 'SIGTERM' | 'SIGKILL';
  readonly at: number;
}

/** Ends a process in three rungs, asked, SIGTERM, SIGKILL; only its exit ends the climb. */
export class StopLadder {
  readonly #process: { kill(signal: NodeJS.Signals): boolean };
  readonly #clock: Clock;
  readonly #signalled: () => void;
  #rung: Rung | undefined;
  #timer: Timer | undefined;
  #due = Number.POSITIVE_INFINITY;
  #gone = false;

  /** @param signalled called when the first signal is sent. */
  constructor(process: { kill(signal: NodeJS.Signals): boolean }, clock: Clock, signalled: () => void) {
    this.#process = process;
    this.#clock = clock;
    this.#signalled = signalled;
  }

  /** The highest rung so far; `undefined` before the first call of `climb`. */
  get rung(): Rung | undefined {
    return this.#rung;
  }

  /** What is sent next unless the process ends before, and when (on the scale of `clock.now()`). */
  get next(): NextSignal | undefined {
    if (this.#gone || this.#rung === 'SIGKILL' || this.#due === Number.POSITIVE_INFINITY) return undefined;

    return { signal: this.#rung === 'SIGTERM' ? 'SIGKILL' : 'SIGTERM', at: this.#due };
  }

  /** Starts with a request somebody else has made; called again, the earlier deadline of the next rung counts. */
  climb({ drainTimeout, killTimeout }: LadderTimeouts): void {
    // What the process allowed itself counts no more.
    if (!this.#rung) this.#disarm();
    this.#rung ??= 'asked';
    if (this.#rung === 'asked') this.#arm(drainTimeout, () => this.#terminate(killTimeout));
    else if (this.#rung === 'SIGTERM') this.#arm(killTimeout, () => this.#kill());
  }

  /** The process leaves by itself, and is signalled when that takes longer than it said, unless `climb` says otherwise. */
  allow({ drainTimeout, killTimeout }: LadderTimeouts): void {
    if (!this.#rung) this.#arm(drainTimeout, () => this.#terminate(killTimeout));
  }

  /** Straight to the last rung, whatever was promised: the process cannot obey. */
  kill(): void {
    this.#disarm();
    if (!this.#gone) this.#kill();
  }

  /** The process is gone: nothing is sent from now on, whoever asks. */
  stop(): void {
    this.#gone = true;
    this.#disarm();
  }

  #terminate(killTimeout: number): void {
    this.#send('SIGTERM');
    this.#disarm();
    this.#arm(killTimeout, () => this.#kill());
  }

  #kill(): void {
    this.#send('SIGKILL');
  }

  #send(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#rung = signal;
    this.#signalled();
    this.#process.kill(signal);
  }

  #disarm(): void {
    this.#due = Number.POSITIVE_INFINITY;
    this.#timer?.cancel();
  }

  #arm(delay: number, act: () => void): void {
    const due = this.#clock.now() + delay;
    if (this.#gone || due >= this.#due) return;

    this.#due = due;
    this.#timer?.cancel();
    if (delay > 0) this.#timer = this.#clock.after(delay, act);
    else act();
  }
}
