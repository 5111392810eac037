import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { CopyBudget, plainCopy } from '../../lib/util/plain-copy.js';

function nested(depth: number): unknown {
  return depth === 0 ? 'bottom' : { in: nested(depth - 1) };
}

const thrower = () => {
  throw new Error('no');
};

describe('plainCopy', () => {
  const cycle: { name: string; self?: unknown } = { name: 'self' };
  cycle.self = cycle;
  const twin = { name: 'twin' };
  const getter = Object.defineProperty({ good: 1 }, 'bad', { enumerable: true, get: thrower });

  for (const [what, value, copied] of [
    ['plain data', { a: [1, 'b', null, true], c: { d: 0.5 } }, { a: [1, 'b', null, true], c: { d: 0.5 } }],
    ['BigInt', { big: 5n }, { big: '5n' }],
    ['numbers JSON has not', [Number.NaN, Number.NEGATIVE_INFINITY, -0], ['NaN', '-Infinity', 0]],
    ['dates', [new Date(0), new Date(Number.NaN)], ['1970-01-01T00:00:00.000Z', 'Invalid Date']],
    ['Map and Set', [new Map([['a', 1]]), new Set(['b'])], [[['a', 1]], ['b']]],
    ['binary', [Buffer.from('secret'), new ArrayBuffer(8)], ['`Buffer` (object)', '`ArrayBuffer` (object)']],
    ['errors', { error: new TypeError('no') }, { error: { name: 'TypeError', message: 'no' } }],
    ['functions, symbols and undefined', { a() {}, b: Symbol('b'), c: undefined, d: [() => {}] }, { d: [null] }],
    ['an own __proto__', JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'), { a: 1 }],
    ['a cycle', cycle, { name: 'self', self: '[cycle]' }],
    ['one object twice', [twin, twin], [twin, twin]],
    ['a getter that throws', getter, { good: 1, bad: '[unreadable]' }],
    ['a proxy that throws', new Proxy({}, { ownKeys: thrower }), '[unreadable]'],
    ['a toJSON that throws', { toJSON: thrower, a: 1 }, { a: 1 }],
    ['what is too deep', nested(9), JSON.parse(`${'{"in":'.repeat(8)}"[too deep]"${'}'.repeat(8)}`)],
  ] as const) {
    it(`copies ${what}`, () => {
      expect(plainCopy(value)).to.deep.equal(copied);
    });
  }

  it('cuts texts at the end of the budget', () => {
    expect(plainCopy(['abc', 'def', 'ghi'], new CopyBudget(5))).to.deep.equal(['abc', 'de…', '[cut]']);
  });

  it('cuts arrays and objects at the end of the budget', () => {
    expect(plainCopy(new Array(1e6).fill(1), new CopyBudget(100, 3))).to.deep.equal([1, 1, '[cut]']);
    expect(plainCopy({ a: 1, b: 2, c: 3 }, new CopyBudget(100, 3))).to.deep.equal({ a: 1, b: 2 });
  });

  it('makes of anything what JSON and structured clone carry unchanged', () => {
    const anything = fc.anything({
      withBigInt: true,
      withMap: true,
      withSet: true,
      withDate: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, value => {
        const copied = plainCopy({ value });

        expect(JSON.parse(JSON.stringify(copied))).to.deep.equal(copied);
        expect(structuredClone(copied)).to.deep.equal(copied);
      }),
    );
  });
});
