import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parsePath, root } from '../../lib/storage/storage-path.js';
import { WriteMaker } from '../../lib/storage/write-maker.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';

const forever = Number.POSITIVE_INFINITY;

function makeWith({ maxDepth = 10, maxValueBytes = 1_000, maxBytes = 5_000 } = {}): WriteMaker {
  return new WriteMaker({ room: { maxDepth, maxValueBytes, maxBytes }, clock: new FakeClock(1_000) });
}

// What can be wrong with what users write down is tested with `ConnectedStorage`, on both sides.
describe('WriteMaker', () => {
  const make = makeWith();
  const path = parsePath('a.b');

  it('makes the shortest write of the most frequent call', () => {
    for (const value of [true, null, 5, 'x', { c: 1 }]) {
      expect(make.set('a.b', value)).to.deep.equal({ type: 'set', path, value });
    }
  });

  it('makes a moment of a ttl', () => {
    expect(make.set('a.b', 1, { ttl: 50 })).to.deep.include({ expiresAt: 1_050 });
    expect(make.set('a.b', 1, { ttl: forever })).to.deep.include({ expiresAt: undefined });
    expect([make.expiry(undefined), make.expiry(forever), make.expiry(0.5)]).to.deep.equal([
      ...[undefined, undefined, 1_000.5],
    ]);
  });

  it('copies and freezes values', () => {
    const value = { list: [1] };
    const write = make.set('a', value);

    expect(write.value).to.deep.equal(value);
    expect(write.value).to.not.equal(value);
    expect(Object.isFrozen(write.value) && Object.isFrozen((write.value as typeof value).list)).to.equal(true);
  });

  it('makes a condition of a creation', () => {
    expect(make.create('a.b', 1)).to.deep.equal({ type: 'set', path, value: 1, expiresAt: undefined, ifVersion: 0 });
    expect(make.create('a.b', 1, { ttl: 5 })).to.deep.include({ expiresAt: 1_005, ifVersion: 0 });
  });

  it('keeps the expiry of what is replaced, unless there is a new one', () => {
    expect(make.replace('a.b', 1, { ttl: undefined, ifVersion: 7 })).to.deep.include({
      keepExpiry: true,
      ifVersion: 7,
    });
    expect(make.replace('a.b', 1, { ttl: 5, ifVersion: 7 })).to.deep.include({ keepExpiry: false, expiresAt: 1_005 });
    expect(make.replace('a.b', 1, { ttl: forever, ifVersion: 7 })).to.deep.include({
      ...{ keepExpiry: false, expiresAt: undefined },
    });
  });

  it('makes every kind of step of a transaction', () => {
    const steps = [
      { type: 'set', path: 'a.b', value: 1, ttl: 5, ifVersion: 2 },
      { type: 'create', path: 'a.b', value: 1, ttl: 5 },
      { type: 'increment', path: 'a.b' },
      { type: 'increment', path: 'a.b', by: -2 },
      { type: 'delete', path: 'a.b', ifVersion: 3 },
      { type: 'check', path: ['a', 'b'], ifVersion: 0 },
    ];

    expect(steps.map(step => make.operation(step))).to.deep.equal([
      { type: 'set', path, value: 1, expiresAt: 1_005, ifVersion: 2 },
      { type: 'set', path, value: 1, expiresAt: 1_005, ifVersion: 0 },
      { type: 'increment', path, by: 1 },
      { type: 'increment', path, by: -2 },
      { type: 'delete', path, ifVersion: 3 },
      { type: 'check', path, ifVersion: 0 },
    ]);
  });

  it('makes one write of a restoration', () => {
    const snapshot = { version: 5, value: { a: { b: 1 } }, expiries: { 'a.b': 2_000 } };

    expect(make.restore(snapshot)).to.deep.equal({
      ...{ type: 'restore', path: root, value: { a: { b: 1 } }, expiries: [{ path, expiresAt: 2_000 }] },
    });
    expect(make.restore({ version: 5, value: {} } as never)).to.deep.include({ value: {}, expiries: [] });
  });

  it('refuses what is too deep where it is to be, or too large; everything may be larger', async () => {
    const small = makeWith({ maxDepth: 3, maxValueBytes: 200, maxBytes: 1_000 });
    const deep = { x: { y: 1 } };
    small.set('a', deep);
    const text = 'x'.repeat(300);

    expect(await rejection(() => small.set('a.b.c', deep))).to.include({ code: 'CLUSTER_STORAGE_LIMIT' });
    expect(await rejection(() => small.set('a.b.c.d', 'x'))).to.include({ code: 'CLUSTER_STORAGE_LIMIT' });
    expect(await rejection(() => small.set('a', text))).to.include({ code: 'CLUSTER_STORAGE_LIMIT' });
    small.restore({ version: 1, value: { a: text }, expiries: {} });
    expect(await rejection(() => small.restore({ version: 1, value: { a: text.repeat(6) }, expiries: {} }))).to.include(
      {
        code: 'CLUSTER_STORAGE_LIMIT',
      },
    );
  });
});
