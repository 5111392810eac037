import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Contents } from '../../lib/storage/contents.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { StoreLimits, Write } from '../../lib/storage/store.js';
import { Transaction } from '../../lib/storage/transaction.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';
import { roomy, write } from './opened-store.js';

/** A transaction on contents, the first one after version 7. */
function begin(contents = new Contents(), limits: Partial<StoreLimits> = {}): Transaction {
  return new Transaction({ contents, version: 7, clock: new FakeClock(1_000), limits: { ...roomy, ...limits } });
}

describe('Transaction', () => {
  it('numbers its writes, and says what each has to say', () => {
    const { version, results, changes } = begin().carryOut([
      write.set('a', 1),
      write.increment('a', 2),
      write.check('a', 9),
      write.delete('a'),
      write.delete('a'),
      write.restore({ b: 1 }),
    ]);

    expect(version).to.equal(11);
    expect(results).to.deep.equal([8, 3, 9, true, false, 11]);
    expect(changes.map(each => [each.version, each.type, each.path.text, each.value])).to.deep.equal([
      [8, 'set', 'a', 1],
      [9, 'set', 'a', 3],
      [10, 'delete', 'a', undefined],
      [11, 'set', '', { b: 1 }],
    ]);
  });

  it('takes a number for an empty list', () => {
    expect(begin().carryOut([])).to.include({ version: 8 }).and.deep.include({ changes: [] });
  });

  it('takes none for what changes nothing', () => {
    expect(begin().carryOut([write.delete('a'), write.check('a', 0)])).to.include({ version: 7 });
  });

  it('weighs a change by its value and its path', () => {
    const { changes } = begin().carryOut([
      write.set('a', 'x'.repeat(100)),
      write.delete('a'),
      write.set('a'.repeat(50), 1),
    ]);
    const [large, gone, long] = changes.map(({ weight }) => weight);

    expect(large).to.be.within(101, 130);
    expect(gone).to.be.within(1, 20);
    expect(long).to.be.within(50, 80);
  });

  const failing: readonly (readonly [write: Write, message: string])[] = [
    [write.check('a.b', 3), '`a.b` in the storage has version 8, but the write wants version 3'],
    [
      write.set('a.b', 1, { ifVersion: 0 }),
      '`a.b` in the storage has version 8, but the write wants nothing to be there',
    ],
    [write.check('', 3), 'The root of the storage has version 8, but the write wants version 3'],
    [write.increment('a.b'), '`a.b` in the storage cannot be incremented: it is a string'],
    [write.increment('a.none'), '`a.none` in the storage cannot be incremented: it is `null`'],
    [
      write.increment('a.n', Number.NaN),
      '`a.n` in the storage cannot be incremented: it is a number that grew beyond all bounds',
    ],
    [write.set('a.b.c', 1), 'Nothing can be stored below `a.b`, which is a string and no object'],
    [write.set('x', { y: { z: 1 } }), 'The storage refuses the write: it would be nested too deep (`maxDepth` is 2)'],
    [write.set('x', [1, { y: 1 }]), 'The storage refuses the write: it would be nested too deep (`maxDepth` is 2)'],
    [
      write.set('l', 'x'.repeat(500)),
      'The storage refuses the write: there would be too much data (`maxBytes` is 400)',
    ],
    [
      write.set('x', { 1: 1, 2: 1, 3: 1 }),
      'The storage refuses the write: there would be too many keys (`maxKeys` is 6)',
    ],
  ];
  for (const [write_, message] of failing) {
    it(`says "${message}"`, async () => {
      const contents = new Contents();
      const limits = { maxDepth: 2, maxKeys: 6, maxBytes: 400 };
      begin(contents, limits).carryOut([write.set('a', { b: 'text', none: null, n: 1 })]);
      const before = JSON.stringify(contents.snapshot());

      const error = await rejection(() =>
        begin(contents, limits).carryOut([write.set('k', 1), write.delete('k'), write_]),
      );

      expect(error.message).to.equal(message.replace('version 8', write_.path.text === '' ? 'version 9' : 'version 8'));
      expect(JSON.stringify(contents.snapshot())).to.equal(before);
    });
  }

  it('lets a store that is too full get less full', async () => {
    const contents = new Contents();
    begin(contents).carryOut([write.set('a', { b: 'text', c: 'text' }), write.set('d', 1)]);
    const tight = { maxKeys: 1, maxBytes: 10 };

    expect(begin(contents, tight).carryOut([write.delete('a.b')]).results).to.deep.equal([true]);
    expect(begin(contents, tight).carryOut([write.set('d', 2)]).results).to.deep.equal([8]);
    expect(await rejection(() => begin(contents, tight).carryOut([write.set('d', 'more')]))).to.have.property(
      'code',
      'CLUSTER_STORAGE_LIMIT',
    );
    expect(await rejection(() => begin(contents, tight).carryOut([write.set('e', 1)]))).to.have.property(
      'code',
      'CLUSTER_STORAGE_LIMIT',
    );
  });

  it('refuses what is no write', () => {
    expect(() => begin().carryOut([{ type: 'drop', path: parsePath('a') } as unknown as Write])).to.throw(TypeError);
  });
});
