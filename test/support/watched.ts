import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { fixture } from './fixture.js';
import { withDeadline } from './with-deadline.js';

/** How a {@link Watched} is started. */
export interface WatchedOptions {
  /** Or the thread alone. */
  readonly drainTimeout?: number | 'thread';
  /** What it is told of the descriptor. @default the right one */
  readonly fd?: string | undefined;
  /** What the watchdog runs instead. */
  readonly script?: string;
}

const descriptor = 4;

/** The fixture `watched` and the other end of the line to its watchdog. */
export class Watched implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly line: Duplex;
  readonly ended: Promise<unknown[]>;
  readonly #said: unknown[] = [];
  #heard = () => {};

  constructor({ drainTimeout = 30_000, fd = `${descriptor}`, script }: WatchedOptions = {}) {
    this.child = fork(
      fileURLToPath(fixture('watched')),
      [`${drainTimeout}`, ...(script === undefined ? [] : [script])],
      {
        stdio: ['ignore', 'inherit', 'ignore', 'ipc', 'pipe'],
        env: { ...process.env, CLUSTER_WATCHDOG_FD: fd },
      },
    );
    this.line = this.child.stdio[descriptor as 3] as Duplex;
    this.line.on('error', () => {});
    this.ended = once(this.child, 'exit');
    this.child.on('message', message => {
      this.#said.push(message);
      this.#heard();
    });
  }

  order(order: string, time = 0): void {
    this.child.send({ order, time });
  }

  /** Blocks the main thread for so many milliseconds; resolves with its stack once it is blocked. */
  async block(time: number): Promise<unknown[]> {
    this.order('block', time);
    for (;;) {
      const [, ...frames] = await this.ask(1);
      if (String(frames[0]).startsWith('stuck')) return frames;
    }
  }

  /** What the watchdog answers. */
  async ask(question: number): Promise<unknown[]> {
    const lines = createInterface({ input: this.line });
    this.line.write(Uint8Array.of(question));
    const [line] = await withDeadline(once(lines, 'line'), 5_000, 'answer of the watchdog');
    lines.close();
    return JSON.parse(line);
  }

  /** The next thing it says. */
  async says(): Promise<unknown> {
    const said = new Promise<void>(resolve => {
      this.#heard = resolve;
      if (this.#said.length > 0) resolve();
    });
    await withDeadline(said, 5_000, 'word of the watched process');
    return this.#said.shift();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
    this.line.destroy();
  }
}
