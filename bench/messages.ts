/**
 * How many messages and requests a second go between processes? Against the same with plain `node:cluster`, by JSON.
 *
 * Raw is the most direct way: `send` without a callback, a switch on the type, a Map of ids for requests. Ours is the whole
 * public API: a promise for every send, phases, dispatch to a method. Both make a new message each time, and after every
 * 1000 sends wait until the last was taken, so that no queue grows without limit. One way is counted at the receiver, which
 * tells when the last has come; an echo is counted when its answer is here. A broadcast counts once, whoever receives it.
 *
 * Run: npm run build && node dist/bench/messages.js [--rounds 5] [--only text]
 */
import { benchArguments } from './support/bench-arguments.js';
import { type Duel, fight } from './support/duel.js';
import { OurPrimary } from './support/our-primary.js';
import { broadcastRaw, RawLine } from './support/raw-primary.js';
import { printTable } from './support/table.js';
import { type Run, throughput } from './support/throughput.js';
import { longNote } from './support/traffic.js';

const { rounds, wanted } = benchArguments(9);

const ours = await new OurPrimary(2).ready;
const oursAdvanced = await new OurPrimary(1, 'advanced').ready;
const raw = await RawLine.open();
const otherRaw = await RawLine.open();
const rawAdvanced = await RawLine.open('advanced');

const duels = [
  duel(
    'primary to worker',
    times => raw.pour(times),
    times => ours.pour(times),
  ),
  duel(
    'primary to worker, by handle.send()',
    times => raw.pour(times),
    times => ours.pourByHandle(times),
  ),
  duel(
    'worker to primary',
    times => raw.draw(times),
    times => ours.draw(times),
  ),
  duel(
    'primary to 2 workers',
    times => broadcastRaw([raw, otherRaw], times),
    times => ours.broadcast(times),
  ),
  ...[1, 64, 1000].map(inFlight => {
    return duel(
      `echo, ${inFlight} in flight`,
      times => raw.ask(times, inFlight),
      times => ours.ask(times, inFlight),
    );
  }),
  duel(
    '1 KiB, json',
    times => raw.pour(times, longNote),
    times => ours.pour(times, longNote),
  ),
  duel(
    '1 KiB, advanced (raw: json)',
    times => raw.pour(times, longNote),
    times => oursAdvanced.pour(times, longNote),
  ),
  duel(
    '1 KiB, advanced (raw: advanced)',
    times => rawAdvanced.pour(times, longNote),
    times => {
      return oursAdvanced.pour(times, longNote);
    },
  ),
].filter(({ title }) => wanted(title));

const outcomes = await fight(duels, rounds);
await Promise.all([ours, oursAdvanced].map(primary => primary.destroy()));
await Promise.all([raw, otherRaw, rawAdvanced].map(line => line.close()));

printTable(
  `thousands a second, median of ${rounds} interleaved rounds; the ratio is the median of the rounds' ratios`,
  { title: 'small message, unless it says', cells: ['raw', 'ours', 'x raw'] },
  outcomes.map(({ title, raw, ours, ratio }) => {
    return { title, cells: [raw.toFixed(1), ours.toFixed(1), ratio.toFixed(2)] };
  }),
);

function duel(title: string, byHand: Run, byLibrary: Run): Duel {
  return { title, raw: throughput(byHand), ours: throughput(byLibrary) };
}
