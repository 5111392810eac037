import type { Clock } from './clock.js';

/** Warnings about one subject are at least this far apart, in milliseconds. */
const quietTime = 10_000;

/** More subjects than this are forgotten, so that a hostile sender of ever new ones cannot fill the memory. */
const mostSubjects = 1_000;

/** What is warned of may quote what somebody hostile sent: longer texts than these, in characters, are cut. */
const longestSubject = 256;
const longestMessage = 16_384;

/** Node's process warnings, of which no subject can make a flood. */
export class Warner {
  readonly #clock: Clock;
  readonly #last = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Warns of the subject, unless it did ever before. */
  once(subject: string, message: string): void {
    const short = cut(subject, longestSubject);
    if (!this.#last.has(short)) this.#warn(short, message);
  }

  /** Warns of the subject, unless it did in the last ten seconds. */
  limited(subject: string, message: string): void {
    const short = cut(subject, longestSubject);
    const last = this.#last.get(short);
    if (last === undefined || this.#clock.now() - last >= quietTime) this.#warn(short, message);
  }

  #warn(subject: string, message: string): void {
    if (this.#last.size >= mostSubjects) this.#last.clear();
    this.#last.set(subject, this.#clock.now());
    process.emitWarning(cut(message, longestMessage), { type: 'ClusterWarning', code: subject });
  }
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}\u2026` : text;
}
