/**
 * How long is a place empty after a crash? With a spare worker, against a cold replacement.
 *
 * The worker's boot takes 500 ms. The time is that from the moment of SIGKILL until the worker in its place has answered a
 * request. Before each round everything is at rest: the spare worker is there again.
 *
 * Run: npm run build && node dist/bench/standby.js [--rounds 15] [--json]
 */
import { ClusterPrimary } from 'phased-cluster';
import { benchArguments } from './support/bench-arguments.js';
import { compete, middle, middleRatio } from './support/contest.js';
import { printTable } from './support/table.js';

const { rounds, json } = benchArguments(15);
const options = {
  workerScript: new URL('./support/slow-starter.js', import.meta.url),
  workerArgs: [],
  workerCount: 1,
  restart: { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } },
};
const cold = await new ClusterPrimary(options).ready;
const warm = await new ClusterPrimary({ ...options, standby: 1 }).ready;

const contests = [
  {
    title: 'crash to the first answer',
    contestants: [
      { title: 'cold', measure: () => crash(cold, 0) },
      { title: 'standby', measure: () => crash(warm, 1) },
    ],
  },
];
const outcomes = await compete(contests, rounds);
await Promise.all([cold.destroy(), warm.destroy()]);

printTable(
  {
    heading: `milliseconds, median of ${rounds} interleaved rounds`,
    columns: { title: 'a worker whose boot takes 500 ms', cells: ['cold', 'standby', 'ratio'] },
    rows: outcomes.map(({ title, results }) => {
      const [coldTimes = [], warmTimes = []] = results.map(({ scores }) => scores);
      const itself = (time: number) => time;
      const ratio = middleRatio(coldTimes, warmTimes, itself);
      const cells = [middle(coldTimes, itself).toFixed(0), middle(warmTimes, itself).toFixed(1), ratio.toFixed(0)];
      return { title, cells };
    }),
  },
  { json },
);

/** Milliseconds from the kill to the answer. */
async function crash(primary: ClusterPrimary, spares: number): Promise<number> {
  await atRest(primary, 1 + spares);
  const [worker] = primary.workers;
  const gone = primary.once('removeWorker');
  const start = performance.now();
  worker?.kill('SIGKILL');
  await gone;
  await primary.request({ message: { type: 'who' } });
  return performance.now() - start;
}

/** Resolves when so many processes live, each ready or standing by. */
async function atRest(primary: ClusterPrimary, count: number): Promise<void> {
  const live = () => Object.values(primary.workerById);
  while (live().length !== count || live().some(({ state }) => state !== 'ready' && state !== 'standby')) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
