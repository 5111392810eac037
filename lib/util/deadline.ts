import type { Clock, Timer, TimerOptions } from './clock.js';

/** A point in time by which something has to be over; as long as none is set, there is no hurry. */
export class Deadline {
  readonly #clock: Clock;
  readonly #options: TimerOptions;
  readonly #over = new AbortController();
  #due = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #isCut = false;

  constructor(clock: Clock, options: TimerOptions = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether somebody wanted the end at once, so that what is not done is no failure. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Milliseconds that are left; 0 when the time is over. */
  get left(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#due - this.#clock.now());
  }

  /** Brings the end nearer: `timeout` milliseconds from now; returns whether that is nearer. */
  within(timeout: number): boolean {
    if (this.#clock.now() + timeout >= this.#due) return false;

    this.set(timeout);
    return true;
  }

  /** As {@link within}, also when that is further away. What is over stays over. */
  set(timeout: number): void {
    if (this.signal.aborted) return;

    this.#timer?.cancel();
    this.#due = this.#clock.now() + timeout;
    this.#timer = this.#clock.after(timeout, () => this.pass(), this.#options);
  }

  /** The time is over. */
  pass(): void {
    this.#timer?.cancel();
    this.#over.abort();
  }

  /** The time is over because somebody says so. */
  cut(): void {
    if (this.signal.aborted) return;

    this.#isCut = true;
    this.pass();
  }
}
