/**
 * The main job, `npm start`: two HTTP workers under real load, one of them killed in the middle, then both reloaded; and
 * a spare worker that takes the place of one that died.
 *
 * Prints a report, and exits with 0 only if every claim in it holds.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { close } from './closing.js';
import { load } from './load.js';
import { Owner } from './owner.js';
import { promoteSpare } from './promotion.js';
import { reloadUnderLoad } from './reload.js';
import { count, formatReport, joined, type Report } from './report.js';
import { connections, firstDuration, judge, type Story, secondDuration, summarize, workerCount } from './story.js';
import { live, say, styleText } from './style.js';

/** When a worker is killed, counted from the beginning of the first load. In milliseconds. */
const killDelay = 1_500;

/** What there ever was. */
interface Register {
  /** Every process that was ever forked. */
  readonly pids: Set<number>;
  /** How many sellers have begun to sell. */
  sellers: number;
}

function watch(owner: Owner): Register {
  const register: Register = { pids: new Set(), sellers: 0 };
  owner.on({
    workerFork: ({ data: { worker } }) => {
      if (worker.pid !== undefined) register.pids.add(worker.pid);
    },
    workerReady: ({ data: { worker } }) => {
      if (worker.group === 'sellers') register.sellers++;
      say(`${worker.name} is ready, process ${worker.pid}`);
    },
    workerExit: ({ data: { worker, code, signal } }) => {
      say(`${worker.name} exited with ${signal ?? `code ${code}`}, process ${worker.pid}`);
    },
  });
  return register;
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

/** Load on two workers, of which one is killed in the middle. */
async function killUnderLoad(owner: Owner, url: string, register: Register): Promise<Story> {
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
  return { ...kill, first, second, takings: await owner.collect(), started: register.sellers };
}

async function run(owner: Owner): Promise<Report> {
  const register = watch(owner);
  const listening = owner.once('workerListening');
  await owner.ready;
  const { address, port } = (await listening).data.address;
  const url = `http://${address}:${port}/`;

  const story = await killUnderLoad(owner, url, register);
  const first = { rows: summarize(owner, story), checks: judge(owner, story) };
  return joined([
    first,
    await reloadUnderLoad(owner, url),
    await promoteSpare(owner),
    await close(owner, register.pids),
  ]);
}

const script = (name: string) => new URL(`./${name}.js`, import.meta.url);

say(styleText('bold', 'phased-cluster: two HTTP workers under load, one is killed in the middle'));
await using owner = new Owner({
  groups: {
    sellers: { workerCount, script: script('worker') },
    tills: { workerCount: 1, standby: 1, script: script('till') },
  },
});
const report = await run(owner);
say(formatReport(report));
process.exitCode = report.checks.every(({ holds }) => holds) ? 0 : 1;
