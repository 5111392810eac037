import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { decodeChanges, encodeChanges } from '../../lib/storage/change-code.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { StoredChange } from '../../lib/storage/store.js';
import { arbitraryPath, arbitraryValue, changeOf, expiryOf } from '../support/changes.js';

const travelled = (changes: readonly StoredChange[]) =>
  decodeChanges(JSON.parse(JSON.stringify(encodeChanges(changes))));
/** What a replica needs to know. */
const essence = ({ version, type, path, value }: StoredChange) => ({ version, type, path: path.text, value });

describe('encodeChanges', () => {
  it('brings versions, types, paths and values back', () => {
    const change = fc
      .tuple(arbitraryPath(), fc.option(arbitraryValue, { nil: undefined }), fc.boolean())
      .map(([path, value, expires]) => (expires ? expiryOf(1, path) : changeOf(1, path, value)));
    fc.assert(
      fc.property(fc.array(change), list => {
        const changes = list.map((each, place) => ({ ...each, version: place + 1 }));

        expect(travelled(changes).map(essence)).to.deep.equal(changes.map(essence));
      }),
    );
  });

  it('tells `null` from what is gone', () => {
    expect(travelled([changeOf(1, 'a', null), changeOf(2, 'a')]).map(essence)).to.deep.equal([
      { version: 1, type: 'set', path: 'a', value: null },
      { version: 2, type: 'delete', path: 'a', value: undefined },
    ]);
  });

  it('leaves the types out where everything is set, and gives each its own where not', () => {
    expect(encodeChanges([changeOf(1, 'a', 1), changeOf(2, 'b', 2)])).to.deep.equal({
      versions: [1, 2],
      paths: ['a', 'b'],
      values: [1, 2],
    });
    const mixed = [changeOf(1, 'a', 1), changeOf(2, 'b', 2), expiryOf(3, 'a'), changeOf(4, 'b', 3)];
    expect(encodeChanges(mixed).types).to.deep.equal(['set', 'set', 'expire', 'set']);
  });

  it('keeps dots in segments apart', () => {
    const path = parsePath(['a.b', 'c\\d']);

    expect(travelled([{ ...changeOf(1, 'x', 1), path }])[0]?.path.segments).to.deep.equal(['a.b', 'c\\d']);
  });

  it('is empty for nothing', () => expect(travelled([])).to.deep.equal([]));
});
