import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StorageChangeData } from '../../lib/primary/storage-event.js';
import { write } from '../storage/opened-store.js';
import { readyProcess } from '../support/worker-process.js';

describe('StorageChangeData', () => {
  const { handle } = readyProcess().worker;

  it('shows what is asked for, and by whom', () => {
    const writes = [
      write.set('a.b', { c: 1 }, { expiresAt: 5, keepExpiry: true, ifVersion: 3 }),
      write.delete('d'),
      write.increment('n', 2),
      write.check('e', 4),
      write.restore({ f: 1 }, { f: 9 }),
    ];

    const data = new StorageChangeData(writes, handle, () => 7);

    expect(data.worker).to.equal(handle);
    expect(data.writes).to.deep.equal([
      { type: 'set', path: 'a.b', value: { c: 1 }, expiresAt: 5, ifVersion: 3 },
      { type: 'delete', path: 'd' },
      { type: 'increment', path: 'n', by: 2 },
      { type: 'check', path: 'e', ifVersion: 4 },
      { type: 'restore', path: '', value: { f: 1 } },
    ]);
    expect(data.version).to.equal(undefined);
  });

  it('cannot be changed by who looks at it, and makes what it shows once', () => {
    const data = new StorageChangeData([write.set('a', { b: 1 })], undefined, () => 7);

    expect(data.writes).to.be.frozen.and.to.equal(data.writes);
    expect(data.writes[0]).to.be.frozen.and.to.have.property('value').that.is.frozen;
  });

  describe('.apply', () => {
    it('carries it out once, and knows the version then', () => {
      let times = 0;
      const data = new StorageChangeData([write.set('a', 1)], undefined, () => ++times + 6);

      expect([StorageChangeData.apply(data), StorageChangeData.apply(data)]).to.deep.equal([true, false]);

      expect([times, data.version]).to.deep.equal([1, 7]);
    });

    it('says that it did not take place', () => {
      const data = new StorageChangeData([write.set('a', 1)], undefined, () => undefined);

      expect(StorageChangeData.apply(data)).to.equal(false);
      expect(data.version).to.equal(undefined);
    });

    it('does nothing with what only looks like it', () => {
      expect(StorageChangeData.apply({ writes: [], worker: undefined, version: undefined })).to.equal(false);
    });
  });
});
