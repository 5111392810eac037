import type { ChildProcess } from 'node:child_process';
import type { Clock, Timer } from '../util/clock.js';
import { longestReport, readStackReport } from './stack-report.js';

/** How long a watchdog has to answer, in milliseconds: it needs some tens of them. */
export const answerTimeout = 500;

/** The primary's end of the descriptor at whose other end a worker's watchdog sits. */
export interface WatchdogSocket {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  write(chunk: Uint8Array): unknown;
  pause(): unknown;
  resume(): unknown;
  unref(): unknown;
  destroy(): unknown;
}

/** The line to the watchdog at a descriptor of a process; `undefined` where there is none. */
export function openWatchdogLine(
  { stdio }: Pick<ChildProcess, 'stdio'>,
  descriptor: number | undefined,
  clock: Clock,
): WatchdogLine | undefined {
  // Node's type knows of five descriptors, and not that this one is a socket. A process that could not be started has none.
  const socket = descriptor === undefined ? undefined : (stdio?.[descriptor as 3] as WatchdogSocket | null | undefined);
  return socket ? new WatchdogLine(socket, clock) : undefined;
}

/** A stack, innermost frame first. */
type Stack = readonly string[] | undefined;

/** Asks a worker's watchdog, past its main thread, where that stands. What it says is untrusted. */
export class WatchdogLine {
  readonly #socket: WatchdogSocket;
  readonly #clock: Clock;
  #question = 0;
  #heard = Buffer.alloc(0);
  #answer: ((stack: Stack) => void) | undefined;
  #timer: Timer | undefined;

  constructor(socket: WatchdogSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('data', chunk => this.#hear(chunk));
    // A worker can be gone at any time; then nobody answers.
    socket.on('error', () => {});
    // What it says unasked waits in a buffer of bounded size.
    socket.pause();
    socket.unref();
  }

  /** The stack of the main thread; `undefined` if the watchdog does not answer in time. */
  ask(): Promise<Stack> {
    this.#end(undefined);
    this.#question = (this.#question + 1) % 256;
    return new Promise(resolve => {
      this.#answer = resolve;
      this.#timer = this.#clock.after(answerTimeout, () => this.#end(undefined));
      this.#socket.resume();
      this.#socket.write(Uint8Array.of(this.#question));
    });
  }

  /** The worker is gone. */
  close(): void {
    this.#end(undefined);
    this.#socket.destroy();
  }

  #hear(chunk: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, chunk]);
    const tooLong = this.#heard.length > longestReport;
    for (let end = this.#heard.indexOf('\n'); end >= 0 && this.#answer; end = this.#heard.indexOf('\n')) {
      const stack = readStackReport(this.#heard.toString('utf8', 0, end), this.#question);
      this.#heard = this.#heard.subarray(end + 1);
      if (stack) this.#end(stack);
    }
    if (tooLong) this.#end(undefined);
  }

  #end(stack: Stack): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.#timer?.cancel();
    this.#socket.pause();
    this.#heard = Buffer.alloc(0);
    answer?.(stack);
  }
}
