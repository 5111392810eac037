import { type Contest, middle, middleRatio, type Outcome } from './contest.js';
import type { RawSerialization } from './fork-raw.js';
import { OurPrimary } from './our-primary.js';
import { RawPrimary } from './raw-primary.js';
import type { Side } from './side.js';
import type { Row } from './table.js';
import { type Speed, throughput } from './throughput.js';

/** Plain `node:cluster` against this library, with as many workers each. */
export interface Duel {
  readonly raw: RawPrimary;
  readonly ours: OurPrimary;
}

/** Starts both sides; resolves once their workers are ready. */
export async function openDuel(workerCount: number, serialization: RawSerialization = 'json'): Promise<Duel> {
  const raw = await RawPrimary.open(workerCount, serialization);
  return { raw, ours: await new OurPrimary(workerCount, serialization).ready };
}

/** The same task for both sides. */
export function duel(
  title: string,
  { raw, ours }: Duel,
  task: (side: Side, times: number) => Promise<void>,
): Contest<Speed> {
  const contestant = (title: string, side: Side) => {
    return {
      title,
      measure: throughput(
        times => task(side, times),
        () => side.cpuTime(),
      ),
    };
  };
  return { title, contestants: [contestant('raw', raw), contestant('ours', ours)] };
}

/** The columns of {@link duelRow}. */
export const duelColumns = ['raw k/s', 'ours k/s', 'x raw', 'raw us', 'ours us', 'x raw us'];

/** What both did in thousands a second and in microseconds of computing for one, and ours by raw. */
export function duelRow({ title, results }: Outcome<Speed>): Row {
  const [raw = [], ours = []] = results.map(({ scores }) => scores);
  const cells = [({ rate }: Speed) => rate, ({ cpu }: Speed) => cpu].flatMap((figure, index) => {
    const digits = index === 0 ? 1 : 2;
    return [
      middle(raw, figure).toFixed(digits),
      middle(ours, figure).toFixed(digits),
      middleRatio(ours, raw, figure).toFixed(2),
    ];
  });
  return { title, cells };
}
