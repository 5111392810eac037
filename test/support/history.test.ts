import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { StorageConflictError } from '../../lib/errors/storage-errors.js';
import { HistoryRecorder, outcomeOf, parseHistory, readHistory } from './history.js';

const conflict = new StorageConflictError('Somebody else was first', { path: 'a', expected: 1, version: 2 });

describe('HistoryRecorder', () => {
  let folder = '';
  let file = '';
  let recorder: HistoryRecorder;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'history-'));
    file = path.join(folder, 'w1');
    recorder = new HistoryRecorder(file, 'w1');
  });

  afterEach(() => {
    recorder.close();
    rmSync(folder, { recursive: true });
  });

  it('has written an event before it returns', () => {
    recorder.invoke('set', { path: 'a', value: 'x' });

    expect(parseHistory(readFileSync(file, 'utf8'))).to.have.lengthOf(1);
  });

  it('notes the death of somebody else', () => {
    recorder.death('w2');

    expect(readHistory([file])[0]).to.include({ process: 'w2', type: 'ok', op: 'death' });
  });

  it('notes the beginning and the end of an operation', async () => {
    const version = await recorder.record(
      'set',
      { path: 'a', value: 'x' },
      async () => 7,
      version => ({ version }),
    );

    const [first, second] = readHistory([file]);
    expect(version).to.equal(7);
    expect(first).to.include({ process: 'w1', index: 0, type: 'invoke', op: 'set', path: 'a', value: 'x' });
    expect(second).to.include({ process: 'w1', index: 0, type: 'ok', op: 'set', version: 7 });
    expect(second?.time).to.be.greaterThan(first?.time ?? Number.POSITIVE_INFINITY);
  });

  it('notes how an operation failed, and fails as it did', async () => {
    const failure = await recorder
      .record(
        'create',
        {},
        () => Promise.reject(conflict),
        () => ({}),
      )
      .catch(error => error);

    expect(failure).to.equal(conflict);
    expect(readHistory([file])[1]).to.include({ type: 'fail', op: 'create' });
  });
});

describe('outcomeOf', () => {
  it('knows that a refused write did not happen', () => expect(outcomeOf(conflict)).to.equal('fail'));

  it('knows nothing of a write whose answer was lost', () => {
    for (const error of [Object.assign(new Error(), { code: 'CLUSTER_CHANNEL_CLOSED' }), new Error('?'), undefined])
      expect(outcomeOf(error)).to.equal('unknown');
  });
});

describe('parseHistory', () => {
  const line = '{"process":"w1","index":0,"type":"invoke","op":"get","path":"a","time":1}';

  it('leaves out a last line that is torn', () => {
    expect(parseHistory(`${line}\n${line.slice(0, -5)}`)).to.have.lengthOf(1);
  });

  it('keeps a last line of which only the end is missing', () => {
    expect(parseHistory(`${line}\n${line}`)).to.have.lengthOf(2);
  });

  it('accepts an empty file', () => expect(parseHistory('')).to.deep.equal([]));

  it('refuses any other line that is no event', () => {
    for (const text of [`${line.slice(1)}\n${line}\n`, `${line}\n${line.slice(0, -5)}\n`, `{}\n`])
      expect(() => parseHistory(text), text).to.throw('is no event');
  });
});
