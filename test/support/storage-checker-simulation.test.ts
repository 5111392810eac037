import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Seeded, seeded } from './seeded.js';
import { checkStorage, type FindingKind } from './storage-checker.js';
import type { Bug } from './storage-checker-model.js';
import { simulate } from './storage-checker-simulation.js';

/** What each bug is to be called; what else is found is what follows from it. */
const bugs: Record<Bug, readonly FindingKind[]> = {
  'acknowledges a write and forgets it': ['lostWrite'],
  'creates what is there': ['impossibleSuccess'],
  'ignores a version': ['impossibleSuccess'],
  'updates what has changed': ['lostUpdate'],
  'counts nothing': ['brokenCounter'],
  'counts twice': ['brokenCounter'],
  'answers with what was': ['staleGet'],
  'keeps a replica back': ['readBackwards'],
  'makes something up': ['phantom'],
  'does what it refused': ['phantom'],
  'gives a version twice': ['duplicateVersion'],
  'gives a lesser version': ['versionOrder'],
  'gives a lock to two': ['twoHolders'],
  'gives a token twice': ['tokenOrder'],
  'leaves a change out': ['watchGap'],
  'tells of a change twice': ['watchRepetition'],
  'turns changes round': ['watchOrder'],
  'shows half of a transaction': ['halfTransaction'],
  'does half of a transaction': ['halfTransaction'],
};

describe('checkStorage, on simulated clusters', () => {
  it('finds nothing wrong with 200 histories of a correct store', async () => {
    const seeds = new Seeded();
    for (let round = 0; round < 200; round++) {
      const seed = seeds.integer(0, 2 ** 31);
      const { history, final } = simulate({ random: new Seeded(seed) });

      expect(checkStorage(history, final), `simulate with seed ${seed}`).to.deep.equal([]);
    }
  }).timeout(60_000);

  it('is given histories in which workers and primaries die at work', () => {
    const histories = Array.from({ length: 100 }, (_, seed) => simulate({ random: new Seeded(seed) }).history);

    const outcomes = new Set(histories.flat().map(({ op, type }) => `${op} ${type}`));
    expect(outcomes).to.include.all.keys('death ok', 'increment unknown', 'update unknown', 'transaction unknown');
    expect(outcomes).to.include.all.keys('set fail', 'create fail', 'delete fail', 'unlock fail', 'watch ok');
  }).timeout(60_000);

  for (const bug of Object.keys(bugs) as Bug[]) {
    it(`notices a store that ${bug}`, () => seeded(random => strikeOften(random, bug))).timeout(60_000);
  }
});

/** Lets the bug strike at one of its chances in each of several histories; it is found wherever it has an effect. */
function strikeOften(random: Seeded, bug: Bug): void {
  let effects = 0;
  for (let attempt = 0; attempt < 100 && effects < 10; attempt++) {
    const seed = random.integer(0, 2 ** 31);
    const options = { zombies: false, steps: 30 };
    const chances = simulate({ ...options, random: new Seeded(seed) }).mischief.chances.get(bug) ?? 0;
    if (chances === 0) continue;

    const at = random.integer(0, chances - 1);
    const { history, final, mischief } = simulate({ ...options, random: new Seeded(seed), bug, at });
    if (!mischief.hasEffect) continue;

    effects++;
    const kinds = checkStorage(history, final).map(({ kind }) => kind);
    expect(kinds, `simulate with seed ${seed}, bug at ${at}`).to.include.members([...bugs[bug]]);
  }
  expect(effects).to.equal(10);
}
