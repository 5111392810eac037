import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { Program } from '../support/program.js';

describe('signals', () => {
  leavesNothingBehind();

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`${signal} ends the program gracefully, with code 0`, async () => {
      await using program = new Program('program');
      const pids = pidsIn(await program.line('ready'));

      program.kill(signal);

      expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
      expect(program.printed.slice(-4)).to.deep.equal(['shutDown', ...exits('shutDown 0 null'), 'shutDownComplete']);
      await gone(pids, 0);
    });

    it(`${signal} to the whole process group, as from a terminal, does the same`, async () => {
      await using program = new Program('program');
      const pids = pidsIn(await program.line('ready'));

      program.killGroup(signal);

      expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
      expect(program.printed).not.to.include('replace');
      expect(program.printed.slice(-1)).to.deep.equal(['shutDownComplete']);
      await gone(pids, 0);
    });

    it(`${signal} to the whole process group lets handlers finish`, async () => {
      await using program = new Program('program', ['work']);
      await program.line('busy');

      program.killGroup(signal);

      expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
      expect(program.printed.filter(line => line.startsWith('simmered'))).to.have.length(2);
    });
  }

  it('a second signal forces the end, with 128 and its number', async () => {
    await using program = new Program('program', ['hang']);
    const pids = pidsIn(await program.line('ready'));

    program.kill('SIGINT');
    await program.line('shutDown');
    program.kill('SIGTERM');

    expect(await program.ended()).to.deep.equal({ code: 143, signal: null });
    await gone(pids, 1_000);
  });

  for (const kill of ['kill', 'killGroup'] as const) {
    it(`one signal (${kill}) ends all primaries of a program, gracefully`, async () => {
      await using program = new Program('two-primaries');
      const pids = pidsIn(await program.line('ready'));

      program[kill]('SIGTERM');

      expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
      const both = ['left shutDown', 'left complete', 'right shutDown', 'right complete'];
      expect(program.printed.slice(1)).to.have.members(both);
      await gone(pids, 0);
    });
  }

  it('a second signal forces all primaries of a program', async () => {
    await using program = new Program('two-primaries', ['hang']);
    const pids = pidsIn(await program.line('ready'));

    program.kill('SIGTERM');
    await program.line('left complete');
    program.kill('SIGINT');

    expect(await program.ended()).to.deep.equal({ code: 130, signal: null });
    expect(program.printed.slice(1)).to.have.members(['left shutDown', 'left complete', 'right shutDown']);
    await gone(pids, 1_000);
  });

  it('a signal while workers start ends them too', async () => {
    await using program = new Program('program', ['boot']);
    await program.line('initializing');

    program.killGroup('SIGINT');
    await program.line('shutDown');

    expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
    expect(program.printed).not.to.include('replace');
    await gone(program.printed.filter(line => line.startsWith('forked')).flatMap(pidsIn));
  });
});

function pidsIn(line: string): number[] {
  return (line.match(/\d+/g) ?? []).map(Number);
}

function exits(how: string): string[] {
  return [`exit ${how}`, `exit ${how}`];
}
