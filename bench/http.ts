/**
 * How many requests does a server on several workers answer? With `serve`, with plain `node:cluster`, and in one process.
 *
 * Every side is a process of its own, as the scheduling policy is one for each process, and they are measured one after the
 * other. In the mode `rr` the primary accepts and hands connections over, under `none` the workers accept from one socket, and
 * with `reusePort`, which Node has since 23.1, each has a socket; `sticky` is this library's, by the client's port, and compared
 * with raw `rr`. The answers are as small as can be: what is measured is the way there. wrk (autocannon where it is not
 * installed) makes the load, and shares the processors with who answers.
 *
 * The second table is how evenly connections that stay open are spread over the workers.
 *
 * Run: npm run build && node dist/bench/http.js [--rounds 5] [--only title]… [--json]
 */
import { knowsReusePort } from '../lib/worker/listening.js';
import { benchArguments } from './support/bench-arguments.js';
import { type Contest, compete, middle, middleRatio, type Outcome } from './support/contest.js';
import { connections, type HttpScore, loadGenerator } from './support/http-load.js';
import type { HttpMode, HttpSide, HttpSideOptions } from './support/http-modes.js';
import { HttpProcess } from './support/http-process.js';
import { type Spread, spread } from './support/http-spread.js';
import { printTable, type Row } from './support/table.js';

const { rounds, json, select } = benchArguments(5);
const own = knowsReusePort(process.version) ? ['reusePort' as const] : [];
const modes: readonly HttpMode[] = ['rr', 'none', ...own, 'sticky'];
const crews = [2, 4];
const kinds = ['keep-alive', 'close'] as const;
const moments = ['at once', 'in turn'] as const;
type Kind = (typeof kinds)[number];
/** With the processors' time of all processes of the side for one request, in microseconds. */
type Score = HttpScore & { readonly cpu: number };
type Side = Omit<HttpSideOptions, 'port'>;
type Moment = (typeof moments)[number];

const generator = await loadGenerator();
const single = await HttpProcess.open({ side: 'single', mode: 'none', workerCount: 1 });
/** By title. */
const servers = new Map([['single', single]]);
for (const workerCount of crews) {
  for (const options of sidesOf(workerCount)) servers.set(titleOf(options), await HttpProcess.open(options));
}

const speeds = await compete(select(crews.flatMap(count => kinds.map(kind => speedContest(kind, count)))), rounds);
const spreads = await compete(select(crews.flatMap(count => moments.map(when => spreadContest(when, count)))), rounds);
await Promise.all([...servers.values()].map(server => server.close()));

const scores = speeds.flatMap(({ results }) => results.flatMap(result => result.scores));
const failed = scores.reduce((sum, score) => sum + score.failed, 0);
const speedCells = ['raw k/s', 'ours k/s', 'x raw', 'CPU x raw', 'x single', 'p99 ms'];
printTable(
  {
    heading: `${generator.name} with ${connections} connections, thousands of requests a second; median of ${rounds} interleaved rounds, a ratio that of the rounds' ratios`,
    columns: { title: 'keep-alive, then `Connection: close`', cells: kinds.flatMap(() => speedCells) },
    rows: crews.flatMap(count => modes.map(mode => speedRow(mode, count))),
    notes: [
      `one process: ${kinds.map(kind => `${singleRate(kind)} k/s ${kind}`).join(', ')}`,
      `requests without a good answer: ${failed}`,
    ],
  },
  { json },
);
process.stdout.write('\n');
printTable(
  {
    heading: `how many of ${connections} connections that stay open the least and the most loaded worker has; median of ${rounds} rounds`,
    columns: {
      title: 'opened at once, then each after the answer to the last',
      cells: moments.flatMap(() => ['raw', 'ours']),
    },
    rows: crews.flatMap(count => modes.map(mode => spreadRow(mode, count))),
  },
  { json },
);

/** Who competes with so many workers. Plain `node:cluster` has nothing sticky. */
function sidesOf(workerCount: number): Side[] {
  return modes.flatMap(mode => {
    const sides: readonly HttpSide[] = mode === 'sticky' ? ['ours'] : ['raw', 'ours'];
    return sides.map(side => ({ side, mode, workerCount }));
  });
}

function titleOf({ side, mode, workerCount }: Side): string {
  return `${side} ${mode} ${workerCount}`;
}

function speedContest(kind: Kind, workerCount: number): Contest<Score> {
  const sides = sidesOf(workerCount).map(titleOf);
  return {
    title: `${kind}, ${workerCount} workers`,
    contestants: ['single', ...sides].map(title => ({ title, measure: measureSpeed(title, kind) })),
  };
}

/** What was never asked is asked for a while before. */
function measureSpeed(title: string, kind: Kind): () => Promise<Score> {
  let isWarm = false;
  return async () => {
    const server = serverOf(title);
    const load = { port: server.port, keepAlive: kind === 'keep-alive' };
    if (!isWarm) await generator.run(load);
    isWarm = true;
    const before = await server.cpuTime();
    const score = await generator.run(load);
    return { ...score, cpu: ((await server.cpuTime()) - before) / score.answered };
  };
}

function speedRow(mode: HttpMode, workerCount: number): Row {
  const rate = (score: Score) => score.rate;
  const cells = kinds.flatMap(kind => {
    const outcome = speeds.find(({ title }) => title === `${kind}, ${workerCount} workers`);
    const one = scoresOf(outcome, 'single');
    const raw = scoresOf(outcome, titleOf({ side: 'raw', mode: mode === 'sticky' ? 'rr' : mode, workerCount }));
    const ours = scoresOf(outcome, titleOf({ side: 'ours', mode, workerCount }));
    const ratios = [
      middleRatio(ours, raw, rate),
      middleRatio(ours, raw, score => score.cpu),
      middleRatio(ours, one, rate),
    ];
    const rates = [middle(raw, rate), middle(ours, rate)];
    return [
      ...rates.map(value => text(value)),
      ...ratios.map(value => text(value, 2)),
      text(middle(ours, score => score.p99)),
    ];
  });
  return { title: `${mode}, ${workerCount} workers`, cells };
}

function singleRate(kind: Kind): string {
  const outcomes = speeds.filter(({ title }) => title.startsWith(kind));
  return text(
    middle(
      outcomes.flatMap(outcome => scoresOf(outcome, 'single')),
      score => score.rate,
    ),
  );
}

function spreadContest(when: Moment, workerCount: number): Contest<Spread> {
  const sides = sidesOf(workerCount).map(titleOf);
  const atOnce = when === 'at once';
  return {
    title: `spread ${when}, ${workerCount} workers`,
    contestants: sides.map(title => ({
      title,
      measure: () => spread({ port: serverOf(title).port, connections, workerCount, atOnce }),
    })),
  };
}

function spreadRow(mode: HttpMode, workerCount: number): Row {
  const cells = moments.flatMap(when => {
    const outcome = spreads.find(({ title }) => title === `spread ${when}, ${workerCount} workers`);
    return (['raw', 'ours'] as const).map(side => {
      const scores = scoresOf(outcome, titleOf({ side, mode, workerCount }));
      const [least, most] = [middle(scores, score => score.least), middle(scores, score => score.most)];
      return scores.length === 0 ? '' : `${least}-${most}`;
    });
  });
  return { title: `${mode}, ${workerCount} workers`, cells };
}

function serverOf(title: string): HttpProcess {
  return servers.get(title) ?? single;
}

function scoresOf<S>(outcome: Outcome<S> | undefined, title: string): readonly S[] {
  return outcome?.results.find(result => result.title === title)?.scores ?? [];
}

function text(value: number, digits = 1): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits);
}
