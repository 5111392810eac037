import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { defaultMaxDepth, findUnserializable, weighMessage } from '../../lib/protocol/json-safe.js';

const json = { serialization: 'json' } as const;
const advanced = { serialization: 'advanced' } as const;

function nested(depth: number): object {
  let value: object = {};
  for (let level = 1; level < depth; level++) value = { in: value };
  return value;
}

function circular(): { readonly items: unknown[] } {
  const order: { readonly items: unknown[] } = { items: [] };
  order.items.push({ of: order });
  return order;
}

class Ticket {
  readonly secret = 1n;
  toJSON(): string {
    return 'ticket';
  }
}

describe('findUnserializable', () => {
  describe('for JSON', () => {
    const refused: readonly (readonly [value: unknown, found: string, path: string])[] = [
      [1n, 'a BigInt', ''],
      [{ order: { price: 1n } }, 'a BigInt', 'order.price'],
      [{ items: [1, { price: 1n }] }, 'a BigInt', 'items[1].price'],
      [{ 'a key': { b: 1n } }, 'a BigInt', '["a key"].b'],
      [[() => {}], 'a function', '[0]'],
      [{ run() {} }, 'a function', 'run'],
      [{ of: Symbol('s') }, 'a symbol', 'of'],
      [{ at: new Map() }, 'a Map', 'at'],
      [new Set(), 'a Set', ''],
      [{ at: Buffer.from('x') }, 'a Buffer', 'at'],
      [{ at: new Uint8Array(1) }, 'an Uint8Array', 'at'],
      [{ at: new DataView(new ArrayBuffer(1)) }, 'a DataView', 'at'],
      [{ at: new ArrayBuffer(1) }, 'an ArrayBuffer', 'at'],
      [{ at: new SharedArrayBuffer(1) }, 'a SharedArrayBuffer', 'at'],
      [circular(), 'a circular reference', 'items[0].of'],
    ];
    for (const [value, found, path] of refused) {
      it(`finds ${found} at \`${path}\``, () => {
        expect(findUnserializable(value, json)).to.deep.equal({ found, path });
      });
    }

    it('accepts plain data, undefined fields included', () => {
      const message = { type: 'cook', at: 5, ok: true, none: null, gone: undefined, list: [1, 'a', [undefined]] };

      expect(findUnserializable(message, json)).to.equal(undefined);
    });

    it('accepts objects that say how they are written', () => {
      expect(findUnserializable({ at: new Date(), ticket: new Ticket() }, json)).to.equal(undefined);
    });

    it('accepts instances whose class has methods, and looks at their own fields only', () => {
      const inherited = Object.create({ inherited: () => {} });

      expect(findUnserializable(inherited, json)).to.equal(undefined);
      expect(findUnserializable(Object.create(null), json)).to.equal(undefined);
    });

    it('finds what is nested too deep, and shortens the path to it', () => {
      expect(findUnserializable(nested(defaultMaxDepth), json)).to.equal(undefined);

      const fault = findUnserializable(nested(defaultMaxDepth + 1), json);

      expect(fault?.found).to.equal('an object that is nested too deep');
      expect(fault?.path)
        .to.match(/^in\.in.*…$/)
        .and.to.have.lengthOf(201);
    });

    it('takes its own limit of depth', () => {
      expect(findUnserializable([[[]]], { ...json, maxDepth: 2 })?.path).to.equal('[0][0]');
      expect(findUnserializable([[]], { ...json, maxDepth: 2 })).to.equal(undefined);
    });

    it('does not throw when reading a field does', () => {
      const trap = {
        get field(): never {
          throw new Error('trap');
        },
      };

      expect(findUnserializable(trap, json)).to.deep.equal({
        path: '',
        found: 'a property that throws when it is read',
      });
    });

    it('lets through only what JSON can write', () => {
      fc.assert(
        fc.property(fc.anything({ withBigInt: true, withMap: true, withTypedArray: true, withDate: true }), value => {
          if (findUnserializable(value, json) === undefined) JSON.stringify(value);
        }),
      );
    });

    it('lets all of JSON through', () => {
      fc.assert(fc.property(fc.jsonValue(), value => findUnserializable(value, json) === undefined));
    });
  });

  describe('for structured clone', () => {
    it('accepts what JSON cannot carry', () => {
      const rich = [1n, new Map([[{ a: 1 }, 2]]), new Set([1]), Buffer.from('x'), new Date(), /x/, new Error('x')];

      expect(findUnserializable(rich, advanced)).to.equal(undefined);
      expect(findUnserializable(circular(), advanced)).to.equal(undefined);
    });

    it('finds functions and symbols, in collections too', () => {
      expect(findUnserializable({ run() {} }, advanced)).to.deep.equal({ path: 'run', found: 'a function' });
      expect(findUnserializable(new Map([['key', Symbol('s')]]), advanced)).to.deep.equal({
        path: '[1]',
        found: 'a symbol',
      });
    });

    it('finds a function behind a circle', () => {
      const order = circular();
      order.items.push(() => {});

      expect(findUnserializable(order, advanced)).to.deep.equal({ path: 'items[1]', found: 'a function' });
    });

    it('finds what is nested too deep', () => {
      expect(findUnserializable(nested(defaultMaxDepth + 1), advanced)?.found).to.equal(
        'an object that is nested too deep',
      );
    });
  });
});

describe('weighMessage', () => {
  it('is near the length of the JSON', () => {
    const message = { type: 'plated', table: 4, dish: 'soup of the day', list: ['a', 'b', { c: null }] };

    expect(weighMessage(message, json)).to.be.closeTo(JSON.stringify(message).length, 20);
  });

  it('counts the bytes of binary data', () => {
    expect(weighMessage({ data: Buffer.alloc(10_000) }, advanced)).to.be.closeTo(10_000, 20);
  });
});
