import type { Readable } from 'node:stream';
import type { Clock, Timer } from '../util/clock.js';
import { StderrTail } from './stderr-tail.js';

/** After the end of a process, or of its channel, so long is waited for the other: a grandchild may hold it open for ever. */
const lastWordsTimeout = 50;

/** Who is told what becomes of a process's last words. */
export interface LastWordsListener {
  /** The channel has been closed for a while, and the process still lives. */
  silent(): void;
  /** The process is gone, and nothing of what it said is still on its way, or it takes too long. */
  over(): void;
}

/** Sees to it that what a process says last, over its channel and its standard error, is heard before its end is told. */
export class LastWords {
  readonly #clock: Clock;
  readonly #listener: LastWordsListener;
  readonly #tail: StderrTail | undefined;
  #closed = false;
  #gone = false;
  #timer: Timer | undefined;

  /** @param stderr if it is piped. */
  constructor(clock: Clock, stderr: Readable | null | undefined, listener: LastWordsListener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#tail = stderr ? new StderrTail(stderr, () => this.#look()) : undefined;
  }

  /** The last lines of its standard error; `undefined` if that is not piped. */
  get stderr(): readonly string[] | undefined {
    return this.#tail?.lines;
  }

  /** The channel is closed: it was read to its end. */
  channelClosed(): void {
    this.#closed = true;
    if (this.#gone) this.#look();
    else this.#wait(() => this.#listener.silent());
  }

  /** The operating system says that the process is gone. */
  exited(): void {
    this.#gone = true;
    this.#wait(() => this.#over());
    this.#look();
  }

  #look(): void {
    if (this.#gone && this.#closed && this.#tail?.ended !== false) this.#over();
  }

  #over(): void {
    this.#timer?.cancel();
    this.#listener.over();
  }

  #wait(act: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(lastWordsTimeout, act);
  }
}
