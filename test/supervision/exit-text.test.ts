import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ExitFacts } from '../../lib/supervision/exit-record.js';
import { exitText } from '../../lib/supervision/exit-text.js';
import { exitOf } from '../support/exit-records.js';

describe('exitText', () => {
  const rows: readonly (readonly [string, Partial<ExitFacts>])[] = [
    ['crash (7)', { code: 7 }],
    ['clean', { code: 0 }],
    ['SIGKILL', { code: null, signal: 'SIGKILL' }],
    ['oom', { code: null, signal: 'SIGABRT' }],
    ['boot (1)', { wasReady: false }],
    ['boot (SIGSEGV)', { code: null, signal: 'SIGSEGV', wasReady: false }],
    ['boot', { code: null, signal: null, wasReady: false }],
    ['bootTimeout', { bootTimedOut: true, wasReady: false, code: null, signal: 'SIGKILL' }],
    ['recycled', { intent: 'recycled', code: 0 }],
    ['hung', { intent: 'hung', code: null, signal: 'SIGKILL' }],
  ];
  for (const [text, facts] of rows) {
    it(`says ${text}`, () => expect(exitText(exitOf(facts))).to.equal(text));
  }
});
