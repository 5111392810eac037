/**
 * The main job, `npm start`: two HTTP workers under real load, one of them killed in the middle.
 *
 * Prints a report, and exits with 0 only if every claim in it holds.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type LoadResult, load } from './load.js';
import { Owner, type Takings } from './owner.js';
import { type Check, count, formatReport } from './report.js';
import { answersPerReport } from './shop.js';
import { live, say, styleText } from './style.js';

/** How long the first load lasts, and when in it a worker is killed. In milliseconds. */
const firstDuration = 4_000;
const killDelay = 1_500;
/** How long fresh connections put the replacement to work. In milliseconds. */
const secondDuration = 1_500;
/** Keep-alive connections of each load. */
const connections = 10;
const workerCount = 2;

/** What happened, in numbers. */
interface Story {
  readonly first: LoadResult;
  readonly second: LoadResult;
  /** Connections that the killed worker had when it was killed. */
  readonly cut: number;
  /** From the kill until the replacement was ready, in milliseconds. */
  readonly replacementTime: number;
  readonly replacementPid: number | undefined;
  readonly takings: readonly Takings[];
  /** In milliseconds. */
  readonly shutDownTime: number;
  /** Every process that was ever forked. */
  readonly pids: ReadonlySet<number>;
}

/** Whether the operating system knows a process with that id. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

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

/** Requests that got no answer at all: lost with a connection, or still under way when the load ended. */
function unanswered({ sent, answered, refused }: LoadResult): number {
  return sent - answered - refused;
}

function check(owner: Owner, story: Story): readonly Check[] {
  const { first, second, takings, pids } = story;
  // A connection of the killed worker breaks once, or twice if the primary hands it to the dying process again.
  const mayBreak = 2 * story.cut;
  const replacement = takings.find(({ pid }) => pid === story.replacementPid);
  const booted = workerCount + 1;
  return [
    { claim: 'every answer was a success', holds: first.refused + second.refused === 0 },
    {
      claim: 'there was real load: 500 answers and more in each part',
      holds: first.answered > 500 && second.answered > 500,
    },
    {
      claim: `at most ${mayBreak} connections broke, ${story.cut} were the killed worker's`,
      holds: first.errors <= mayBreak,
    },
    { claim: 'no request was lost but on those', holds: unanswered(first) <= connections + mayBreak },
    {
      claim: 'none broke after the replacement was ready',
      holds: second.errors === 0 && unanswered(second) <= connections,
    },
    { claim: 'the worker was replaced once, within 5 s', holds: pids.size === booted && story.replacementTime < 5_000 },
    { claim: 'the replacement answered too', holds: (replacement?.answers ?? 0) > 0 },
    {
      claim: 'every message of the workers arrived',
      holds: takings.every(({ pid, answers }) => owner.reported.get(pid) === answers - (answers % answersPerReport)),
    },
    { claim: 'every message to the workers arrived', holds: takings.every(({ special }) => special === 'stew') },
    {
      claim: 'every request was answered, both ways',
      holds: takings.length === workerCount && owner.requestsAnswered === booted + owner.messagesSent,
    },
    { claim: 'no process is left', holds: ![...pids].some(isAlive) },
  ];
}

function describe(owner: Owner, { first, second, ...story }: Story): readonly (readonly [string, string])[] {
  const answered = first.answered + second.answered;
  const rate = answered / (firstDuration / 1000);
  const lost = Math.max(0, unanswered(first) - connections);
  return [
    ['requests answered', `${count(answered)}, ${count(rate)}/s, 99 % within ${Math.max(first.p99, second.p99)} ms`],
    ['errors', `${first.errors + second.errors} broken connections, about ${lost} requests lost with them`],
    ['replacement', `ready ${count(story.replacementTime)} ms after SIGKILL`],
    ['messages', `${count(owner.messagesReceived)} from workers, ${owner.messagesSent} to workers`],
    ['requests', `${owner.requestsAnswered} asked by workers, ${owner.requestsAsked} asked by the primary`],
    ['shut down', `${story.pids.size} processes gone after ${count(story.shutDownTime)} ms`],
  ];
}

say(styleText('bold', 'phased-cluster: two HTTP workers under load, one is killed in the middle'));
await using owner = new Owner({ workerCount, workerScript: new URL('./worker.js', import.meta.url) });
const story = await run(owner);
const checks = check(owner, story);
say(formatReport({ rows: describe(owner, story), checks }));
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;
