import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ExitNotes } from '../../lib/primary/exit-notes.js';

const last = { code: 1, signal: null, uptime: 50, rung: undefined, memory: undefined, stderr: undefined } as const;

describe('ExitNotes', () => {
  it('make the record of an exit, without what nobody knows', () => {
    const notes = new ExitNotes();
    notes.readyAt = 20;
    notes.error = { name: 'Error', message: 'no gas' };

    expect(notes.record(last)).to.deep.equal({
      ...{ code: 1, signal: null, uptime: 50, readyFor: 30, rung: undefined },
      ...{ cause: 'crash', expected: false, error: { name: 'Error', message: 'no gas' } },
    });
  });

  it('tell of memory and last lines, if they are known', () => {
    const exit = new ExitNotes().record({ ...last, memory: 7, stderr: ['no gas'] });

    expect(exit).to.deep.include({ memory: 7, stderr: ['no gas'], cause: 'boot' });
  });

  it('tell of a rung only if it was us who ended the process', () => {
    const notes = new ExitNotes();
    expect(notes.record({ ...last, rung: 'SIGTERM' }).rung).to.equal(undefined);
    notes.bootTimedOut = true;
    expect(notes.record({ ...last, rung: 'SIGTERM' })).to.include({ rung: 'SIGTERM', cause: 'bootTimeout' });
    notes.cause = 'drained';
    expect(notes.record({ ...last, rung: 'asked' })).to.include({ rung: 'asked', cause: 'drained', expected: true });
  });

  it('tell where a process hung', () => {
    const notes = new ExitNotes();
    notes.readyAt = 20;
    notes.hung(['spin (a:1:1)']);

    expect(notes.record({ ...last, rung: 'SIGKILL' })).to.deep.include({
      ...{ cause: 'hung', expected: false, rung: 'SIGKILL' },
      stack: ['spin (a:1:1)'],
    });
  });

  it('tell nothing of a stack that nobody knows, and of an end that was wanted as such', () => {
    const notes = new ExitNotes();
    notes.hung(undefined);
    expect(notes.record(last)).to.include({ cause: 'hung' }).and.not.to.have.property('stack');

    notes.cause = 'shutDown';
    expect(notes.record(last)).to.include({ cause: 'shutDown', expected: true });
  });
});
