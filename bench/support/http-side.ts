/**
 * One side of `bench/http.ts`, in a process of its own: a process has one scheduling policy.
 *
 * It says when all its workers listen, and ends when the benchmark does.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { ClusterPrimary, type StickyOptions } from 'phased-cluster';
import { type HttpSideOptions, host } from './http-modes.js';
import { httpServer } from './http-server.js';

const options: HttpSideOptions = JSON.parse(process.argv[2] ?? '{}');
const { side, mode, workerCount, port } = options;
const workerArgs = [String(port), mode];
const schedulingPolicy = mode === 'rr' ? 'rr' : 'none';

/** What is open, and who serves beside this process. */
interface Opened {
  readonly workers: readonly (number | undefined)[];
  readonly close: () => void | Promise<void>;
}

const open = { single: openSingle, raw: openRaw, ours: openOurs };
const { workers, close } = await open[side]();
process.once('message', async () => {
  await close();
  process.exit();
});
process.once('disconnect', () => process.exit());
process.send?.([process.pid, ...workers]);

async function openSingle(): Promise<Opened> {
  const server = httpServer();
  server.listen(port, host);
  await once(server, 'listening');
  return { workers: [], close: () => {} };
}

async function openRaw(): Promise<Opened> {
  cluster.schedulingPolicy = mode === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: new URL('./http-raw-worker.js', import.meta.url).pathname, args: workerArgs });
  const workers = Array.from({ length: workerCount }, () => cluster.fork());
  await Promise.all(workers.map(worker => once(worker, 'message')));
  return {
    workers: workers.map(worker => worker.process.pid),
    close: () => {
      for (const worker of workers) worker.process.kill('SIGKILL');
    },
  };
}

async function openOurs(): Promise<Opened> {
  const workerScript = new URL('./http-our-worker.js', import.meta.url);
  // All clients here have the same address.
  const sticky: StickyOptions | false = mode === 'sticky' && { by: ({ remotePort }) => String(remotePort) };
  const primary = await new ClusterPrimary({ workerCount, workerArgs, workerScript, schedulingPolicy, sticky }).ready;
  return { workers: primary.workers.map(({ pid }) => pid), close: () => primary.destroy() };
}
