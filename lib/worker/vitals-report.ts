import type { Vitals } from '../protocol/frame.js';
import type { Clock, Timer } from '../util/clock.js';
import { Utilization } from '../util/utilization.js';

/** Utilization is told to two digits: workers that differ by less take turns. */
const steps = 100;

/** What a worker tells of its state of health, as often as the primary wants it. */
export class VitalsReport {
  readonly #clock: Clock;
  readonly #tell: (vitals: Vitals) => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, tell: (vitals: Vitals) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** From now on tells every `interval` milliseconds, instead of whatever was before. No reason to stay alive. */
  every(interval: number): void {
    this.stop();
    const utilization = new Utilization();
    const tell = () => this.#tell({ utilization: Math.round(utilization.read() * steps) / steps });
    this.#timer = this.#clock.every(interval, tell, { keepAlive: false });
  }

  /** Nobody listens any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
