import { expect } from 'chai';
import { describe, it } from 'mocha';
import { adopted } from '../../lib/storage/adopted.js';
import { sizeOf, Tally, weightOfContainer, weightOfKey, weightOfPrimitive } from '../../lib/storage/size.js';
import { type Room, storable } from '../../lib/storage/storable.js';

describe('sizeOf', () => {
  it('counts a value that holds no other', () => {
    for (const value of [null, true, 5]) expect(sizeOf(value)).to.deep.equal({ keys: 0, weight: 8, depth: 0 });
    expect(sizeOf('four')).to.deep.equal({ keys: 0, weight: 12, depth: 0 });
  });

  it('counts properties of all objects, those in arrays included', () => {
    expect(sizeOf({ a: 1, b: [{ c: 1 }, [{ d: {} }]] })).to.include({ keys: 4 });
  });

  it('counts levels of objects and arrays that are not empty', () => {
    expect([{}, [], { a: 1 }, [[1]], { a: {}, b: { c: [{ d: 1 }] } }].map(value => sizeOf(value).depth)).to.deep.equal([
      0, 0, 1, 2, 4,
    ]);
  });

  it('adds up bytes', () => {
    const { weight } = sizeOf({ name: 'anna', list: [1, 2] });

    expect(weight).to.equal(
      2 * weightOfContainer + 2 * weightOfKey('name') + weightOfPrimitive('anna') + 2 * weightOfPrimitive(1),
    );
  });
});

describe('rememberSize', () => {
  const wide = (properties: number) =>
    JSON.parse(JSON.stringify(Object.fromEntries(Array.from({ length: properties }, (_, at) => [`k${at}`, [at, {}]]))));

  it('saves to look at what is large, however it came to be stored', () => {
    for (const make of [adopted, (value: unknown, room: Room) => storable(value, room).value]) {
      const value = make(wide(2_000), { maxDepth: 10, maxValueBytes: 1_000_000 });
      const tally = new Tally();
      tally.add(value, 0);

      expect(sizeOf(value)).to.equal(sizeOf(value));
      expect(sizeOf(value)).to.deep.equal({ keys: tally.keys, weight: tally.weight, depth: tally.depth });
    }
  });

  it('takes nothing for what is small', () => {
    const value = adopted(wide(10), { maxDepth: 10, maxValueBytes: 1_000_000 });

    expect(sizeOf(value)).to.not.equal(sizeOf(value));
  });
});
