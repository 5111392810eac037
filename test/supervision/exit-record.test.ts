import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type ExitCause, type ExitFacts, exitRecord, type StopCause } from '../../lib/supervision/exit-record.js';

const lived: ExitFacts = { code: 0, signal: null, uptime: 50, wasReady: true };

describe('exitRecord', () => {
  const unasked: readonly (readonly [string, Partial<ExitFacts>, ExitCause])[] = [
    ['exits with 0', {}, 'clean'],
    ['exits with another code', { code: 1 }, 'crash'],
    ['is killed', { code: null, signal: 'SIGKILL' }, 'signal'],
    ['aborts because its heap is full', { code: null, signal: 'SIGABRT' }, 'oom'],
    ['crashes before it is ready', { code: 1, wasReady: false }, 'boot'],
    ['exits with 0 before it is ready', { wasReady: false }, 'boot'],
    ['is killed before it is ready', { code: null, signal: 'SIGKILL', wasReady: false }, 'boot'],
    [
      'is killed because it is not ready in time',
      { code: null, signal: 'SIGKILL', wasReady: false, bootTimedOut: true },
      'bootTimeout',
    ],
    ['is killed because it hangs', { code: null, signal: 'SIGKILL', intent: 'hung' }, 'hung'],
  ];
  for (const [what, facts, cause] of unasked) {
    it(`calls it \`${cause}\` and unexpected when a worker ${what}`, () => {
      expect(exitRecord({ ...lived, ...facts })).to.include({ cause, expected: false });
    });
  }

  const wanted: readonly StopCause[] = ['recycled', 'scaled', 'reloaded', 'drained', 'destroyed', 'shutDown'];
  for (const intent of wanted) {
    it(`calls it \`${intent}\` and expected when that was why it was stopped, whatever it took`, () => {
      const facts = { ...lived, code: null, signal: 'SIGKILL', wasReady: false, intent, rung: 'SIGKILL' } as const;

      expect(exitRecord(facts)).to.include({ cause: intent, expected: true, rung: 'SIGKILL' });
    });
  }

  it('keeps what was reported, and nothing but that', () => {
    const report = {
      ...lived,
      error: { name: 'Error', message: 'no' },
      stderr: ['no'],
      memory: 1_000,
      stack: ['f (a:1:1)'],
    };
    const { wasReady: _, ...told } = report;

    expect(exitRecord(report)).to.deep.equal({ ...told, cause: 'clean', expected: false });
  });

  it('is frozen', () => {
    expect(exitRecord(lived)).to.be.frozen;
  });
});
