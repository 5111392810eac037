import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { decodeAnswer, decodeCommit, encodeAnswer, encodeCommit, isRefusal } from '../../lib/storage/answer-code.js';
import type { Commit } from '../../lib/storage/store.js';
import { write } from './opened-store.js';

const travelled = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('encodeAnswer', () => {
  it('brings every answer back as it was, over JSON, and is never taken for a refusal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        // JSON has no minus zero, and nobody stores it.
        fc.pre(!JSON.stringify(value).includes('-0') && !Object.is(value, -0));
        const code = travelled(encodeAnswer(value));

        expect(isRefusal(code)).to.equal(false);
        expect(decodeAnswer(code)).to.deep.equal(travelled(value));
      }),
    );
  });

  it('tells nothing from `null`, and from an empty array', () => {
    const through = (value: unknown) => decodeAnswer(travelled(encodeAnswer(value)));

    expect(through(undefined)).to.equal(undefined);
    expect(through(null)).to.equal(null);
    expect(through([])).to.deep.equal([]);
    expect(through([undefined])).to.deep.equal([null]);
  });

  it('wraps nothing that is plain: most answers are', () => {
    for (const value of [0, 7, '', 'text', true, false]) expect(encodeAnswer(value)).to.equal(value);
  });

  it('does not take what a user stores for a refusal', () => {
    expect(isRefusal(encodeAnswer({ error: { message: 'not mine' } }))).to.equal(false);
  });
});

describe('isRefusal', () => {
  it('knows one by its being a bare object', () => {
    expect(isRefusal({ error: { message: 'no' } })).to.equal(true);
    for (const other of [[{ error: {} }], null, undefined, 0, 'error', true]) {
      expect(isRefusal(other), String(other)).to.equal(false);
    }
  });
});

describe('encodeCommit', () => {
  const through = (writes: Parameters<typeof encodeCommit>[0], commit: Commit) =>
    decodeCommit(writes, decodeAnswer(travelled(encodeAnswer(encodeCommit(writes, commit)))));

  it('says only the version of a single `set`', () => {
    const commit = { version: 7, results: [7] };

    expect(encodeCommit([write.set('a', 1)], commit)).to.equal(7);
    expect(through([write.set('a', 1)], commit)).to.deep.equal(commit);
  });

  it('says all results of anything else', () => {
    for (const [writes, results] of [
      [[write.delete('a')], [true]],
      [[write.increment('a')], [1.5]],
      [
        [write.set('a', 1), write.delete('b'), write.increment('c')],
        [8, false, 9],
      ],
      [[], []],
    ] as const) {
      expect(through(writes, { version: 9, results })).to.deep.equal({ version: 9, results });
    }
  });
});
