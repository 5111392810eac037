import { expect } from 'chai';
import { describe, it } from 'mocha';
import { sizeOf, weightOfContainer, weightOfKey, weightOfPrimitive } from '../../lib/storage/size.js';

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
