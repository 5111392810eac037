import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Contents, type Step } from '../../lib/storage/contents.js';
import { sizeOf } from '../../lib/storage/size.js';
import { storable } from '../../lib/storage/storable.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { Storable } from '../../lib/storage/store.js';
import { attempt } from '../../lib/util/attempt.js';
import { roomy } from './opened-store.js';

const root = parsePath('');

function set(
  contents: Contents,
  path: string,
  value: Storable,
  options: { version?: number; expiresAt?: number } = {},
): Step {
  const { version = 1, expiresAt } = options;
  return contents.set({ path: parsePath(path), value, expiresAt }, version);
}

function expiriesOf(contents: Contents): string[] {
  return contents.snapshot().expiries.map(({ path, expiresAt }) => `${path.text} ${expiresAt}`);
}

describe('Contents', () => {
  it('reads values, names, versions and expiries', () => {
    const contents = new Contents();
    set(contents, 'a.b', { c: 1 }, { version: 3, expiresAt: 50 });

    expect(contents.entry(parsePath('a.b'))).to.deep.equal({ value: { c: 1 }, version: 3, expiresAt: 50 });
    expect(contents.entry(parsePath('a.x'))).to.equal(undefined);
    expect([contents.versionOf(parsePath('a.b.c')), contents.versionOf(parsePath('a.x'))]).to.deep.equal([3, 0]);
    expect(contents.namesIn(parsePath('a.b'))).to.deep.equal(['c']);
    expect(contents.nextDeadline).to.include({ expiresAt: 50 });
  });

  it('tells by how much there is more, and how deep it is', () => {
    const contents = new Contents();
    const empty = contents.weight;

    const { growth } = set(contents, 'a.b', { c: [1] });

    expect(growth).to.deep.equal({
      keys: 3,
      weight: contents.weight - empty,
      depth: 4,
      written: sizeOf({ c: [1] }).weight,
    });
    expect(set(contents, 'a.b', 1).growth).to.deep.include({ keys: -1, depth: 2 });
  });

  it('knows how much there is, after any steps and any that were taken back', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }).map(parsePath);
    const values = [1, 'some text', { a: 1 }, { b: { c: [{ d: 1 }] } }, [], {}];
    const value = fc.constantFrom(...values.map(each => storable(each, roomy).value));
    const step = fc.record({
      path,
      value,
      does: fc.constantFrom('set', 'remove', 'restore', 'undo'),
      expiresAt: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 40 }), steps => {
        const contents = new Contents();
        const done: Step[] = [];
        for (const [index, { path: where, value: some, does, expiresAt }] of steps.entries()) {
          const taken = attempt(() => {
            if (does === 'undo') return void (done.length > 0 && contents.undo(done.pop() as Step));
            if (does === 'remove') return contents.remove(where, index);
            if (does === 'set') return contents.set({ path: where, value: some, expiresAt }, index);
            const expiries = [{ path: where, expiresAt }];
            return contents.restore({ path: root, value: { a: some, b: 1 }, expiries }, index, 5);
          }, undefined);
          if (taken !== undefined) done.push(taken);
          const { keys, weight } = sizeOf(contents.get(root) as Storable);
          expect({ keys: contents.keys, weight: contents.weight }).to.deep.equal({ keys, weight });
        }
        for (const each of done.reverse()) contents.undo(each);
        expect(contents.snapshot()).to.deep.equal({ value: {}, expiries: [] });
        expect(contents.versionOf(root)).to.equal(0);
      }),
      { numRuns: 500 },
    );
  });

  it('brings back what expires, in the order it was in', () => {
    const contents = new Contents();
    set(contents, 'a', 1, { expiresAt: 5 });
    set(contents, 'b', 1, { expiresAt: 5 });
    contents.undo(contents.remove(parsePath('a'), 2) as Step);
    contents.undo(contents.set({ path: parsePath('a'), value: 2, keepExpiry: true }, 2));
    contents.undo(contents.set({ path: parsePath('a'), value: 2, expiresAt: 4 }, 2));

    expect(contents.nextDeadline?.path.text).to.equal('a');
    expect(expiriesOf(contents)).to.deep.equal(['a 5', 'b 5']);
  });

  describe('#remove', () => {
    it('does nothing where there is nothing', () => {
      const contents = new Contents();

      expect([contents.remove(parsePath('a'), 1), contents.remove(root, 1)]).to.deep.equal([undefined, undefined]);
      expect(contents.versionOf(root)).to.equal(0);
    });

    it('takes an expiry from a root that is empty', () => {
      const contents = new Contents();
      set(contents, '', {}, { expiresAt: 5 });

      expect(contents.remove(root, 2)).to.not.equal(undefined);
      expect(contents.nextDeadline).to.equal(undefined);
    });
  });

  describe('#restore', () => {
    it('takes the last of several expiries of a path', () => {
      const contents = new Contents();
      const path = parsePath('a');
      contents.restore(
        {
          path: root,
          value: { a: 1 },
          expiries: [
            { path, expiresAt: 8 },
            { path, expiresAt: 9 },
          ],
        },
        1,
        0,
      );

      expect(expiriesOf(contents)).to.deep.equal(['a 9']);
    });

    it('empties a root that is due', () => {
      const contents = new Contents();
      contents.restore({ path: root, value: { a: 1 }, expiries: [{ path: root, expiresAt: 8 }] }, 1, 8);

      expect(contents.snapshot()).to.deep.equal({ value: {}, expiries: [] });
    });
  });

  describe('#load', () => {
    it('takes what another store has kept', () => {
      const contents = new Contents();
      const entries = [
        { path: root, value: {}, version: 9, expiresAt: undefined },
        { path: parsePath('a'), value: {}, version: 9, expiresAt: 70 },
        { path: parsePath('a.b'), value: [1], version: 4, expiresAt: 60 },
        { path: parsePath('a.c'), value: 'x', version: 2, expiresAt: undefined },
      ];
      contents.load(entries);

      for (const { path, version, expiresAt } of entries)
        expect(contents.entry(path)).to.include({ version, expiresAt });
      expect(contents.snapshot().value).to.deep.equal({ a: { b: [1], c: 'x' } });
      const { keys, weight } = sizeOf({ a: { b: [1], c: 'x' } });
      expect({ keys: contents.keys, weight: contents.weight }).to.deep.equal({ keys, weight });
      expect(contents.nextDeadline?.path.text).to.equal('a.b');
    });
  });
});
