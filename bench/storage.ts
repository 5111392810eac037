/**
 * How fast is the shared storage? Against the same with plain `node:cluster`, `cluster-shared-memory`, and LMDB.
 *
 * One worker reads and writes a thousand small objects that the primary has. Raw is the most direct way: a Map in the
 * primary, a message each way for each request, and a Map of ids in the worker; its `update` may overwrite what others
 * write, and it cannot `peek`, so it asks, one at a time. LMDB is called directly, without another process in between, and
 * writes to the disk, which nobody else here does. In a fan-out the primary writes 100,000 times and tells 4 workers, which
 * count; ours are iterators over `watch`, raw is one message for each worker and change.
 *
 * Run: npm run build && node dist/bench/storage.js [--rounds 5] [--only title]… [--json]
 */
import { benchArguments } from './support/bench-arguments.js';
import { type Contest, compete, middle, middleRatio, type Outcome } from './support/contest.js';
import { CsmStorage } from './support/csm-storage.js';
import { LmdbStorage } from './support/lmdb-storage.js';
import { OurStorage } from './support/our-storage.js';
import { RawStorage } from './support/raw-storage.js';
import type { FanOutSide, StorageSide, StorageTask } from './support/storage-tasks.js';
import { printTable, type Row } from './support/table.js';
import { type Speed, throughput } from './support/throughput.js';

const { rounds, json, select } = benchArguments(7);
const changes = 100_000;
const watchers = 4;
/** A server is measured as it runs for hours: all sides have so many milliseconds to get there. */
const warmUpTime = 2_500;

const ours = await new OurStorage().ready;
const raw = await RawStorage.open();
const fan = { raw: await RawStorage.open(watchers), ours: await new OurStorage(watchers).ready };
const lmdb = await LmdbStorage.open();
const memory = await CsmStorage.open();
const sides = { ours, raw, 'cluster-shared-memory': memory, lmdb };
/** How many changes a worker has not seen, by side. */
const lost = { ours: 0, raw: 0 };

const contests = select([
  contest('peek (others but LMDB: get, one at a time)', 'peek', 1),
  contest('get, one at a time', 'get', 1),
  contest('get, 64 in flight', 'get', 64),
  contest('entry, 64 in flight (others: get)', 'entry', 64),
  contest('set, one at a time', 'set', 1),
  contest('set, 64 in flight', 'set', 64),
  contest('increment, one at a time', 'increment', 1),
  contest('increment, 64 in flight', 'increment', 64),
  contest('update, one at a time', 'update', 1),
  contest('update, 64 in flight', 'update', 64),
  {
    title: `100,000 changes to ${watchers} workers`,
    contestants: [
      { title: 'ours', measure: () => fanOut('ours') },
      { title: 'raw', measure: () => fanOut('raw') },
    ],
  },
]);

const outcomes = await compete(contests, rounds);
await Promise.all([ours, raw, fan.ours, fan.raw, lmdb, memory].map(side => side.destroy()));

printTable(
  {
    heading: `ratios, then thousands a second, then microseconds of computing in all processes for one; median of ${rounds} interleaved rounds, a ratio that of the rounds' ratios`,
    columns: {
      title: 'a small object, of 1000; ours is',
      cells: ['x raw', 'x c-s-m', 'x LMDB', 'ours k/s', 'raw k/s', 'c-s-m k/s', 'LMDB k/s', 'ours us', 'raw us'],
    },
    rows: outcomes.map(row),
    notes: [`changes that a worker has not seen, or not in order: ours ${lost.ours}, raw ${lost.raw}`],
  },
  { json },
);

function contest(title: string, task: StorageTask, inFlight: number): Contest<Speed> {
  const contestants = Object.entries(sides).map(([name, side]: [string, StorageSide]) => {
    const asked = task === 'peek' && (side === raw || side === memory) ? 'get' : task;
    const run = (times: number) => side.run({ task: asked, times, inFlight });
    return { title: name, measure: throughput(run, () => side.cpuTime(), warmUpTime) };
  });
  return { title, contestants };
}

async function fanOut(name: keyof typeof fan): Promise<Speed> {
  const side: FanOutSide & Pick<StorageSide, 'cpuTime'> = fan[name];
  const before = await side.cpuTime();
  const start = performance.now();
  const seen = await side.fanOut(changes);
  const time = performance.now() - start;
  for (const count of seen) lost[name] += changes - count;
  return { rate: changes / time, cpu: ((await side.cpuTime()) - before) / changes };
}

function row({ title, results }: Outcome<Speed>): Row {
  const [our, ...others] = Object.keys(sides).map(name => results.find(result => result.title === name)?.scores ?? []);
  const mine = our ?? [];
  const rate = (speed: Speed) => speed.rate;
  const cpu = (speed: Speed) => speed.cpu;
  return {
    title,
    cells: [
      ...others.map(scores => text(middleRatio(mine, scores, rate), 2)),
      ...[mine, ...others].map(scores => text(middle(scores, rate), 1)),
      ...[mine, others[0] ?? []].map(scores => text(middle(scores, cpu), 2)),
    ],
  };
}

function text(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits);
}
