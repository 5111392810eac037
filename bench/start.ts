/**
 * How long does a worker take to be there? Against plain `node:cluster`.
 *
 * Ours is ready when `fork` resolves, and replaced when `workerReady` comes after SIGKILL. Raw is ready at its first
 * message; replaced when the worker that was forked at `exit` has sent its own. Either script does nothing else, so the
 * difference is the library: loading it in the worker, the handshake, and what the primary decides between the two.
 *
 * Run: npm run build && node dist/bench/start.js [--rounds 5] [--only text]
 */
import { once } from 'node:events';
import { ClusterPrimary } from 'phased-cluster';
import { benchArguments } from './support/bench-arguments.js';
import { fight } from './support/duel.js';
import { forkRaw } from './support/raw-primary.js';
import { printTable } from './support/table.js';

const { rounds, wanted } = benchArguments(15);
const rawScript = new URL('./support/raw-starter.js', import.meta.url);

const primary = await new ClusterPrimary({
  workerScript: new URL('./support/our-starter.js', import.meta.url),
  workerArgs: [],
  restart: { intensity: Number.POSITIVE_INFINITY },
}).ready;

const duels = [
  { title: 'fork to ready', raw: rawFork, ours: ourFork },
  { title: 'crash to replacement ready', raw: rawCrash, ours: ourCrash },
].filter(({ title }) => wanted(title));

const outcomes = await fight(duels, rounds);
await primary.destroy();

printTable(
  `milliseconds, median of ${rounds} interleaved rounds`,
  { title: 'a worker that does nothing', cells: ['raw', 'ours', '+ ms', 'x raw'] },
  outcomes.map(({ title, raw, ours, ratio }) => {
    return { title, cells: [...[raw, ours, ours - raw].map(time => time.toFixed(1)), ratio.toFixed(2)] };
  }),
);

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
