import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StorageCorruptError } from '../../lib/errors/storage-errors.js';
import { type Entry, Inspection } from '../../lib/lmdb/inspection.js';
import { childKey, encodeRecord, headKey, headStep, rootKey } from '../../lib/lmdb/record.js';

function record(name: string, version: number): Entry {
  const key = name === '' ? rootKey : childKey(rootKey, name);
  return { key, value: encodeRecord(key, name === '' ? undefined : 1, { version, expiresAt: undefined }) };
}

const head: Entry = { key: headKey, value: headStep({ version: 9, records: 3, sum: 12 }).bytes };
const [root, a, b] = [record('', 0), record('a', 5), record('b', 7)];

/** The keys of all that an inspection lets pass. */
function inspect(...entries: readonly Entry[]): string[] {
  const inspection = new Inspection('here', entries);
  const keys: string[] = [];
  for (let entry = inspection.next(); entry; entry = inspection.next()) keys.push(entry.key.toString('hex'));
  return keys;
}

function refuses(entries: readonly Entry[], reason: string): void {
  expect(() => inspect(...entries))
    .to.throw(StorageCorruptError, `The data at here is not what was written there: ${reason}`)
    .with.property('details')
    .that.deep.equals({ store: 'here', reason });
}

describe('Inspection', () => {
  it('reads what was written', () => {
    expect(new Inspection('here', [head, root, a, b]).head).to.deep.equal({ version: 9, records: 3, sum: 12 });
    expect(inspect(head, root, a, b)).to.deep.equal([root, a, b].map(({ key }) => key.toString('hex')));
  });

  it('refuses what has no head', () => {
    refuses([], 'its first record is missing');
    refuses([root, a, b], 'its first record is missing');
  });

  it('refuses a head that is damaged, or of another version', () => {
    const damaged = Buffer.from(head.value);
    damaged[12] = 0;
    const other = headStep(JSON.parse('{"version":9,"records":3,"sum":12,"format":2}')).bytes;

    refuses([{ key: headKey, value: damaged }, root, a, b], 'its first record is damaged');
    refuses([{ key: headKey, value: other }, root, a, b], 'it is of another version of this package');
  });

  it('refuses a record that is damaged, or another one', () => {
    refuses([head, root, a, { key: b.key, value: a.value }], 'a record is damaged');
    refuses([head, root, a, { key: b.key, value: Buffer.alloc(0) }], 'a record is damaged');
  });

  it('refuses records that are missing, doubled, too many, or of yesterday', () => {
    refuses([head, root, a], 'records are missing');
    refuses([head, root, a, a], 'its records are out of order');
    refuses([head, root, b, a], 'its records are out of order');
    refuses([head, root, a, b, record('c', 0)], 'there are too many records');
    refuses([head, root, record('a', 4), b], 'some records are not the latest');
  });

  it('does not follow a circle', () => {
    function* circle(): Generator<Entry> {
      yield head;
      for (;;) yield* [root, a];
    }
    expect(() => {
      const inspection = new Inspection('here', circle());
      while (inspection.next());
    }).to.throw('out of order');
  });

  it('needs the bytes of a record no longer than until the next', () => {
    const key = Buffer.alloc(64);
    function* reused(): Generator<Entry> {
      yield head;
      for (const entry of [root, a, b]) yield { key: key.subarray(0, entry.key.copy(key)), value: entry.value };
    }
    const inspection = new Inspection('here', reused());
    let count = 0;
    while (inspection.next()) count++;

    expect(count).to.equal(3);
  });

  it('lets go of what it reads', () => {
    let ended = false;
    function* entries(): Generator<Entry> {
      try {
        yield* [head, root, a, b];
      } finally {
        ended = true;
      }
    }
    const inspection = new Inspection('here', entries());
    inspection.next();
    inspection.close();

    expect(ended).to.equal(true);
  });
});
