import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { weighMessage } from '../../lib/protocol/json-safe.js';
import { defaultLimits, findExcess, limitsOf, Scale } from '../../lib/protocol/limits.js';

const small = { maxMessageBytes: 1000, maxDepth: 5 };

function nested(depth: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

describe('findExcess', () => {
  it('lets through what is within the limits', () => {
    const values = [undefined, null, 1, 'text', [1, 2], { a: { b: [] } }, new Map([['a', 1]]), new Set([1]), nested(5)];

    expect(values.map(value => findExcess(value, small))).to.deep.equal(values.map(() => undefined));
  });

  it('finds what is nested too deep, however deep', () => {
    expect(findExcess(nested(6), small)).to.equal('depth');
    expect(findExcess(nested(100_000), defaultLimits)).to.equal('depth');
  });

  const large: readonly (readonly [what: string, value: unknown])[] = [
    ['text', 'x'.repeat(1001)],
    ['text in a field', { a: ['x'.repeat(1001)] }],
    ['a key', { ['x'.repeat(1001)]: 1 }],
    ['many items', new Array(1001).fill(1)],
    ['many fields', Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, 1]))],
    ['bytes', { a: new Uint8Array(1001) }],
    ['a buffer', new ArrayBuffer(1001)],
    ['a map', new Map([['a', 'x'.repeat(1001)]])],
    ['the key of a map', new Map([['x'.repeat(1001), 1]])],
    ['a set', new Set(['x'.repeat(1001)])],
  ];

  for (const [what, value] of large) {
    it(`finds ${what} that is too large`, () => {
      expect(findExcess(value, small)).to.equal('size');
    });
  }

  it('does not walk through an array that is almost empty', () => {
    expect(findExcess(new Array(4_000_000_000), defaultLimits)).to.equal('size');
  });

  it('lets circles through, which structured clone carries', () => {
    const circle: { self?: object; text: string } = { text: 'round' };
    circle.self = circle;

    expect(findExcess(circle, small)).to.equal(undefined);
  });

  it('measures what hangs on a circle', () => {
    const circle: { self?: object; text: string } = { text: 'x'.repeat(1001) };
    circle.self = circle;

    expect(findExcess(circle, small)).to.equal('size');
  });

  it('takes nothing for longer than its JSON, so that a sender who minds the limit is never refused', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const maxMessageBytes = Number(weighMessage(value, { serialization: 'json' }));

        expect(findExcess(value, { maxMessageBytes, maxDepth: 500 })).to.equal(undefined);
      }),
    );
  });
});

describe('Scale', () => {
  const large = new Array(100).fill('x'.repeat(10_000));

  it('refuses many references to one large value, which take few bytes', () => {
    const scale = new Scale({ maxMessageBytes: 2_000_000, maxDepth: 5 });

    const found = [1, 2, 3, 4].map(() => scale.excess(large));

    expect(found).to.deep.equal([undefined, undefined, undefined, 'size']);
  });

  it('begins anew with each batch', () => {
    const scale = new Scale({ maxMessageBytes: 2_000_000, maxDepth: 5 });

    const found = [1, 2, 3, 4].map(() => {
      scale.begin();
      return scale.excess(large);
    });

    expect(found).to.deep.equal([undefined, undefined, undefined, undefined]);
  });
});

describe('limitsOf', () => {
  it('fills in the defaults', () => {
    expect(limitsOf({ maxDepth: 7, maxMessageBytes: undefined })).to.deep.equal({ ...defaultLimits, maxDepth: 7 });
  });
});
