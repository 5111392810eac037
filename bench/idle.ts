/**
 * What does it cost a primary to supervise workers that do nothing?
 *
 * It forks the workers, a few at a time, waits until all are ready, and measures the processor time of its own process for
 * some seconds: the beats of all workers, and the looks at whether one is missing. A worker is the smallest there is.
 *
 * Run: npm run build && node dist/bench/idle.js [--workers 100] [--seconds 10] [--interval 2000] [--json]
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ClusterPrimary } from 'phased-cluster';
import { printTable } from './support/table.js';

const atATime = 5;
const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    interval: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
});
const [count, seconds, interval] = [Number(values.workers), Number(values.seconds), Number(values.interval)];

const rows = [
  { title: 'no heartbeat, no watchdog', cells: await measure({ heartbeat: false, watchdog: false }) },
  { title: 'heartbeat', cells: await measure({ heartbeat: { interval }, watchdog: false }) },
  { title: 'heartbeat and watchdog', cells: await measure({ heartbeat: { interval }, watchdog: true }) },
];
printTable(
  {
    heading: `${count} idle workers, one beat in ${interval} ms, ${seconds} s each`,
    columns: { title: 'supervised by', cells: ['% of a core', 'MiB each'] },
    rows,
    notes: ['The processor time of the primary alone; MiB is the private memory of a worker, where Linux tells it.'],
  },
  values,
);

async function measure(options: { heartbeat: false | { interval: number }; watchdog: boolean }): Promise<string[]> {
  const primary = await new ClusterPrimary({
    ...{ workerArgs: [], ...options },
    workerScript: new URL('./support/our-starter.js', import.meta.url),
  }).ready;
  for (let left = count; left > 0; left -= atATime) await primary.fork({ workerCount: Math.min(left, atATime) });
  // Past the start of the threads.
  await passed(2_000);
  const before = process.cpuUsage();
  const began = performance.now();
  await passed(1_000 * seconds);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1_000 / (performance.now() - began);
  const memory = await privateMemory(primary.workers.map(({ pid }) => pid ?? 0));
  await primary.destroy();
  return [(100 * share).toFixed(2), memory];
}

function passed(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

async function privateMemory(pids: readonly number[]): Promise<string> {
  const maps = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')));
  const kibibytes = maps.flatMap(text =>
    [...text.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].map(([, kib]) => Number(kib)),
  );
  if (kibibytes.length === 0) return '-';

  return (kibibytes.reduce((sum, each) => sum + each, 0) / pids.length / 1024).toFixed(1);
}
