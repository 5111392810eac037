/**
 * How many messages and requests a second go between processes? Against the same with plain `node:cluster`.
 *
 * Raw is the most direct way: `send` without a callback, a switch on the type, a Map of ids for requests. Ours is the whole
 * public API: a promise for every send, phases, dispatch to a method. Both make a new message each time, and after every
 * 1000 sends (fewer large ones) wait until the last was taken, so that no queue grows without limit. One way is counted at
 * the receiver, which tells when the last has come; an echo is counted when its answer is here. A broadcast counts once,
 * whoever receives it. The cost is what the primary and its workers computed, user and system time, by messages.
 *
 * Run: npm run build && node dist/bench/messages.js [--rounds 5] [--only title]… [--json]
 */
import { benchArguments } from './support/bench-arguments.js';
import { compete } from './support/contest.js';
import { type Duel, duel, duelColumns, duelRow, openDuel } from './support/duel.js';
import { printTable } from './support/table.js';
import { binary, kibibyte, large } from './support/traffic.js';

const { rounds, json, select } = benchArguments(9);

const pair = await openDuel(2);
const four = await openDuel(4);
const advanced = await openDuel(1, 'advanced');
/** What is sent in advanced serialization, and by raw in JSON, its fastest. */
const mixed: Duel = { raw: pair.raw, ours: advanced.ours };

const contests = select([
  duel('primary to worker', pair, (side, times) => side.pour(times)),
  duel('primary to worker, by handle.send()', pair, (side, times) => {
    return side === pair.ours ? pair.ours.pourByHandle(times) : side.pour(times);
  }),
  duel('worker to primary', pair, (side, times) => side.draw(times)),
  duel('primary to 2 workers', pair, (side, times) => side.broadcast(times)),
  duel('primary to 4 workers', four, (side, times) => side.broadcast(times)),
  duel('primary to 2 workers in turn', pair, (side, times) => side.pourInTurn(times)),
  ...[1, 64, 1000].map(inFlight => {
    return duel(`echo, ${inFlight} in flight`, pair, (side, times) => side.ask(times, inFlight));
  }),
  duel('1 KiB, json', pair, (side, times) => side.pour(times, kibibyte)),
  duel('1 KiB, advanced (raw: json)', mixed, (side, times) => side.pour(times, kibibyte)),
  duel('1 KiB, advanced', advanced, (side, times) => side.pour(times, kibibyte)),
  duel('64 KiB, json', pair, (side, times) => side.pour(times, large)),
  duel('64 KiB, advanced', advanced, (side, times) => side.pour(times, large)),
  duel('64 KiB echo, 64 in flight, json', pair, (side, times) => side.ask(times, 64, large)),
  duel('1 MiB binary, advanced', advanced, (side, times) => side.pour(times, binary)),
  duel('small, advanced', advanced, (side, times) => side.pour(times)),
  duel('echo, 64 in flight, advanced', advanced, (side, times) => side.ask(times, 64)),
]);

const outcomes = await compete(contests, rounds);
await Promise.all([pair, four, advanced].flatMap(({ raw, ours }) => [raw.destroy(), ours.destroy()]));

printTable(
  {
    heading: `thousands a second, and microseconds of computing in all processes for one; median of ${rounds} interleaved rounds, a ratio that of the rounds' ratios`,
    columns: { title: 'small message, unless it says', cells: duelColumns },
    rows: outcomes.map(duelRow),
  },
  { json },
);
