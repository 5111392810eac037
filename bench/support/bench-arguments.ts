import { parseArgs } from 'node:util';

/** What the command line of a benchmark says. */
export interface BenchArguments {
  /** How often everything is measured. */
  readonly rounds: number;
  /** Whether the table is printed as JSON, for programs. */
  readonly json: boolean;
  /** Whether a benchmark of one serialization is to take the other one. */
  readonly advanced: boolean;
  /** What is to be measured, of these. */
  readonly select: <T extends { readonly title: string }>(things: readonly T[]) => T[];
}

/**
 * Reads `--rounds 5`, for a quick look; `--only text`, for what has this title or, where nothing has, for all that has `text`
 * in its title, which may be given several times; `--json` and `--advanced`.
 */
export function benchArguments(defaultRounds: number): BenchArguments {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(defaultRounds) },
      only: { type: 'string', multiple: true, default: [''] },
      json: { type: 'boolean', default: false },
      advanced: { type: 'boolean', default: false },
    },
  });
  const { rounds, only, json, advanced } = values;
  return {
    rounds: Math.max(1, Number(rounds)),
    json,
    advanced,
    select: things => things.filter(thing => only.some(text => isMeant(thing.title, text, things))),
  };
}

function isMeant(title: string, text: string, things: readonly { readonly title: string }[]): boolean {
  const isTitle = things.some(other => other.title === text);
  return isTitle ? title === text : title.includes(text);
}
