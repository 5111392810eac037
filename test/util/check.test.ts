import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import * as check from '../../lib/util/check.js';

const { complaint, describeValue } = check;

/** What a rule says of itself, what it takes, and what it refuses. */
const table: readonly (readonly [check.Rule, string, readonly unknown[], readonly unknown[]])[] = [
  [check.integer(), 'an integer', [0, -5, 2 ** 53 - 1], [0.5, '1', 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]],
  [check.integer({ min: 0 }), 'an integer >= 0', [0, 7], [-1]],
  [check.integer({ min: 1, max: 5 }), 'an integer >= 1 and <= 5', [1, 5], [0, 6]],
  [
    check.integer({ min: 0, orInfinity: true }),
    'an integer >= 0 or Infinity',
    [0, Number.POSITIVE_INFINITY],
    [-1, Number.NEGATIVE_INFINITY],
  ],
  [check.number(), 'a number', [0.5, -1e300], [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '1']],
  [check.number({ above: 0 }), 'a number > 0', [0.1], [0, -1]],
  [check.boolean, 'a boolean', [true, false], [0, 'true']],
  [check.string, 'a string', ['', 'x'], [1, Object('x')]],
  [check.nonEmptyString, 'a non-empty string', ['x'], ['', 1]],
  [check.callable, 'a function', [() => {}, class {}], [{}]],
  [check.symbol, 'a symbol', [Symbol('s')], ['s', {}]],
  [check.record, 'an object', [{}, Object.create(null)], [[], null, () => {}]],
  [check.urlOrString, 'a URL or a non-empty string', ['a.js', new URL('file:///a.js')], ['', {}]],
  [check.oneOf('a', 1), 'one of "a", 1', ['a', 1], ['1', 'b']],
  [check.arrayOf(check.string), 'an array in which every item is a string', [[], ['a']], [['a', 1], 'a', { 0: 'a' }]],
  [check.recordOf(check.string), 'an object in which every value is a string', [{}, { a: 'b' }], [{ a: 1 }, ['a']]],
  [check.instanceOf(Map), 'an instance of Map', [new Map()], [new Set(), {}]],
  [check.either(check.boolean, check.string), 'a boolean or a string', [true, 'a'], [1]],
  [check.autoOrInteger({ min: 0 }), '"auto" or an integer >= 0', ['auto', 0], ['Auto', -1]],
  [check.optional(check.string), 'a string', [undefined, 'a'], [null, 1]],
];

describe('check', () => {
  for (const [rule, expected, good, bad] of table) {
    it(`knows ${expected}${rule.accepts(undefined) ? ', left out or not' : ''}`, () => {
      expect(rule.expected).to.equal(expected);
      expect(good.filter(value => complaint('x', value, rule) !== undefined)).to.deep.equal([]);
      expect(bad.filter(value => complaint('x', value, rule) === undefined)).to.deep.equal([]);
    });
  }

  it('names the option, what was expected, and what was given', () => {
    expect(complaint('workerCount', -1, check.integer({ min: 0 }))).to.equal(
      'Expected `workerCount` to be an integer >= 0, got `-1` (number)',
    );
  });

  it('counts a value that throws when it is looked at as refused', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );

    expect(complaint('x', hostile, check.recordOf(check.string))).to.match(/got `Object` \(object\)$/);
  });
});

describe('describeValue', () => {
  const revoked = Proxy.revocable([], {});
  revoked.revoke();

  for (const [value, rendering] of [
    ['a"b', '`"a\\"b"` (string)'],
    [-0, '`-0` (number)'],
    [Number.NaN, '`NaN` (number)'],
    [5n, '`5n` (bigint)'],
    [true, '`true` (boolean)'],
    [Symbol('s'), '`Symbol(s)` (symbol)'],
    [undefined, '`undefined`'],
    [null, '`null`'],
    [[1, 2], '`Array(2)` (array)'],
    [{ secret: 1 }, '`Object` (object)'],
    [Object.create(null), '`Object` (object)'],
    [new Map(), '`Map` (object)'],
    [new (class {})(), '`Object` (object)'],
    [expect, '`expect` (function)'],
    [() => {}, '`anonymous` (function)'],
    [revoked.proxy, '`something unreadable` (object)'],
  ] as const) {
    it(`renders ${rendering}`, () => {
      expect(describeValue(value)).to.equal(rendering);
    });
  }

  it('cuts what is long', () => {
    expect(describeValue('x'.repeat(1e6))).to.equal(`\`"${'x'.repeat(79)}…\` (string)`);
  });

  it('renders anything without throwing, within 120 characters', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true, withDate: true }), value => {
        expect(describeValue(value).length).to.be.at.most(120);
      }),
    );
  });
});
