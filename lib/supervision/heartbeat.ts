/** How often a worker has to give a sign of life. */
export interface HeartbeatRule {
  /** Milliseconds from one beat to the next. */
  readonly interval: number;
  /** So many intervals without a beat, and the worker hangs. */
  readonly misses: number;
}

/** Judges by its beats whether one worker hangs. */
export class Heartbeat {
  /** So long without a beat, and the worker hangs; in milliseconds. */
  readonly limit: number;
  readonly #interval: number;
  /** When the worker gave a sign of life last, or patience with it began anew. */
  #patientSince: number;
  #debugged = false;

  constructor({ interval, misses }: HeartbeatRule, now: number) {
    this.limit = interval * misses;
    this.#interval = interval;
    this.#patientSince = now;
  }

  /** A beat has come. While `debugged` the worker may stand still for as long as it takes. */
  beat(now: number, debugged = false): void {
    this.#patientSince = now;
    this.#debugged = debugged;
  }

  /** Whatever was before is forgiven. */
  renew(now: number): void {
    this.#patientSince = now;
  }

  /**
   * Whether the worker hangs.
   *
   * @param late by how many milliseconds this look comes too late: who slept for long has missed beats, not the worker.
   */
  look(now: number, late: number): boolean {
    if (late > this.#interval / 2) this.renew(now);
    return !this.#debugged && now - this.#patientSince >= this.limit;
  }
}
