/** Numbers that look random, and come again with the same seed (mulberry32). */
export class Seeded {
  readonly seed: number;
  #state: number;

  constructor(seed = freshSeed()) {
    this.seed = seed;
    this.#state = seed;
  }

  /** From 0 to just under 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  integer(lowest: number, highest: number): number {
    return lowest + Math.floor(this.next() * (highest - lowest + 1));
  }

  /** A whole number of any order of magnitude: as many between 10 and 100 as between 1000 and 10,000. */
  size(lowest: number, highest: number): number {
    return Math.round(lowest * (highest / lowest) ** this.next());
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.integer(0, values.length - 1)] ?? values[0];
  }

  /** A generator of its own for a part of the work, so that parts do not disturb each other. */
  branch(): Seeded {
    return new Seeded(this.integer(0, 2 ** 31));
  }
}

/** Calls `run` with random numbers; when it fails, the error names the seed with which it fails again: `SEED=… npx mocha …`. */
export async function seeded(run: (random: Seeded) => unknown): Promise<void> {
  const random = new Seeded();
  try {
    await run(random);
  } catch (error) {
    if (error instanceof Error) error.message = `(SEED=${random.seed} repeats this) ${error.message}`;
    throw error;
  }
}

function freshSeed(): number {
  const { SEED } = process.env;
  return SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(SEED);
}
