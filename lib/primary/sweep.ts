import type { Clock, Timer } from '../util/clock.js';

/** What is to be done again and again. */
export interface Round {
  /** At least once in so many milliseconds. */
  readonly pace: number;
  /** @param late by how many milliseconds this call comes later than planned. */
  look(late: number): void;
}

/** Goes round all that has to be looked at regularly, with a single timer, which is no reason to stay alive. */
export class Sweep {
  readonly #clock: Clock;
  readonly #rounds = new Set<Round>();
  #timer: Timer | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(round: Round): void {
    this.#rounds.add(round);
    this.#plan(Math.min(this.#due, this.#clock.now() + round.pace));
  }

  /** Allowed at any time, inside `look` too. */
  remove(round: Round): void {
    this.#rounds.delete(round);
    if (this.#rounds.size === 0) this.#plan(Number.POSITIVE_INFINITY);
  }

  #plan(due: number): void {
    if (due === this.#due) return;

    this.#due = due;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(due - this.#clock.now(), () => this.#go(), { keepAlive: false });
  }

  #go(): void {
    const now = this.#clock.now();
    const late = now - this.#due;
    let pace = Number.POSITIVE_INFINITY;
    for (const round of this.#rounds) pace = Math.min(pace, round.pace);
    this.#plan(now + pace);
    for (const round of this.#rounds) round.look(late);
  }
}
