import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClusterPrimaryOptions, DrainReport, ReloadOptions } from '../../lib/index.js';
import { fixture } from './fixture.js';
import { withDeadline } from './with-deadline.js';

/** What the program tells of; only what its kind of event has is there. */
export interface Told {
  readonly event: 'listening' | 'ready' | 'drained' | 'exit' | 'surprise' | 'message' | 'started';
  /** When the test heard of it, in the time of `performance.now()`. */
  readonly at: number;
  readonly pid?: number | undefined;
  readonly address?: { readonly port?: number } | undefined;
  readonly cause?: string | undefined;
  readonly code?: number | null | undefined;
  readonly signal?: string | null | undefined;
  readonly report?: DrainReport | undefined;
  readonly text?: string | undefined;
  readonly message?: Readonly<Record<string, unknown>> | undefined;
}

interface Pending {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** The fixture `serving`: a primary in a program of its own, since its scheduling policy is one per process. */
export class ServingProgram implements AsyncDisposable {
  /** All that it has told so far. */
  readonly told: Told[] = [];
  /** Workers that the test has killed. */
  readonly killed: { readonly pid: number; readonly at: number }[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<{ code: number | null; signal: string | null }>;
  readonly #pending = new Map<number, Pending>();
  readonly #looks = new Set<() => void>();
  #ids = 0;
  #stderr = '';

  private constructor(options: ClusterPrimaryOptions, env: Readonly<Record<string, string>>) {
    const args = [JSON.stringify({ ...options, workerEnv: { ...options.workerEnv, ...env } })];
    const stdio = ['ignore', 'inherit', 'pipe', 'ipc'] as const;
    this.#child = fork(fileURLToPath(fixture('serving')), args, { detached: true, stdio: [...stdio] });
    this.#child.on('message', said => this.#hear(said as Told & { id?: number; value: never; error?: string }));
    this.#child.stderr?.on('data', chunk => {
      this.#stderr += chunk;
    });
    this.#ended = new Promise(resolve => this.#child.once('close', (code, signal) => resolve({ code, signal })));
    void this.#ended.then(() => {
      for (const { reject } of this.#pending.values()) reject(new Error('The program has ended'));
    });
  }

  /** Starts it; resolves when its workers serve. */
  static async start(
    options: ClusterPrimaryOptions,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServingProgram> {
    const program = new ServingProgram(options, env);
    await program.event('started', () => true, 20_000);
    return program;
  }

  /** Where its first worker listens. */
  get port(): number {
    return this.#of('listening')[0]?.address?.port ?? 0;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What must not happen, whatever the test does. */
  get surprises(): readonly (string | undefined)[] {
    return this.#of('surprise').map(({ text }) => text);
  }

  get exits(): readonly Told[] {
    return this.#of('exit');
  }

  /** Of servers that were drained, in that order. */
  get reports(): readonly DrainReport[] {
    return this.#of('drained').flatMap(({ report }) => report ?? []);
  }

  /** What workers have said, the messages of one type. */
  messages(type: string): readonly Told[] {
    return this.#of('message').filter(({ message }) => message?.type === type);
  }

  reload(options: ReloadOptions = {}): Promise<{ replaced: string[] }> {
    return this.#order('reload', options);
  }

  scale(workerCount: number): Promise<void> {
    return this.#order('scale', { workerCount });
  }

  recycle(): Promise<unknown> {
    return this.#order('recycle', {});
  }

  /** Of its ready workers. */
  pids(): Promise<number[]> {
    return this.#order('workers', {});
  }

  /** Ends one of its workers without a warning. */
  kill(pid: number): void {
    process.kill(pid, 'SIGKILL');
    this.killed.push({ pid, at: performance.now() });
  }

  shutDown(): Promise<void> {
    return this.#order('shutDown', undefined);
  }

  /** The first of these events, which came already or will. */
  async event(event: Told['event'], matches: (told: Told) => boolean, ms = 10_000): Promise<Told> {
    const found = new Promise<Told>(resolve => {
      const look = () => {
        const told = this.#of(event).find(matches);
        if (!told) return;

        this.#looks.delete(look);
        resolve(told);
      };
      this.#looks.add(look);
      look();
    });
    return withDeadline(found, ms, `event \`${event}\``, this.#soFar);
  }

  /** Resolves when it is gone; its exit code. */
  async ended(ms = 10_000): Promise<number | null> {
    return (await withDeadline(this.#ended, ms, 'end of the program', this.#soFar)).code;
  }

  #of(event: Told['event']): Told[] {
    return this.told.filter(told => told.event === event);
  }

  #hear({ id, value, error, ...told }: Told & { id?: number; value: never; error?: string }): void {
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id !== undefined) this.#pending.delete(id);
    if (error !== undefined) pending?.reject(new Error(error));
    else pending?.resolve(value);
    if (id !== undefined) return;

    this.told.push({ ...told, at: performance.now() });
    for (const look of this.#looks) look();
  }

  #order<T>(act: string, options: object | undefined): Promise<T> {
    const id = ++this.#ids;
    const done = new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ id, act, options });
    });
    return withDeadline(done, 60_000, `end of ${act}`, this.#soFar);
  }

  readonly #soFar = (): string => `; it told ${JSON.stringify(this.told.slice(-12))} ${this.#stderr}`;

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL');
    } catch {
      // The whole group is gone.
    }
    await this.#ended;
  }
}
