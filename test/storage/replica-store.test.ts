import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ReplicaStore } from '../../lib/storage/replica-store.js';
import { snapshotParts } from '../../lib/storage/snapshot-parts.js';
import { parsePath, root } from '../../lib/storage/storage-path.js';
import type { StoredChange } from '../../lib/storage/store.js';
import { arbitraryPath, arbitraryValue, carriedOut, changeOf, expiryOf } from '../support/changes.js';
import { rejection } from '../support/thrown.js';

const group = 'cooks';
const peek = (replica: ReplicaStore, path: string) => replica.peek(parsePath(path));

describe('ReplicaStore', () => {
  it('is empty at first', () => {
    const replica = new ReplicaStore({ group });

    expect(peek(replica, '')).to.deep.equal({});
    expect(replica.version).to.equal(0);
  });

  it('is filled piece by piece', () => {
    const replica = new ReplicaStore({ group });
    replica.fill([
      [['a', 'b'], 1],
      [['x.y'], [2]],
    ]);
    replica.fill([[['a', 'c'], { d: 3 }]]);
    replica.filled(7);

    expect(peek(replica, '')).to.deep.equal({ a: { b: 1, c: { d: 3 } }, 'x.y': [2] });
    expect(replica.version).to.equal(7);
  });

  it('is not older than what it was told while it was filled', () => {
    const replica = new ReplicaStore({ group });
    replica.apply([changeOf(9, 'a', 1)]);
    replica.filled(7);

    expect(replica.version).to.equal(9);
  });

  it('takes changes of every kind', () => {
    const replica = new ReplicaStore({ group });
    const versions = [
      changeOf(1, 'a.b', { c: 1, d: 2 }),
      changeOf(2, 'a.b.c', 5),
      changeOf(3, 'a.b.d'),
      changeOf(4, 'x', null),
      expiryOf(5, 'a.b'),
      changeOf(6, 'nothing.there'),
    ].map(change => {
      replica.apply([change]);
      return [replica.version, peek(replica, '')];
    });

    expect(versions).to.deep.equal([
      [1, { a: { b: { c: 1, d: 2 } } }],
      [2, { a: { b: { c: 5, d: 2 } } }],
      [3, { a: { b: { c: 5 } } }],
      [4, { a: { b: { c: 5 } }, x: null }],
      [5, { a: {}, x: null }],
      [6, { a: {}, x: null }],
    ]);
    replica.apply([changeOf(7, '', { new: 1 })]);
    expect(peek(replica, '')).to.deep.equal({ new: 1 });
    replica.apply([changeOf(8, '')]);
    expect(peek(replica, '')).to.deep.equal({});
  });

  it('gives frozen snapshots, which later changes leave alone', () => {
    const replica = new ReplicaStore({ group });
    replica.apply([changeOf(1, 'a', { b: [1] })]);
    const before = peek(replica, '') as { a: { b: number[] } };
    replica.apply([changeOf(2, 'a.c', 2)]);

    expect(before).to.deep.equal({ a: { b: [1] } });
    expect([before, before.a, before.a.b].every(Object.isFrozen)).to.equal(true);
    expect(peek(replica, 'a')).to.deep.equal({ b: [1], c: 2 });
  });

  it('is what a store is, whatever the changes and however a snapshot is taken apart', () => {
    const steps = fc.array(fc.record({ path: arbitraryPath(), value: fc.option(arbitraryValue, { nil: undefined }) }));
    fc.assert(
      fc.property(steps, fc.nat(), fc.integer({ min: 16, max: 60 }), (writes, begin, most) => {
        const done = carriedOut(writes);
        const first = begin % (done.length + 1);
        const replica = new ReplicaStore({ group });
        for (const parts of snapshotParts(done[first]?.before ?? done.at(-1)?.after ?? {}, most)) replica.fill(parts);
        // What comes over a channel is a copy.
        const changes: StoredChange[] = done.slice(first).map(({ change }) => ({
          ...change,
          value: change.value === undefined ? undefined : JSON.parse(JSON.stringify(change.value)),
        }));
        replica.apply(changes);
        expect(replica.peek(root)).to.deep.equal(done.at(-1)?.after ?? {});
      }),
    );
  });

  describe('of a group that may not read everything', () => {
    const rules = { secret: 'none', 'secret.shared': 'read' } as const;

    it('refuses to say what is where it may not look', async () => {
      const replica = new ReplicaStore({ group, rules });
      const error = await rejection(() => peek(replica, 'secret.key'));

      expect(error).to.include({ name: 'StorageDeniedError', code: 'CLUSTER_STORAGE_DENIED' });
      expect(error.details).to.deep.equal({ path: 'secret.key', group, access: 'read' });
      expect(replica.mayRead(parsePath('secret.key'))).to.equal(false);
      expect(replica.mayRead(parsePath('secret.shared.x'))).to.equal(true);
      expect(replica.mayRead(root)).to.equal(true);
    });

    it('has no object any more that was only there for what is gone', () => {
      const replica = new ReplicaStore({ group, rules });
      replica.apply([changeOf(1, 'secret.shared', 1), changeOf(2, 'open.x', 2)]);
      expect(peek(replica, '')).to.deep.equal({ secret: { shared: 1 }, open: { x: 2 } });
      replica.apply([changeOf(3, 'secret.shared'), changeOf(4, 'open.x')]);

      expect(peek(replica, '')).to.deep.equal({ open: {} });
    });
  });

  it('may read everything unless it is told otherwise', () => {
    expect(new ReplicaStore({ group }).mayRead(parsePath('secret'))).to.equal(true);
  });
});
