import type { Vitals } from '../protocol/frame.js';
import type { Clock } from '../util/clock.js';

/** How often a worker that is asked to reports, in milliseconds. */
export const reportInterval = 1_000;

/** After this long without a report the worker has missed one, in milliseconds. */
const overdueAfter = 2 * reportInterval;

/** What one worker tells of its state of health: nothing, until somebody wants to know. */
export class VitalSigns {
  readonly #clock: Clock;
  readonly #ask: (interval: number) => void;
  #canReport = false;
  #asked = false;
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
    if (!this.#asked) this.#askNow();
    return this.#asked && this.#clock.now() - this.#heard > overdueAfter ? 1 : this.#load;
  }

  /** The worker has said hello: it understands us. */
  canReport(): void {
    this.#canReport = true;
  }

  /** A report has come. */
  take({ utilization }: Vitals = {}): void {
    this.#heard = this.#clock.now();
    this.#load = utilization ?? this.#load;
  }

  #askNow(): void {
    if (!this.#canReport) return;

    this.#asked = true;
    this.#heard = this.#clock.now();
    this.#ask(reportInterval);
  }
}
