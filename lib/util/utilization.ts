/** Tells how busy this process's event loop was between two looks at it. */
export class Utilization {
  #last = performance.eventLoopUtilization();

  /** The share of the time since the last reading in which the loop did not wait, from 0 to 1. */
  read(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    // Node can be off by a rounding error, and divides by zero when no time has passed.
    return Number.isFinite(utilization) ? Math.min(1, Math.max(0, utilization)) : 0;
  }
}
