import { median } from './median.js';

/** Takes one measurement. */
export type Measurement = () => Promise<number>;

/** The same thing, done by hand with `node:cluster` and done with this library. */
export interface Duel {
  readonly title: string;
  readonly raw: Measurement;
  readonly ours: Measurement;
}

/** What came of a {@link Duel}. */
export interface Outcome {
  readonly title: string;
  readonly raw: number;
  readonly ours: number;
  /** Ours by raw: the median of what the rounds gave, since a noisy machine slows both down in the same round. */
  readonly ratio: number;
}

/**
 * Runs every duel once in every round, and tells the medians.
 *
 * Who begins changes from round to round, so that neither always finds the other's garbage.
 */
export async function fight(duels: readonly Duel[], rounds: number): Promise<Outcome[]> {
  const scores = duels.map(duel => ({ duel, raw: [] as number[], ours: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { duel, raw, ours } of scores) {
      if (round % 2 === 0) raw.push(await duel.raw());
      ours.push(await duel.ours());
      if (round % 2 === 1) raw.push(await duel.raw());
    }
  }
  return scores.map(({ duel: { title }, raw, ours }) => {
    const ratios = ours.map((figure, round) => figure / (raw[round] ?? Number.NaN));
    return { title, raw: median(raw), ours: median(ours), ratio: median(ratios) };
  });
}
