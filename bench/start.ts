/**
 * How long does a worker take to be there? Against plain `node:cluster`.
 *
 * Ours is ready when `fork` resolves, and replaced when `workerReady` comes after SIGKILL. Raw is ready at its first
 * message; replaced when the worker that was forked at `exit` has sent its own. Either script does nothing else, so the
 * difference is the library: loading it in the worker, the handshake, and what the primary decides between the two. Our
 * worker imports `phased-cluster/worker`: loading `phased-cluster` takes it a few milliseconds more.
 *
 * Run: npm run build && node dist/bench/start.js [--rounds 5] [--only title]… [--json]
 */
import { once } from 'node:events';
import { ClusterPrimary } from 'phased-cluster';
import { benchArguments } from './support/bench-arguments.js';
import { type Contest, compete, middle, middleRatio, type Outcome } from './support/contest.js';
import { forkRaw } from './support/fork-raw.js';
import { printTable, type Row } from './support/table.js';

const { rounds, json, select } = benchArguments(15);
const rawScript = new URL('./support/raw-starter.js', import.meta.url);

const primary = await new ClusterPrimary({
  workerScript: new URL('./support/our-starter.js', import.meta.url),
  workerArgs: [],
  restart: { intensity: Number.POSITIVE_INFINITY },
}).ready;

const contests = select([
  contest('fork to ready', rawFork, ourFork),
  contest('crash to replacement ready', rawCrash, ourCrash),
]);

const outcomes = await compete(contests, rounds);
await primary.destroy();

printTable(
  {
    heading: `milliseconds, median of ${rounds} interleaved rounds`,
    columns: { title: 'a worker that does nothing', cells: ['raw', 'ours', '+ ms', 'x raw'] },
    rows: outcomes.map(row),
  },
  { json },
);

function contest(title: string, raw: () => Promise<number>, ours: () => Promise<number>): Contest<number> {
  return {
    title,
    contestants: [
      { title: 'raw', measure: raw },
      { title: 'ours', measure: ours },
    ],
  };
}

function row({ title, results }: Outcome<number>): Row {
  const time = (milliseconds: number) => milliseconds;
  const [raw = [], ours = []] = results.map(({ scores }) => scores);
  const [rawTime, ourTime] = [middle(raw, time), middle(ours, time)];
  const times = [rawTime, ourTime, ourTime - rawTime].map(milliseconds => milliseconds.toFixed(1));
  return { title, cells: [...times, middleRatio(ours, raw, time).toFixed(2)] };
}

async function rawFork(): Promise<number> {
  const start = performance.now();
  const worker = forkRaw(rawScript);
  await once(worker, 'message');
  const time = performance.now() - start;
  worker.process.kill('SIGKILL');
  await once(worker, 'exit');
  return time;
}

async function rawCrash(): Promise<number> {
  const worker = forkRaw(rawScript);
  await once(worker, 'message');
  const start = performance.now();
  worker.process.kill('SIGKILL');
  await once(worker, 'exit');
  const replacement = forkRaw(rawScript);
  await once(replacement, 'message');
  const time = performance.now() - start;
  replacement.process.kill('SIGKILL');
  await once(replacement, 'exit');
  return time;
}

async function ourFork(): Promise<number> {
  const start = performance.now();
  const [worker] = await primary.fork();
  const time = performance.now() - start;
  await worker?.destroy({ timeout: 0 });
  return time;
}

/** Each time in a new slot: a slot that crashes again and again would be held back. */
async function ourCrash(): Promise<number> {
  const [worker] = await primary.fork();
  const start = performance.now();
  worker?.kill('SIGKILL');
  const { data } = await primary.once('workerReady');
  const time = performance.now() - start;
  await data.worker.destroy({ timeout: 0 });
  return time;
}
