import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ReplicaStore } from '../../lib/storage/replica-store.js';
import { type SnapshotPart, snapshotParts } from '../../lib/storage/snapshot-parts.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { Storable } from '../../lib/storage/store.js';
import { arbitraryValue } from '../support/changes.js';

/** What a replica makes of the pieces. */
function rebuilt(lists: Iterable<readonly SnapshotPart[]>): Storable | undefined {
  const replica = new ReplicaStore({ group: 'cooks' });
  for (const list of lists) replica.fill(JSON.parse(JSON.stringify(list)));
  return replica.peek(parsePath(''));
}

const text = (length: number) => 'x'.repeat(length);

describe('snapshotParts', () => {
  it('gives the whole, however small the pieces', () => {
    const whole = fc.dictionary(fc.constantFrom('a', 'b.c', 'd\\', 'e'), arbitraryValue, { noNullPrototype: true });
    fc.assert(
      fc.property(whole, fc.integer({ min: 1, max: 60 }), (value, most) => {
        expect(rebuilt(snapshotParts(value, most))).to.deep.equal(value);
      }),
      { numRuns: 300 },
    );
  });

  it('has nothing to send of nothing', () => expect([...snapshotParts({})]).to.deep.equal([]));

  it('keeps what is small in one piece, and empty objects', () => {
    expect([...snapshotParts({ a: { b: {} }, c: [] })]).to.deep.equal([
      [
        ['a', { b: {} }],
        ['c', []],
      ],
    ]);
  });

  it('takes large objects apart, and nothing else', () => {
    const whole = { large: { one: text(80), two: text(80) }, list: [text(80), text(80)], small: 1 };

    expect([...snapshotParts(whole, 100)].flat().map(([path]) => path)).to.deep.equal([
      'large.one',
      'large.two',
      'list',
      'small',
    ]);
  });

  it('makes lists that are not much larger than they may be, but for a single value that is', () => {
    const whole = Object.fromEntries(Array.from({ length: 50 }, (_, place) => [`name${place}`, text(place * 10)]));

    const lists = [...snapshotParts(whole, 300)];

    for (const list of lists) {
      if (list.length > 1) expect(JSON.stringify(list).length).to.be.below(600);
    }
    expect(lists.length).to.be.above(20);
    expect(rebuilt(lists)).to.deep.equal(whole);
  });

  it('makes a piece only when it is asked for', () => {
    let looks = 0;
    const last = {
      get text() {
        looks++;
        return text(200);
      },
    };
    const parts = snapshotParts({ first: { text: text(200) }, second: { text: text(200) }, last }, 100);

    expect(parts.next().value).to.deep.equal([['first.text', text(200)]]);
    expect(looks).to.equal(0);
    expect([...parts].map(list => list.map(([path]) => path))).to.deep.equal([['second.text'], ['last.text']]);
  });

  it('does not go deeper than a path can say', () => {
    const nested = (levels: number, name: string): Storable =>
      levels === 0 ? { one: text(300), two: text(300) } : { [name]: nested(levels - 1, name) };
    for (const whole of [
      nested(60, 'a'),
      nested(6, text(250)),
      nested(8, 'ä'.repeat(80)),
      nested(31, 'a'),
      nested(32, 'a'),
    ]) {
      expect(rebuilt(snapshotParts(whole, 100))).to.deep.equal(whole);
    }
  });
});
