/** A timer that was set; cancelling one that fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** How a timer is set. */
export interface TimerOptions {
  /** Whether the timer keeps the process alive. @default true */
  readonly keepAlive?: boolean | undefined;
}

/** The only source of time in this library, so that tests can bring their own. */
export interface Clock {
  /** Milliseconds on a scale that never goes back; only differences mean anything. */
  now(): number;
  /** Milliseconds since the epoch, for people to read. */
  date(): number;
  /** Calls `callback` once, after `delay` milliseconds. */
  after(delay: number, callback: () => void, options?: TimerOptions): Timer;
  /** Calls `callback` every `interval` milliseconds. */
  every(interval: number, callback: () => void, options?: TimerOptions): Timer;
}

/** Node turns a longer delay into 1 ms; we wait this long instead (almost 25 days). */
const longestDelay = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(delay, callback, { keepAlive = true } = {}) {
    if (delay === Number.POSITIVE_INFINITY) return { cancel: () => {} };

    // What is due already is no mistake: this process may have been busy. Node would warn.
    const timer = setTimeout(callback, Math.max(0, Math.min(delay, longestDelay)));
    if (!keepAlive) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every(interval, callback, { keepAlive = true } = {}) {
    const timer = setInterval(callback, Math.min(interval, longestDelay));
    if (!keepAlive) timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
};

/** Calls `callback` when Node has seen to what has come in meanwhile: that a channel is closed, say. */
export function afterInput(callback: () => void): void {
  setImmediate(callback);
}
