import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Schedule } from '../support/schedule.js';
import { Seeded } from '../support/seeded.js';

/** `SCHEDULES=1000 npx mocha …` runs that many; `SEED=…` begins with the one that failed. */
const count = Number(process.env.SCHEDULES ?? 100);
const atOnce = 6;

describe('random schedules', function () {
  this.timeout(Math.max(120_000, count * 3_000));
  leavesNothingBehind();

  it(`end ${count} times with exactly the workers that are wanted, or none`, async () => {
    const seeds = new Seeded();
    const first = process.env.SEED === undefined ? [] : [Number(process.env.SEED)];
    const queue = [...first, ...Array.from({ length: count - first.length }, () => seeds.integer(0, 2 ** 31))];
    const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, () => runAll(queue)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  });
});

/** Runs one after the other; several of these share a queue. */
async function runAll(queue: number[]): Promise<void> {
  for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
    const schedule = new Schedule(new Seeded(seed));
    try {
      await schedule.run();
    } catch (error) {
      queue.length = 0;
      const told = error instanceof Error ? error.message : String(error);
      throw new Error(`(SEED=${seed} repeats this) ${told}\n${schedule.script.join('\n')}`, { cause: error });
    }
  }
}
