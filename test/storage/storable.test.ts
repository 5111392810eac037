import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { StorageLimitError, StorageValueError } from '../../lib/errors/storage-errors.js';
import { sizeOf } from '../../lib/storage/size.js';
import { storable } from '../../lib/storage/storable.js';
import { segmentFault } from '../../lib/storage/storage-path.js';
import { rejection } from '../support/thrown.js';
import { isDeepFrozen } from './opened-store.js';

const room = { maxDepth: 20, maxValueBytes: 10_000 };

const ample = { maxDepth: 100, maxValueBytes: 1e9 };

/** What JSON can carry, if its names can be part of a path. */
const { plain } = fc.letrec<{ plain: unknown }>(tie => ({
  plain: fc.oneof(
    { withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('plain'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ unit: 'grapheme' }).filter(name => segmentFault(name) === undefined),
      tie('plain'),
      { maxKeys: 4, noNullPrototype: false },
    ),
  ),
}));

function nested(levels: number): unknown {
  return Array.from({ length: levels }).reduce(inner => ({ inner }), 1);
}

describe('storable', () => {
  it('takes what JSON gives back as it is', () => {
    fc.assert(
      fc.property(plain, value => {
        expect(storable(value, ample).value).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
    for (const value of [null, true, false, 0, -1.5, '', 'text', Number.MAX_VALUE, 2 ** 60, '\ud800', [], {}])
      expect(storable(value, room).value).to.deep.equal(value);
  });

  it('copies and freezes all of it, and leaves the original alone', () => {
    const original = { list: [{ a: 1 }], inner: { b: 'x' } };
    const { value } = storable(original, room);
    original.list.push({ a: 2 });
    original.inner.b = 'y';

    expect(value).to.deep.equal({ list: [{ a: 1 }], inner: { b: 'x' } });
    expect(isDeepFrozen(value)).to.equal(true);
    expect(Object.isFrozen(original) || Object.isFrozen(original.list)).to.equal(false);
  });

  it('makes copies of what is met twice', () => {
    const shared = { a: 1 };
    const { value } = storable({ one: shared, other: shared }, room);

    expect(value).to.deep.equal({ one: { a: 1 }, other: { a: 1 } });
  });

  it('takes objects without a prototype, and those of other realms', () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    const foreign: unknown = runInNewContext('({ a: [1, { b: null }] })');

    for (const [value, expected] of [
      [bare, { a: 1 }],
      [foreign, { a: [1, { b: null }] }],
    ]) {
      const copy = storable(value, room).value as object;
      expect(copy).to.deep.equal(expected);
      expect(Object.getPrototypeOf(copy)).to.equal(Object.prototype);
    }
  });

  it('leaves out fields that are undefined', () => {
    expect(storable({ a: undefined, b: { c: undefined } }, room)).to.deep.include({
      value: { b: {} },
      keys: 1,
      depth: 1,
    });
  });

  it('makes 0 of -0', () => {
    expect(Object.is(storable(-0, room).value, 0)).to.equal(true);
    expect(Object.is((storable([-0], room).value as number[])[0], 0)).to.equal(true);
  });

  it('reads a property once', () => {
    let reads = 0;
    const shifty = {
      get a() {
        return reads++ === 0 ? 1 : () => {};
      },
    };

    expect(storable(shifty, room).value).to.deep.equal({ a: 1 });
    expect(reads).to.equal(1);
  });

  it('takes no notice of what is inherited', () => {
    const inherited = Object.create({ a: 1 }, {}) as object;
    expect(() => storable(inherited, room)).to.throw(StorageValueError);
    Object.defineProperty(Object.prototype, 'planted', {
      value: 1,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    try {
      expect(Object.keys(storable({ a: 1 }, room).value as object)).to.deep.equal(['a']);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'planted');
    }
  });

  it('tells keys, weight and depth', () => {
    fc.assert(
      fc.property(plain, value => {
        const { value: copy, keys, weight, depth } = storable(value, ample);
        expect({ ...sizeOf(copy) }).to.deep.equal({ keys, weight, depth });
      }),
    );
    expect(storable({ a: [{ b: 1 }, 'xyz'], c: {} }, room)).to.include({ keys: 3, depth: 3 });
  });

  class Account {
    a = 1;
  }
  class Items extends Array {}
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const ring: unknown[] = [];
  ring.push(ring);
  const sparse = [1, 2];
  sparse.length = 4;
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const refused: readonly (readonly [name: string, value: unknown, found: RegExp, path?: string])[] = [
    ['undefined', undefined, /^`undefined`$/],
    ['a function', () => {}, /^a function$/],
    ['a symbol', Symbol('x'), /^a symbol$/],
    ['a BigInt', 1n, /^a BigInt$/],
    ['NaN', Number.NaN, /^`NaN`$/],
    ['Infinity', [Number.POSITIVE_INFINITY], /^`Infinity`$/, '[0]'],
    ['a Date', { at: new Date() }, /^a Date$/, 'at'],
    ['a Map', new Map(), /^a Map$/],
    ['a Set', [[new Set()]], /^a Set$/, '[0][0]'],
    ['a Buffer', { a: { b: Buffer.alloc(3) } }, /^a Buffer$/, 'a.b'],
    ['a typed array', new Int8Array(2), /^an Int8Array$/],
    ['an ArrayBuffer', new ArrayBuffer(1), /^an ArrayBuffer$/],
    ['an error', new RangeError('x'), /^a RangeError$/],
    ['a regular expression', /x/, /^a RegExp$/],
    ['a promise', Promise.resolve(), /^a Promise$/],
    ['an instance of a class', { accounts: [0, new Account()] }, /^an Account$/, 'accounts[1]'],
    ['a subclass of Array', Items.from([1]), /^an Items$/],
    ['a boxed string', new String('x'), /^a String$/],
    ['an object without a name', Object.create({ constructor: 5 }), /^an instance of a class$/],
    ['an object whose prototype has none', Object.create(Object.create(null)), /^an instance of a class$/],
    ['toJSON', { toJSON: () => 1 }, /^a function$/, 'toJSON'],
    ['a hole', { list: sparse }, /^a hole$/, 'list[2]'],
    ['undefined in an array', [1, undefined], /^`undefined`$/, '[1]'],
    ['a name that is a symbol', { a: { [Symbol('x')]: 1 } }, /symbol/, 'a'],
    ['__proto__', JSON.parse('{"a":{"__proto__":{"polluted":1}}}'), /`__proto__`/, 'a.__proto__'],
    ['constructor', { constructor: { prototype: 1 } }, /`constructor`/, 'constructor'],
    ['prototype', [{ prototype: 1 }], /`prototype`/, '[0].prototype'],
    ['an empty name', { '': 1 }, /empty/, '[""]'],
    ['a name with half a character', { '\ud800': 1 }, /well-formed/],
    ['a long name', { ['x'.repeat(257)]: 1 }, /256/],
    ['a proxy that was revoked', { a: revoked.proxy }, /throws/, 'a'],
    [
      'an accessor that throws',
      {
        get a() {
          throw new Error('no');
        },
      },
      /throws/,
      'a',
    ],
  ];
  for (const [name, value, found, path = ''] of refused) {
    it(`refuses ${name}`, async () => {
      const error = await rejection(() => storable(value, room));

      expect(error).to.be.instanceOf(StorageValueError);
      expect(error.details?.found).to.match(found);
      if (!name.startsWith('a name') && !name.startsWith('a long')) expect(error.details?.path).to.equal(path);
    });
  }

  it('says what is wrong, and what to do instead', async () => {
    const messageOf = async (value: unknown) => (await rejection(() => storable(value, room))).message;

    expect(await messageOf({ user: { born: new Date() } })).to.equal(
      'The storage keeps what JSON would give back as it is, but `user.born` of a value is a Date; store its `getTime()` or `toISOString()`',
    );
    expect(await messageOf(undefined)).to.match(/`delete` it$/);
    expect(await messageOf(new Map())).to.match(/store a plain object or an array$/);
    expect(await messageOf(Buffer.alloc(1))).to.match(/base64/);
    expect(await messageOf(5n)).to.match(/as text$/);
    expect(await messageOf(() => {})).to.match(/is a function$/);
  });

  it('gives the cause when a getter throws', async () => {
    const cause = new Error('no');
    const value = {
      get a() {
        throw cause;
      },
    };

    expect(await rejection(() => storable(value, room))).to.have.property('cause', cause);
  });

  it('shows a long way in short', async () => {
    const value = Array.from({ length: 15 }).reduce<unknown>(
      inner => ({ ['k'.repeat(40)]: inner }),
      () => {},
    );

    expect((await rejection(() => storable(value, room))).details?.path).to.have.length.below(250);
  });

  describe('limits', () => {
    const limitOf = async (value: unknown, limits = room) => {
      const error = await rejection<StorageLimitError>(() => storable(value, limits));
      expect(error).to.be.instanceOf(StorageLimitError);
      return error.details;
    };

    it('counts levels', async () => {
      expect(storable(nested(20), room).depth).to.equal(20);
      expect(await limitOf(nested(21))).to.deep.equal({ limit: 'maxDepth', most: 20 });
    });

    it('refuses everything where there is no room at all', async () => {
      expect(storable(1, { ...room, maxDepth: 0 }).depth).to.equal(0);
      expect(await limitOf(1, { ...room, maxDepth: -1 })).to.deep.equal({ limit: 'maxDepth', most: -1 });
    });

    it('stops at circles', async () => {
      expect(await limitOf(circle)).to.include({ limit: 'maxDepth' });
      expect(await limitOf(ring)).to.include({ limit: 'maxDepth' });
    });

    it('counts bytes', async () => {
      expect(storable('x'.repeat(9_900), room).weight).to.be.within(9_900, 10_000);
      for (const value of [
        'x'.repeat(10_001),
        { a: ['x'.repeat(6_000), 'x'.repeat(6_000)] },
        { a: new Array(2_000).fill(0) },
      ])
        expect(await limitOf(value)).to.deep.equal({ limit: 'maxValueBytes', most: 10_000 });
      const names = Object.fromEntries(Array.from({ length: 100 }, (_, index) => ['k'.repeat(200) + index, 1]));
      expect(await limitOf(names)).to.include({ limit: 'maxValueBytes' });
    });

    it('does not walk through what is too large', async () => {
      const read: PropertyKey[] = [];
      const endless = new Proxy([], {
        get: (target, key) => {
          read.push(key);
          return key === 'length' ? 4_000_000_000 : Reflect.get(target, key);
        },
      });

      expect(await limitOf(new Array(4_000_000_000))).to.include({ limit: 'maxValueBytes' });
      expect(await limitOf(endless)).to.include({ limit: 'maxValueBytes' });
      expect(read).to.have.length.below(5);
    });

    it('does not walk through more names than there is room for', async () => {
      const fields = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${index}`, undefined]));

      expect(await limitOf(fields)).to.include({ limit: 'maxValueBytes' });
    });

    it('counts what is shared as often as it is met, and stops there', async () => {
      const bomb = Array.from({ length: 18 }).reduce<unknown>(inner => [inner, inner, inner, inner, inner, inner], 'x');

      expect(await limitOf(bomb)).to.include({ limit: 'maxValueBytes' });
    });
  });

  it('leaves what all objects share as it is', async () => {
    const before = Reflect.ownKeys(Object.prototype);
    for (const text of ['{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}', '{"a":[{"__proto__":1}]}'])
      await rejection(() => storable(JSON.parse(text), room));

    expect(Reflect.ownKeys(Object.prototype)).to.deep.equal(before);
  });
});
