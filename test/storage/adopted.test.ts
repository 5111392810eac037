import { deserialize, serialize } from 'node:v8';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { StorageLimitError, StorageValueError } from '../../lib/errors/storage-errors.js';
import { adopted } from '../../lib/storage/adopted.js';
import { storable } from '../../lib/storage/storable.js';

const room = { maxDepth: 5, maxValueBytes: 1_000 };

/** What comes over a channel of JSON. */
function received(text: string): unknown {
  return JSON.parse(text);
}

/** What comes over a channel of structured clone. */
function cloned(value: unknown): unknown {
  return deserialize(serialize(value));
}

function outcome(make: () => unknown): unknown {
  try {
    return { value: make() };
  } catch (error) {
    return { code: (error as { code?: string }).code, message: (error as Error).message };
  }
}

describe('adopted', () => {
  it('returns the very object that came', () => {
    const value = received('{"a":{"b":[1,"two",null,true]},"c":0.5}');

    expect(adopted(value, room)).to.equal(value);
  });

  for (const text of ['7', '"text"', 'true', 'null', '[]', '{}']) {
    it(`takes ${text} as it is`, () => {
      expect(adopted(received(text), room)).to.deep.equal(JSON.parse(text));
    });
  }

  it('freezes all of it', () => {
    const value = adopted(received('{"a":{"b":[{"c":1}]}}'), room) as { a: { b: [object] } };

    expect([value, value.a, value.a.b, value.a.b[0]].every(each => Object.isFrozen(each))).to.equal(true);
  });

  it('makes 0 of -0, also in what it freezes otherwise', () => {
    const value = adopted(received('{"a":[{"b":1},-0]}'), room) as { a: [object, number] };

    expect(Object.is(value.a[1], 0)).to.equal(true);
    expect([value, value.a, value.a[0]].every(each => Object.isFrozen(each))).to.equal(true);
  });

  it('leaves out what is undefined', () => {
    expect(adopted(cloned({ a: undefined, b: 1 }), room)).to.have.all.keys('b');
  });

  it('leaves behind what an array has besides its items', () => {
    const value = adopted(cloned(Object.assign([1, 2], { hidden: 'x'.repeat(5_000) })), room);

    expect(Object.getOwnPropertyNames(value)).to.deep.equal(['0', '1', 'length']);
  });

  it('takes what is referred to twice', () => {
    const twin = { a: 1 };

    expect(adopted(cloned([twin, twin]), room)).to.deep.equal([{ a: 1 }, { a: 1 }]);
  });

  const unfit: readonly (readonly [name: string, value: unknown])[] = [
    ['a name that leads to what all objects share', received('{"a":{"__proto__":{"polluted":true}}}')],
    ['an empty name', received('{"":1}')],
    ['a Date', cloned({ a: new Date(0) })],
    ['a Map', cloned({ a: new Map() })],
    ['bytes', cloned({ a: new Uint8Array(2) })],
    ['a BigInt', cloned({ a: 1n })],
    ['NaN', cloned([Number.NaN])],
    ['Infinity', cloned([Number.POSITIVE_INFINITY])],
    ['a hole', cloned(Object.assign(Array(3), { 0: 1, 2: 3 }))],
    ['a hole that something hides', cloned(Object.assign(Array(1), { hidden: 1 }))],
    ['undefined', undefined],
  ];

  for (const [name, value] of unfit) {
    it(`refuses ${name} as \`storable\` does`, () => {
      expect(() => adopted(value, room)).to.throw(StorageValueError);
      expect(outcome(() => adopted(value, room))).to.deep.equal(outcome(() => storable(value, room).value));
    });
  }

  it('refuses what is nested too deep', () => {
    const nested = (levels: number) => received(`${'['.repeat(levels)}1${']'.repeat(levels)}`);

    expect(() => adopted(nested(5), room)).not.to.throw();
    expect(() => adopted(nested(6), room)).to.throw(StorageLimitError, /maxDepth/);
  });

  it('refuses a circle', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;

    expect(() => adopted(cloned(circle), room)).to.throw(StorageLimitError, /maxDepth/);
  });

  it('refuses what has no place at all', () => {
    expect(() => adopted(1, { ...room, maxDepth: -1 })).to.throw(StorageLimitError, /maxDepth/);
  });

  it('refuses what is too large', () => {
    expect(() => adopted(received(`["${'x'.repeat(1_000)}"]`), room)).to.throw(StorageLimitError, /maxValueBytes/);
  });

  it('does with any JSON what `storable` does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 7 }), fc.integer({ min: 0, max: 300 }), (text, maxValueBytes) => {
        const small = { maxDepth: 5, maxValueBytes };

        const made = outcome(() => adopted(received(text), small));

        expect(made).to.deep.equal(outcome(() => storable(received(text), small).value));
      }),
    );
  });
});
