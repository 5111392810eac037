import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { host } from './http-modes.js';

/** What one load gave. */
export interface HttpScore {
  /** Thousands of requests a second. */
  readonly rate: number;
  readonly answered: number;
  /** In milliseconds. */
  readonly p99: number;
  /** Requests without an answer, or with a wrong one. */
  readonly failed: number;
}

/** What is asked, and how. */
export interface HttpLoad {
  readonly port: number;
  /** Whether a connection is used again and again; else each request has its own. */
  readonly keepAlive: boolean;
}

/** Who makes the load. */
export interface LoadGenerator {
  readonly name: string;
  readonly run: (load: HttpLoad) => Promise<HttpScore>;
}

/** How many connections there are at a time. */
export const connections = 64;
const seconds = 1;
const execute = promisify(execFile);
const milliseconds = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

/** wrk, which takes the least of the processors' time; or autocannon, where it is not installed. */
export async function loadGenerator(): Promise<LoadGenerator> {
  try {
    // It ends with 1 when asked for its version.
    await execute('wrk', ['-v']).catch(error => {
      if (error.code === 'ENOENT') throw error;
    });
    return { name: 'wrk', run: runWrk };
  } catch {
    return { name: 'autocannon', run: runAutocannon };
  }
}

async function runWrk({ port, keepAlive }: HttpLoad): Promise<HttpScore> {
  const header = keepAlive ? [] : ['-H', 'Connection: close'];
  const size = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency'];
  const { stdout } = await execute('wrk', [...size, ...header, `http://${host}:${port}/`]);
  return readWrk(stdout);
}

/** Reads what wrk prints. */
function readWrk(text: string): HttpScore {
  const [, answered = '0'] = /(\d+) requests in/.exec(text) ?? [];
  const [, rate = 'NaN'] = /Requests\/sec:\s+([\d.]+)/.exec(text) ?? [];
  const [, p99 = 'NaN', unit = 'ms'] = /99%\s+([\d.]+)(us|ms|s|m)/.exec(text) ?? [];
  const [, wrong = '0'] = /Non-2xx or 3xx responses: (\d+)/.exec(text) ?? [];
  const [, errors = ''] = /Socket errors: (.*)/.exec(text) ?? [];
  const failed = [wrong, ...errors.matchAll(/\d+/g)].reduce((sum, count) => sum + Number(count), 0);
  const duration = milliseconds[unit as keyof typeof milliseconds];
  return { answered: Number(answered), rate: Number(rate) / 1_000, p99: Number(p99) * duration, failed };
}

async function runAutocannon(load: HttpLoad): Promise<HttpScore> {
  const script = fileURLToPath(new URL('./http-autocannon.js', import.meta.url));
  const { stdout } = await execute(process.execPath, [script, JSON.stringify({ ...load, connections, seconds })]);
  return JSON.parse(stdout);
}
