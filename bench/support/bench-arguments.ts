import { parseArgs } from 'node:util';

/** What the command line of a benchmark says. */
export interface BenchArguments {
  /** How often everything is measured. */
  readonly rounds: number;
  /** Whether a thing of this title is measured. */
  readonly wanted: (title: string) => boolean;
}

/** Reads `--rounds 5`, for a quick look, and `--only text`, for a profile of what has `text` in its title. */
export function benchArguments(defaultRounds: number): BenchArguments {
  const { values } = parseArgs({ options: { rounds: { type: 'string' }, only: { type: 'string' } } });
  const { rounds = defaultRounds, only = '' } = values;
  return { rounds: Math.max(1, Number(rounds)), wanted: title => title.includes(only) };
}
