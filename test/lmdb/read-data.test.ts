import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StorageCorruptError } from '../../lib/errors/storage-errors.js';
import { Ledger } from '../../lib/lmdb/ledger.js';
import { readData } from '../../lib/lmdb/read-data.js';
import { headKey, headStep } from '../../lib/lmdb/record.js';
import { root } from '../../lib/storage/storage-path.js';
import type { Storable } from '../../lib/storage/store.js';
import { OpenedStore } from '../storage/opened-store.js';

/** The records of a store that was written at once. */
function recordsOf(value: Storable, version = 1) {
  const ledger = new Ledger();
  ledger.apply({ type: 'set', path: root, value, version, expiresAt: undefined, weight: 0 });
  const records = ledger.takeSteps().map(({ key, bytes }) => ({ key, value: bytes as Buffer }));
  records.sort((one, other) => one.key.compare(other.key));
  return { records, ledger };
}

describe('readData', () => {
  it('fills a store with what was kept, and its version', async () => {
    const value = { a: { b: { c: [1] } }, d: 'x' };
    const { records, ledger } = recordsOf(value, 3);
    const { memory } = readData('here', [
      { key: headKey, value: headStep({ version: 8, ...ledger.total }).bytes },
      ...records,
    ]);
    const opened = await OpenedStore.open({ store: memory });

    expect(await opened.snapshot()).to.deep.equal({ version: 8, value, expiries: [] });
    for (const path of ['', 'a', 'a.b', 'a.b.c', 'd']) expect(await opened.version(path), path).to.equal(3);
    await opened.close();
  });

  it('refuses records whose parent is missing, also if their number and versions are right', () => {
    const { records, ledger } = recordsOf({ a: { b: { c: 1 } } });
    const [first, , ...rest] = records;
    const { sum, records: count } = ledger.total;
    const value = headStep({ version: 1, records: count - 1, sum: sum - 1 }).bytes;

    expect(() => readData('here', [{ key: headKey, value }, first as (typeof records)[0], ...rest])).to.throw(
      StorageCorruptError,
      'a record has lost what it was in',
    );
  });
});
