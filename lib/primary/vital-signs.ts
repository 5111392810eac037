import type { Vitals } from '../protocol/frame.js';
import type { Clock } from '../util/clock.js';

/** How often a worker reports when somebody wants to know its load, in milliseconds, unless it does so more often. */
export const reportInterval = 1_000;

/** What one worker tells of its state of health. */
export class VitalSigns {
  readonly #clock: Clock;
  readonly #ask: (interval: number) => void;
  #canReport = false;
  /** How often it was asked to report. */
  #interval = Number.POSITIVE_INFINITY;
  #latest: Vitals = {};
  #load: number | undefined;
  /** When the worker reported last, or was asked to. */
  #heard = 0;

  /** @param ask asks the worker to report every so many milliseconds. */
  constructor(clock: Clock, ask: (interval: number) => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /**
   * How busy the event loop is, from 0 to 1; `undefined` before anything can be known. A worker that has missed a report
   * is blocked, or as good as that: its load is 1.
   */
  get load(): number | undefined {
    this.expect(reportInterval);
    return this.#clock.now() - this.#heard > 2 * this.#interval ? 1 : this.#load;
  }

  /** Resident memory in bytes. */
  get memory(): number | undefined {
    return this.#latest.memory;
  }

  /** Bytes of the JavaScript heap that are in use. */
  get heapUsed(): number | undefined {
    return this.#latest.heapUsed;
  }

  /** By how many milliseconds the event loop was behind. */
  get delay(): number | undefined {
    return this.#latest.delay;
  }

  /** Handlers that run, and requests that wait for an answer. */
  get pending(): number | undefined {
    return this.#latest.pending;
  }

  /** Messages and requests that it was given since its start. */
  get handled(): number | undefined {
    return this.#latest.handled;
  }

  /** The worker has said hello: it understands us. */
  canReport(): void {
    this.#canReport = true;
  }

  /** From now on the worker reports at least this often, in milliseconds, if it can. */
  expect(interval: number): void {
    if (!this.#canReport || interval >= this.#interval) return;

    this.#interval = interval;
    this.#heard = this.#clock.now();
    this.#ask(interval);
  }

  /** A report has come. */
  take(vitals: Vitals = {}): void {
    this.#heard = this.#clock.now();
    this.#latest = vitals;
    this.#load = vitals.utilization ?? this.#load;
  }
}
