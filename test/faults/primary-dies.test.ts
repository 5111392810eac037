import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { Program } from '../support/program.js';

describe('a primary that dies (faults 20 and 21)', () => {
  leavesNothingBehind();

  for (let round = 1; round <= 20; round++) {
    it(`by SIGKILL leaves no idle worker behind for a second, round ${round}`, async () => {
      await using program = new Program('program');
      const pids = pidsIn(await program.line('ready'));

      program.kill('SIGKILL');

      await gone(pids, 1_000);
    });
  }

  it('by SIGKILL lets workers finish what they have begun', async () => {
    await using program = new Program('program', ['work']);
    const pids = pidsIn(await program.line('ready'));
    await program.line('busy');

    program.kill('SIGKILL');
    await program.ended();

    expect(program.printed.filter(line => line.startsWith('simmered'))).to.have.length(2);
    await gone(pids, 1_000);
  });

  for (let round = 1; round <= 5; round++) {
    it(`by SIGKILL leaves no worker behind that waits for its port, round ${round}`, async () => {
      await using program = new Program('program', ['listen']);

      await program.ended();

      await gone(program.printed.filter(line => line.startsWith('forked')).flatMap(pidsIn), 1_000);
    });
  }

  it('by an uncaught error has a code that is not 0, and leaves no worker behind', async () => {
    await using program = new Program('program', ['throw']);
    const pids = pidsIn(await program.line('ready'));

    expect(await program.ended()).to.deep.equal({ code: 1, signal: null });
    expect(program.stderr).to.contain('the primary has a bug');
    await gone(pids, 1_000);
  });
});

function pidsIn(line: string): number[] {
  return (line.match(/\d+/g) ?? []).map(Number);
}
