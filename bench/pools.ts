/**
 * How many tasks a second go through a pool of two workers? Plain `node:cluster`, this library, and pools from npm.
 *
 * The task is the least there is: an object of about 80 bytes goes in, the same comes out. So what is measured is the way
 * there and back. Every pool is used as its documentation says, with its defaults, but for exactly two workers; each lane asks
 * again as soon as it is answered. A thread shares the memory of its process, and dies with it: that is another kind of pool.
 *
 * Run: npm run build && node dist/bench/pools.js [--rounds 5] [--only title]… [--json]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { benchArguments } from './support/bench-arguments.js';
import { type Contest, compete, middle, middleRatio, type Outcome } from './support/contest.js';
import { ourTitle, type Pool, pools, type RunningPool } from './support/pools.js';
import { printTable } from './support/table.js';
import { type Speed, throughput } from './support/throughput.js';

/** How many tasks are in flight. */
const loads = [64, 1, 1000];
/** In milliseconds. */
const closeTimeout = 5_000;
const { rounds, json, select } = benchArguments(7);

const open: { readonly pool: Pool; readonly running: RunningPool }[] = [];
for (const pool of select(pools)) open.push({ pool, running: await pool.open() });
const outcomes = await compete(loads.map(contest), rounds);

const rows = open.map(({ pool: { title } }) => ({ title, cells: outcomes.flatMap(outcome => cells(outcome, title)) }));
printTable(
  {
    heading: `thousand tasks a second, 2 workers; median of ${rounds} interleaved rounds, a ratio that of the rounds' ratios`,
    columns: { title: 'tasks in flight', cells: loads.flatMap(load => [`${load}`, 'x raw']) },
    rows: rows.sort((left, right) => Number(right.cells[0]) - Number(left.cells[0])),
    notes: againstProcesses(),
  },
  { json },
);
// Not every pool ends by itself on every Node. None of their workers outlives its channel.
await Promise.race([Promise.allSettled(open.map(({ running }) => running.close())), delay(closeTimeout)]);
process.exit();

function contest(inFlight: number): Contest<Speed> {
  const contestants = open.map(({ pool: { title }, running }) => {
    return { title, measure: throughput(times => running.ask(times, inFlight)) };
  });
  return { title: `${inFlight} in flight`, contestants };
}

function cells(outcome: Outcome<Speed>, title: string): string[] {
  const scores = scoresOf(outcome, title);
  const [first] = outcome.results;
  return [middle(scores, rate).toFixed(1), middleRatio(scores, first?.scores ?? [], rate).toFixed(2)];
}

/** What a library for processes is to be measured by. */
function againstProcesses(): string[] {
  const [busy] = outcomes;
  const ours = busy === undefined ? [] : scoresOf(busy, ourTitle);
  if (busy === undefined || ours.length === 0) return [];

  return open
    .filter(({ pool }) => pool.kind === 'processes')
    .map(({ pool: { title } }) => ({ title, ratio: middleRatio(ours, scoresOf(busy, title), rate) }))
    .sort((left, right) => left.ratio - right.ratio)
    .slice(0, 1)
    .map(({ title, ratio }) => {
      return `ours against the best process pool, ${busy.title}: ${ratio.toFixed(2)} x ${title}`;
    });
}

function scoresOf({ results }: Outcome<Speed>, title: string): readonly Speed[] {
  return results.find(result => result.title === title)?.scores ?? [];
}

function rate(speed: Speed): number {
  return speed.rate;
}
