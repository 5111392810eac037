/**
 * Why are the constants of `lib/channel/outbox-rules.ts` what they are? Each with some values around it, the others fixed.
 *
 * Two processes talk by the peers of `lib/channel`; both have the same rules. What a constant bears on is measured, with messages
 * of a size that makes it matter. A ratio under 1.1 is a tie on a noisy machine: of tied values the smaller is right, since it
 * takes less memory and delays less.
 *
 * Run: npm run build && node dist/bench/outbox.js [--rounds 5] [--only mostFrames]… [--advanced]
 */
import { defaultRules, type OutboxRules } from '../lib/channel/outbox-rules.js';
import { benchArguments } from './support/bench-arguments.js';
import { type Contest, compete, middle, middleRatio, type Outcome } from './support/contest.js';
import { PeerPair } from './support/peer-pair.js';
import { printTable, type Row } from './support/table.js';
import { type Speed, throughput } from './support/throughput.js';
import { kibibyte, type Load, small } from './support/traffic.js';

/** What is done to see what comes of a value. */
interface Task {
  readonly title: string;
  readonly run: (pair: PeerPair, times: number) => Promise<void>;
}

/** A constant, the values it is tried with, and what it bears on. */
interface Question {
  readonly title: keyof OutboxRules;
  readonly values: readonly number[];
  readonly tasks: readonly Task[];
}

const kib = 1024;
const fourKib = sized(4);
const twelveKib = sized(12);
const fortyKib = sized(40);

const questions: readonly Question[] = [
  { title: 'mostFrames', values: [64, 128, 256, 512, 1024], tasks: [pour(), ask(1000), ask(64)] },
  {
    title: 'mostBytes',
    values: [16, 32, 64, 128, 256].map(size => size * kib),
    tasks: [pour(), pour('1 KiB', kibibyte), pour('4 KiB', fourKib), ask(64, '1 KiB', kibibyte)],
  },
  {
    title: 'aloneBytes',
    values: [2, 8, 16, 32, 64].map(size => size * kib),
    tasks: [
      pour('4 KiB', fourKib),
      pour('12 KiB', twelveKib),
      pour('40 KiB', fortyKib),
      ask(64, '4 KiB', fourKib),
      ask(64, '12 KiB', twelveKib),
      ask(64, '40 KiB', fortyKib),
    ],
  },
  {
    title: 'mostWrites',
    values: [1, 2, 4, 8, 16],
    tasks: [pour(), pour('1 KiB', kibibyte), pour('40 KiB', fortyKib), ask(1000), ask(1000, '1 KiB', kibibyte)],
  },
  {
    title: 'enoughFrames',
    values: [8, 16, 32, 64, 128],
    tasks: [ask(16), ask(64), ask(256), ask(64, '1 KiB', kibibyte)],
  },
  { title: 'mostGathered', values: [16, 32, 64, 128, 256], tasks: [ask(64), ask(128), ask(256), ask(1000)] },
];

const { rounds, advanced, select } = benchArguments(5);
const serialization = advanced ? 'advanced' : 'json';

for (const question of select(questions)) {
  const outcomes = await answer(question);
  const inUse = defaultRules[question.title];
  printTable({
    heading: `${serialization}, thousands a second with the value in use, and ratios to it; median of ${rounds} interleaved rounds`,
    columns: { title: question.title, cells: [`k/s, ${inUse}`, ...question.values.map(String)] },
    rows: outcomes.map(outcome => row(outcome, question)),
  });
  process.stdout.write('\n');
}

async function answer({ title, values, tasks }: Question): Promise<Outcome<Speed>[]> {
  const pairs = await Promise.all(
    values.map(async value => {
      const rules = { ...defaultRules, [title]: value };
      return { title: String(value), pair: await PeerPair.open({ serialization, rules }) };
    }),
  );
  const contests = tasks.map((task): Contest<Speed> => {
    const contestants = pairs.map(({ title, pair }) => {
      return { title, measure: throughput(times => task.run(pair, times)) };
    });
    return { title: task.title, contestants };
  });
  const outcomes = await compete(contests, rounds);
  await Promise.all(pairs.map(({ pair }) => pair.close()));
  return outcomes;
}

function row({ title, results }: Outcome<Speed>, question: Question): Row {
  const rate = (speed: Speed) => speed.rate;
  const inUse = results.find(result => result.title === String(defaultRules[question.title]))?.scores ?? [];
  const ratios = results.map(({ scores }) => middleRatio(scores, inUse, rate).toFixed(2));
  return { title, cells: [middle(inUse, rate).toFixed(1), ...ratios] };
}

function pour(size = '80 B', load: Load = small): Task {
  return { title: `one way, ${size}`, run: (pair, times) => pair.pour(times, load) };
}

function ask(inFlight: number, size = '80 B', load: Load = small): Task {
  return { title: `echo, ${inFlight} in flight, ${size}`, run: (pair, times) => pair.ask(times, inFlight, load) };
}

function sized(kibibytes: number): Load {
  return { note: 'no salt '.repeat((kibibytes * kib) / 8 - 10), burst: Math.ceil(4096 / kibibytes) };
}
