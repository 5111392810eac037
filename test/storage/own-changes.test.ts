import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { ownChanges, tellsOwnChanges } from '../../lib/storage/own-changes.js';
import type { StoredChange, Write } from '../../lib/storage/store.js';
import { attempt } from '../../lib/util/attempt.js';
import { FakeClock } from '../support/fake-clock.js';
import { arbitraryWrite } from './arbitrary-writes.js';
import { roomy, write } from './opened-store.js';

/** A store, and what it says of the changes of a commit. */
function setUp() {
  const store = new MemoryStore();
  let told: readonly StoredChange[] = [];
  const committed = (changes: readonly StoredChange[]) => {
    told = changes;
  };
  store.open({ clock: new FakeClock(1_000), limits: roomy, committed });
  return (writes: readonly Write[]) => {
    store.snapshot();
    told = [];
    const commit = attempt(() => store.commit(writes), undefined);
    return { commit, told };
  };
}

const essence = ({ version, type, path, value }: StoredChange) => ({ version, type, path: path.text, value });

describe('ownChanges', () => {
  it('tells what the store tells, of everything but a restore', () => {
    const commits = fc.array(fc.array(arbitraryWrite, { maxLength: 4, size: 'max' }), { maxLength: 20 });
    fc.assert(
      fc.property(commits, all => {
        const carryOut = setUp();
        for (const writes of all) {
          const { commit, told } = carryOut(writes);
          const hasRestore = writes.some(({ type }) => type === 'restore');
          if (!commit) continue;

          expect(tellsOwnChanges(writes, commit)).to.equal(told.length > 0 && !hasRestore);
          if (hasRestore) continue;

          expect(ownChanges(writes, commit).map(essence)).to.deep.equal(told.map(essence));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives numbers to what changed something, and to nothing else', () => {
    const writes = [write.set('a', 1), write.check('b', 0), write.delete('c'), write.delete('d'), write.increment('n')];

    const changes = ownChanges(writes, { version: 9, results: [7, 0, false, true, 3] });

    expect(changes.map(essence)).to.deep.equal([
      { version: 7, type: 'set', path: 'a', value: 1 },
      { version: 8, type: 'delete', path: 'd', value: undefined },
      { version: 9, type: 'set', path: 'n', value: 3 },
    ]);
  });

  it('tells `null` from nothing', () => {
    expect(ownChanges([write.set('a', null)], { version: 1, results: [1] })[0]).to.include({
      type: 'set',
      value: null,
    });
  });

  it('is empty where nothing changed', () => {
    expect(ownChanges([], { version: 5, results: [] })).to.deep.equal([]);
    expect(ownChanges([write.delete('a'), write.check('b', 0)], { version: 5, results: [false, 0] })).to.deep.equal([]);
  });
});
