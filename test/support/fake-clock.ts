import type { Clock, Timer } from '../../lib/util/clock.js';

interface Appointment {
  due: number;
  /** Breaks ties: what was set first fires first. */
  order: number;
  readonly interval: number | undefined;
  readonly callback: () => void;
}

/** A clock that stands still until `advance` is called. */
export class FakeClock implements Clock {
  readonly #appointments = new Set<Appointment>();
  #now: number;
  #order = 0;

  constructor(now = 0) {
    this.#now = now;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#appointments.size;
  }

  now(): number {
    return this.#now;
  }

  /** The same as `now()`: this clock began at the epoch. */
  date(): number {
    return this.#now;
  }

  after(delay: number, callback: () => void): Timer {
    if (delay === Number.POSITIVE_INFINITY) return { cancel: () => {} };

    return this.#set({ due: this.#now + Math.max(0, delay), order: this.#order++, interval: undefined, callback });
  }

  every(interval: number, callback: () => void): Timer {
    const step = Math.max(1, interval);
    return this.#set({ due: this.#now + step, order: this.#order++, interval: step, callback });
  }

  /** Moves time on by `duration` ms, firing what falls due, earliest first, each at its own time. */
  advance(duration: number): void {
    const until = this.#now + duration;
    for (let next = this.#firstDue(until); next !== undefined; next = this.#firstDue(until)) {
      this.#now = next.due;
      if (next.interval === undefined) this.#appointments.delete(next);
      else Object.assign(next, { due: next.due + next.interval, order: this.#order++ });
      next.callback();
    }
    this.#now = until;
  }

  #set(appointment: Appointment): Timer {
    this.#appointments.add(appointment);
    return { cancel: () => this.#appointments.delete(appointment) };
  }

  #firstDue(until: number): Appointment | undefined {
    let first: Appointment | undefined;
    for (const each of this.#appointments) {
      if (each.due > until) continue;
      if (first === undefined || each.due < first.due || (each.due === first.due && each.order < first.order))
        first = each;
    }
    return first;
  }
}
