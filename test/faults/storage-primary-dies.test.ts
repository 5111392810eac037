import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { LmdbStore } from '../../lib/lmdb.js';
import type { HistoryEvent } from '../support/history.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { Program } from '../support/program.js';
import { scratch } from '../support/scratch.js';
import { type Seeded, seeded } from '../support/seeded.js';
import { finalStateOf, historyIn, openArchive } from '../support/storage-archive.js';
import { checkStorage, type FinalState } from '../support/storage-checker.js';

/** How often the primary is killed in a test. */
const lives = Number(process.env.STORM_LIVES ?? 6);
const rounds = Number(process.env.STORM_ROUNDS ?? 2);

const directory = scratch();

/** A primary begins and is killed, some time after its workers are ready, or when it has hardly begun. */
async function liveAndDie(random: Seeded, args: readonly string[]): Promise<void> {
  await using program = new Program('keeper', [...args, `${random.integer(0, 2 ** 31)}`]);
  const isYoung = random.chance(0.25);
  const line = await program.line(isYoung ? 'opening' : 'ready', 30_000);
  // How long it lives is up to chance; nothing is waited for.
  await setTimeout(random.integer(isYoung ? 0 : 200, 800));
  program.kill('SIGKILL');
  // One that believes it holds a lock is not to meet the next life.
  await gone((line.match(/\d+/g) ?? []).map(Number), 10_000);
}

/** What is there when it is opened once more. */
async function finalState(path: string, folder: string): Promise<FinalState> {
  await using archive = await openArchive({ folder, store: new LmdbStore({ path }), workerCount: 0 });
  return await finalStateOf(archive.storage);
}

const ended = (history: readonly HistoryEvent[], op: string) =>
  history.filter(event => event.op === op && event.type === 'ok');

describe('a storage in lmdb, as the primary dies', () => {
  leavesNothingBehind();

  for (let round = 1; round <= rounds; round++) {
    it(`has all that was acknowledged, and nothing else, after each of many deaths, round ${round}`, async function () {
      this.timeout(120_000);
      await seeded(async random => {
        const [data, folder] = [directory(), directory()];
        mkdirSync(folder, { recursive: true });
        for (let life = 1; life <= lives; life++) {
          await liveAndDie(random, [data, folder, `p${life}`]);
          const final = await finalState(data, folder);

          expect(checkStorage(historyIn(folder), final), `after life ${life}`).to.deep.equal([]);
        }
        const history = historyIn(folder);
        expect(ended(history, 'set').length).to.be.greaterThan(lives);
        expect(risesByLives(history)).to.equal(true);
      });
    });
  }
});

/** Whether there are locks of several lives, and each life's have greater tokens than those of the lives before. */
function risesByLives(history: readonly HistoryEvent[]): boolean {
  const byLife = new Map<string, number[]>();
  for (const { process, token = 0 } of ended(history, 'lock')) {
    const life = process.split('w')[0] ?? '';
    byLife.set(life, [...(byLife.get(life) ?? []), token]);
  }
  const all = [...byLife.values()];
  return (
    all.length > 1 && all.every((tokens, at) => at === 0 || Math.min(...tokens) > Math.max(...(all[at - 1] ?? [])))
  );
}
