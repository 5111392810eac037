import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Program } from '../support/program.js';

/** As the program `looping` has it. */
const intensity = 5;

describe('workers that crash again and again, soon after they were ready (fault 5)', () => {
  leavesNothingBehind();

  for (const workerCount of [1, 4]) {
    it(`are forked so often and no more, and the primary is idle then (${workerCount} of them)`, async function () {
      this.timeout(60_000);
      await using program = new Program('looping', ['idle', String(workerCount)]);

      expect(await program.ended(50_000)).to.deep.equal({ code: 0, signal: null });

      const number = async (word: string) => Number(await program.line(word));
      expect(await number('forks')).to.be.at.most(workerCount + intensity);
      expect(await number('later')).to.equal(await number('forks'));
      expect(await number('load')).to.be.lessThan(0.01);
      expect(program.printed.filter(line => line.startsWith('groupFailed'))).to.have.lengthOf(1);
    });
  }
});
