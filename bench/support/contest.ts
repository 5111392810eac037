import { median } from './median.js';

/** One way to do a thing. */
export interface Contestant<S> {
  readonly title: string;
  /** Takes one measurement. */
  readonly measure: () => Promise<S>;
}

/** The same thing, done in several ways; the first is what the others are compared with. */
export interface Contest<S> {
  readonly title: string;
  readonly contestants: readonly Contestant<S>[];
}

/** What the rounds gave. */
export interface Outcome<S> {
  readonly title: string;
  readonly results: readonly { readonly title: string; readonly scores: readonly S[] }[];
}

/**
 * Runs every contest once in every round.
 *
 * Who begins changes from round to round, and so does the direction, so that nobody always finds the same predecessor's garbage.
 */
export async function compete<S>(contests: readonly Contest<S>[], rounds: number): Promise<Outcome<S>[]> {
  const tasks = contests.map(({ title, contestants }) => ({ title, runners: contestants.map(enrol) }));
  for (let round = 0; round < rounds; round++) {
    for (const { runners } of tasks) {
      const first = round % runners.length;
      const order = [...runners.slice(first), ...runners.slice(0, first)];
      for (const { measure, scores } of round % 2 === 0 ? order : order.reverse()) {
        scores.push(await measure());
      }
    }
  }
  return tasks.map(({ title, runners }) => ({ title, results: runners }));
}

/** The median of a figure of the rounds. */
export function middle<S>(scores: readonly S[], figure: (score: S) => number): number {
  return median(scores.map(figure));
}

/** The median of what the rounds' ratios were: a noisy machine slows both down in the same round. */
export function middleRatio<S>(scores: readonly S[], base: readonly S[], figure: (score: S) => number): number {
  return median(
    scores.map((score, round) => {
      const other = base[round];
      return other === undefined ? Number.NaN : figure(score) / figure(other);
    }),
  );
}

function enrol<S>({ title, measure }: Contestant<S>): Contestant<S> & { readonly scores: S[] } {
  return { title, measure, scores: [] };
}
