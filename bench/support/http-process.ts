import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { type HttpSideOptions, host } from './http-modes.js';

/** A side of `bench/http.ts` as the benchmark sees it. */
export class HttpProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #pids: readonly number[];

  private constructor(
    port: number,
    { child, pids }: { readonly child: ChildProcess; readonly pids: readonly number[] },
  ) {
    this.port = port;
    this.#child = child;
    this.#pids = pids;
  }

  /** Starts it; resolves once all its workers listen. */
  static async open(options: Omit<HttpSideOptions, 'port'>): Promise<HttpProcess> {
    const port = await freePort();
    const child = fork(new URL('./http-side.js', import.meta.url), [JSON.stringify({ ...options, port })]);
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`${options.side} ${options.mode} ended with ${code} before it listened`);
    });
    failed.catch(() => {});
    const [pids] = await Promise.race([once(child, 'message'), failed]);
    return new HttpProcess(port, { child, pids });
  }

  /** What all its processes have computed so far, in microseconds; NaN where the operating system does not tell. */
  async cpuTime(): Promise<number> {
    const times = await Promise.all(this.#pids.map(cpuTimeOf));
    return times.reduce((sum, time) => sum + time, 0);
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.send('close');
    await gone;
  }
}

/** Linux counts nanoseconds, for each thread. */
async function cpuTimeOf(pid: number): Promise<number> {
  const folder = `/proc/${pid}/task`;
  const threads = await readdir(folder).catch(() => ['unknown']);
  const texts = await Promise.all(
    threads.map(thread => readFile(`${folder}/${thread}/schedstat`, 'utf8').catch(() => '')),
  );
  return texts.reduce((sum, text) => sum + Number.parseInt(text, 10) / 1_000, 0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
