/**
 * The main job, `npm start`: two HTTP workers under real load, one of them killed in the middle.
 *
 * Prints a report, and exits with 0 only if every claim in it holds.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { load } from './load.js';
import { Owner } from './owner.js';
import { count, formatReport } from './report.js';
import { connections, firstDuration, judge, type Story, secondDuration, summarize, workerCount } from './story.js';
import { live, say, styleText } from './style.js';

/** When a worker is killed, counted from the beginning of the first load. In milliseconds. */
const killDelay = 1_500;

function watch(owner: Owner): Set<number> {
  const pids = new Set<number>();
  owner.on({
    workerReady: ({ data: { worker } }) => {
      if (worker.pid !== undefined) pids.add(worker.pid);
      say(`${worker.name} is ready, process ${worker.pid}`);
    },
    workerExit: ({ data: { worker, code, signal } }) => {
      say(`${worker.name} exited with ${signal ?? `code ${code}`}, process ${worker.pid}`);
    },
  });
  return pids;
}

/** Kills one of the workers and waits for the one that takes its place. */
async function killOne(owner: Owner): Promise<Pick<Story, 'cut' | 'replacementTime' | 'replacementPid'>> {
  const [victim] = await owner.collect();
  const cut = victim?.connections ?? 0;
  const replaced = owner.once('workerReady', { signal: AbortSignal.timeout(10_000) });

  const killed = performance.now();
  say(styleText('yellow', `${victim?.name} is killed, with ${cut} connections open`));
  owner.worker(victim?.name ?? '')?.kill('SIGKILL');
  const { worker } = (await replaced).data;
  return { cut, replacementTime: performance.now() - killed, replacementPid: worker.pid };
}

async function run(owner: Owner): Promise<Story> {
  const pids = watch(owner);
  const listening = owner.once('workerListening');
  await owner.ready;
  const { address, port } = (await listening).data.address;
  const url = `http://${address}:${port}/`;
  let answers = 0;
  const onAnswer = () => {
    if (++answers % 500 === 0) live(`${count(answers)} requests answered`);
  };

  say(`${connections} keep-alive connections ask ${url} for ${firstDuration / 1000} s`);
  const firstLoad = load({ url, connections, duration: firstDuration, onAnswer });
  await wait(killDelay);
  await owner.announce('stew');
  const kill = await killOne(owner);
  const secondLoad = load({ url, connections, duration: secondDuration, onAnswer });
  const [first, second] = await Promise.all([firstLoad, secondLoad]);

  await owner.announce('stew');
  const takings = await owner.collect();
  const stopping = performance.now();
  await owner.shutDown();
  return { ...kill, first, second, takings, pids, shutDownTime: performance.now() - stopping };
}

say(styleText('bold', 'phased-cluster: two HTTP workers under load, one is killed in the middle'));
await using owner = new Owner({ workerCount, workerScript: new URL('./worker.js', import.meta.url) });
const story = await run(owner);
const checks = judge(owner, story);
say(formatReport({ rows: summarize(owner, story), checks }));
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;
