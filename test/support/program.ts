import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fixture } from './fixture.js';
import { withDeadline } from './with-deadline.js';

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A fixture that runs as a program of its own, with a process group of its own, whatever it prints at hand. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #printed: string[] = [];
  readonly #ended: Promise<Ending>;
  #stderr = '';

  /** @param file the name of a fixture, or any file. */
  constructor(file: string | URL, args: readonly string[] = []) {
    const script = fileURLToPath(typeof file === 'string' ? fixture(file) : file);
    this.#child = spawn(process.execPath, [script, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr?.on('data', chunk => {
      this.#stderr += chunk;
    });
    // biome-ignore lint/style/noNonNullAssertion: it is piped
    this.#lines = createInterface({ input: this.#child.stdout! });
    this.#lines.on('line', line => this.#printed.push(line));
    this.#ended = new Promise(resolve => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has printed so far. */
  get printed(): readonly string[] {
    return this.#printed;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What stands after `word` in the line that begins with it, printed already or later. */
  async line(word: string, ms = 10_000): Promise<string> {
    const find = () => this.#printed.find(line => line.startsWith(word));
    const found = new Promise<string>(resolve => {
      const look = () => {
        const line = find();
        if (line !== undefined) resolve(line);
      };
      this.#lines.on('line', look);
      look();
    });
    return (await withDeadline(found, ms, `line \`${word}\``, this.#soFar)).slice(word.length + 1);
  }

  /** Resolves when it is gone and all that it printed was read. */
  ended(ms = 10_000): Promise<Ending> {
    return withDeadline(this.#ended, ms, 'end of the program', this.#soFar);
  }

  /** Sends a signal to it alone. */
  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Sends a signal to it and to all that it has forked, as a terminal does. */
  killGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  readonly #soFar = (): string => `; it printed ${this.#printed.join(' | ')} ${this.#stderr}`;

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.killGroup('SIGKILL');
    } catch {
      // The whole group is gone.
    }
    await this.#ended;
  }
}
