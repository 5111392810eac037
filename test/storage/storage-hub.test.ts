import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PreventedError } from '../../lib/errors/errors.js';
import {
  StorageDeniedError,
  StorageFailedError,
  StorageTypeError,
  StorageValueError,
} from '../../lib/errors/storage-errors.js';
import { Access, type AccessRules } from '../../lib/storage/access.js';
import { Feed } from '../../lib/storage/feed.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { StorageHub, type WriteGate } from '../../lib/storage/storage-hub.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { StorageUser } from '../../lib/storage/storage-user.js';
import type { Store, StoredChange, Write } from '../../lib/storage/store.js';
import { FakeClock } from '../support/fake-clock.js';
import { LateStore } from '../support/late-store.js';
import { RecordedLine } from '../support/recorded-line.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { roomy, write } from './opened-store.js';
import { openGate } from './replica-world.js';

interface Settings {
  readonly store?: Store;
  readonly gate?: Partial<WriteGate>;
}

function setUp({ store = new MemoryStore(), gate }: Settings = {}) {
  const clock = new FakeClock(1_000);
  const hub = new StorageHub({ store, clock, limits: roomy, gate: { ...openGate, ...gate } });
  const user = (rules?: AccessRules) => userOf(hub, rules);
  return { hub, clock, store, user };
}

/** Somebody with a replica that knows of everything so far. */
function userOf(hub: StorageHub, rules?: AccessRules) {
  const line = new RecordedLine();
  const access = new Access('cooks', rules);
  const lost: number[] = [];
  const feed = new Feed({ log: hub.log, line, access, encode: changes => hub.encode(changes) });
  const user: StorageUser = { name: 'worker 1', access, feed, lockLost: id => void lost.push(id) };
  const attach = async () => {
    await feed.begin({ version: hub.log.newest, value: {}, expiries: [] }, () => {});
    hub.add(user);
    line.takeAll();
    return user;
  };
  return { user, line, lost, attach };
}

const path = parsePath;
/** Versions that were told. */
const told = (line: RecordedLine) => line.takeAll().map(([, body]) => (body as { versions: number[] }).versions);

describe('StorageHub', () => {
  describe('#open', () => {
    it('fills a store that was never written to, and no other', async () => {
      const { hub, store } = setUp();
      await hub.open({ a: { b: 1 } });
      expect(store.peek(path('a.b'))).to.equal(1);
      expect(hub.log.newest).to.equal(1);

      const again = setUp({ store });
      await again.hub.open({ a: 2 });
      expect(store.peek(path('a.b'))).to.equal(1);
      expect(again.hub.log.oldest).to.equal(1);
    });

    it('leaves a store empty when there is nothing to begin with', async () => {
      const { hub, store } = setUp();
      await hub.open();

      expect(store.version).to.equal(0);
    });

    it('refuses what cannot be stored before it opens anything', () => {
      let opens = 0;
      const store = Object.assign(new MemoryStore(), { open: () => void opens++ });

      expect(() => setUp({ store }).hub.open({ a: () => {} })).to.throw(StorageValueError);
      expect(opens).to.equal(0);
    });

    it('waits for a store that is late', async () => {
      const store = new LateStore();
      const { hub } = setUp({ store });

      const opening = hub.open({ a: 1 });
      expect(opening).to.be.instanceOf(Promise);
      store.finish();
      await opening;

      expect(hub.log.newest).to.equal(1);
    });

    it('rejects with what the store says', async () => {
      const store = Object.assign(new MemoryStore(), {
        open: async () => {
          throw new StorageFailedError('in use', { store: 'x' });
        },
      });

      expect(await rejection(async () => setUp({ store }).hub.open())).to.be.instanceOf(StorageFailedError);
    });
  });

  describe('#close', () => {
    it('ends watches and feeds, and then the store', async () => {
      const { hub, user, store } = setUp();
      hub.open();
      const { attach, line } = user();
      const { feed } = await attach();
      const watch = hub.watches.open(path('a'), { from: 0, value: undefined, maxQueued: 5 });
      const reason = new Error('over');

      await hub.close(reason);

      expect(await rejection(watch.next())).to.equal(reason);
      expect(feed?.isOn).to.equal(false);
      expect(line.size).to.equal(0);
      expect(() => store.peek(path('a'))).to.throw(StorageFailedError);
    });
  });

  describe('#answer', () => {
    it('says what is there', () => {
      const { hub, user } = setUp();
      hub.open({ a: { b: 1, c: 2 } });
      const asker = user().user;

      expect(hub.answer({ type: 'get', path: path('a') }, asker)).to.deep.equal({ b: 1, c: 2 });
      expect(hub.answer({ type: 'get', path: path('x') }, asker)).to.equal(undefined);
      expect(hub.answer({ type: 'keys', path: path('a') }, asker)).to.deep.equal(['b', 'c']);
      expect(hub.answer({ type: 'entry', path: path('a.b') }, asker)).to.deep.equal({
        ...{ value: 1, version: 1, expiresAt: undefined },
      });
      expect(hub.answer({ type: 'snapshot' }, asker)).to.deep.equal({
        ...{ version: 1, value: { a: { b: 1, c: 2 } }, expiries: [] },
      });
    });

    it('says later what a store says later', async () => {
      const store = new LateStore();
      const { hub, user } = setUp({ store });
      hub.open();
      const asker = user({ secret: 'none' }).user;
      const answers = ['get', 'entry', 'keys'].map(type => hub.answer({ type: type as 'get', path: path('a') }, asker));
      const snapshot = hub.answer({ type: 'snapshot' }, asker);
      store.finish();

      expect(await Promise.all(answers)).to.deep.equal([undefined, undefined, []]);
      expect(await snapshot).to.deep.include({ value: {} });
    });

    it('shows only what may be seen', () => {
      const { hub, user } = setUp();
      const { user: guest } = user({ 'a.secret': 'none', b: 'none', 'b.open': 'read', c: 'none' });
      hub.open({ a: { secret: 1, open: 2 }, b: { open: 3, secret: 4 }, c: 5 });

      expect(hub.answer({ type: 'get', path: path('a') }, guest)).to.deep.equal({ open: 2 });
      expect(hub.answer({ type: 'keys', path: path('') }, guest)).to.deep.equal(['a', 'b']);
      expect(hub.answer({ type: 'keys', path: path('b') }, guest)).to.deep.equal(['open']);
      expect(hub.answer({ type: 'keys', path: path('a.open') }, guest)).to.deep.equal([]);
      expect(hub.answer({ type: 'entry', path: path('b') }, guest)).to.deep.include({ value: { open: 3 } });
      expect(hub.answer({ type: 'snapshot' }, guest)).to.deep.include({ value: { a: { open: 2 }, b: { open: 3 } } });
      for (const type of ['get', 'entry', 'keys'] as const) {
        expect(() => hub.answer({ type, path: path('c') }, guest)).to.throw(StorageDeniedError);
      }
    });

    it('tells of no expiry of what may not be seen', () => {
      const { hub, user } = setUp();
      hub.open();
      const writes = [
        write.set('a', { secret: 1 }, { expiresAt: 2_000 }),
        write.set('b', 1, { expiresAt: 2_000 }),
        write.set('c', 1, { expiresAt: 2_000 }),
      ];
      hub.commit(writes, user().user);
      const { user: guest } = user({ a: 'none', 'a.open': 'read', b: 'none' });

      expect(hub.answer({ type: 'snapshot' }, guest)).to.deep.equal({
        ...{ version: 3, value: { c: 1 }, expiries: [['c', 2_000]] },
      });
    });
  });

  describe('#commit', () => {
    it('carries out what may be written, all or nothing', () => {
      const { hub, user, store } = setUp();
      hub.open();
      const { user: guest } = user({ a: 'read', 'b.secret': 'none' });

      expect(hub.commit([write.set('c', 1), write.check('a', 0)], guest)).to.deep.equal({
        version: 1,
        results: [1, 0],
      });
      for (const refused of [
        write.set('a.x', 1),
        write.delete('b'),
        write.increment('b.secret'),
        write.restore({}),
        write.check('b.secret', 0),
      ]) {
        expect(() => hub.commit([write.set('c', 2), refused], guest)).to.throw(StorageDeniedError);
      }
      expect(store.peek(path('c'))).to.equal(1);
    });

    it('tells who has a replica, in one go, but for the one who wrote', async () => {
      const { hub, user } = setUp();
      hub.open();
      const [one, other] = [user(), user()];
      const [writer] = [await one.attach(), await other.attach()];

      hub.commit([write.set('a', 1)], writer);
      writer.feed?.answered();
      hub.commit([write.set('b', 1), write.set('c', 1)], writer);
      writer.feed?.answered();
      expect(other.line.size).to.equal(0);
      await settled();

      expect(told(other.line)).to.deep.equal([[1, 2, 3]]);
      expect(told(one.line)).to.deep.equal([]);
    });

    it('encodes what several are told of once', async () => {
      const { hub, user } = setUp();
      hub.open();
      for (let count = 3; count > 0; count--) await user().attach();
      const changes = [{ ...write.set('a', 1), version: 1, expiresAt: undefined, weight: 1 }] as const;

      expect(hub.encode(changes as never)).to.equal(hub.encode(changes as never));
      const more = [...changes, { ...changes[0], version: 2 }];
      expect(hub.encode(more as never).versions).to.deep.equal([1, 2]);
      expect(hub.encode(changes as never).versions).to.deep.equal([1]);
      expect(hub.encode([more[1]] as never).versions).to.deep.equal([2]);
    });

    it('tells watches at once', async () => {
      const { hub, user } = setUp();
      hub.open();
      const watch = hub.watches.open(path('a'), { from: 0, value: undefined, maxQueued: 5 });

      hub.commit([write.set('a.b', 1)], user().user);

      expect(await watch.next()).to.deep.include({ value: { version: 1, type: 'set', path: 'a.b', value: 1 } });
    });

    it('tells nobody any more who is removed', async () => {
      const { hub, user } = setUp();
      hub.open();
      const { attach, line } = user();
      const gone = await attach();

      hub.remove(gone);
      hub.commit([write.set('a', 1)], gone);
      await settled();

      expect(line.size).to.equal(0);
      expect(gone.feed?.isOn).to.equal(false);
    });
  });

  describe('with a gate that is on', () => {
    /** Lets through what `mayPass` says, and remembers what it was asked. */
    function gated(mayPass: (writes: readonly Write[]) => boolean = () => true, store?: Store) {
      const asked: { writes: readonly Write[]; by: StorageUser; version: number | undefined }[] = [];
      const late: (() => number | undefined)[] = [];
      const expired: StoredChange[] = [];
      const gate: WriteGate = {
        isOn: true,
        pass: (writes, by, apply) => {
          if (mayPass(writes)) asked.push({ writes, by, version: apply() });
          else late.push(apply);
        },
        expired: changes => void expired.push(...changes),
      };
      const all = setUp(store ? { gate, store } : { gate });
      all.hub.open();
      return { ...all, asked, late, expired, user: all.user().user };
    }

    it('shows every commit before it is carried out, and says what its version is', () => {
      const { hub, user, asked } = gated();
      const writes = [write.set('a', 1), write.set('b', 2)];

      expect(hub.commit(writes, user)).to.deep.equal({ version: 2, results: [1, 2] });

      expect(asked).to.deep.equal([{ writes, by: user, version: 2 }]);
    });

    it('refuses what it does not let through, and takes no number for it', () => {
      const { hub, user, store } = gated(() => false);

      for (const [writes, what] of [
        [[write.set('a.b', 1), write.delete('c')], 'the write to `a.b`'],
        [[write.restore({})], 'a write to all of the storage'],
        [[], 'a write of nothing'],
      ] as const) {
        expect(() => hub.commit(writes, user))
          .to.throw(PreventedError, `A subscriber prevented ${what}`)
          .with.deep.property('details', { event: 'storageChange' });
      }
      expect(store.version).to.equal(0);
    });

    it('carries out nothing that was refused before', () => {
      const { hub, user, late, store } = gated(() => false);
      expect(() => hub.commit([write.set('a', 1)], user)).to.throw(PreventedError);

      expect(late[0]?.()).to.equal(undefined);
      expect(store.version).to.equal(0);
    });

    it('throws what the store throws, after the gate has heard that nothing took place', () => {
      const { hub, user, asked } = gated();
      hub.commit([write.set('a', 1)], user);

      expect(() => hub.commit([write.set('a.b', 1)], user)).to.throw(StorageTypeError);

      expect(asked.at(-1)?.version).to.equal(undefined);
    });

    it('says the version of a late store at once, and its commit later', async () => {
      const store = new LateStore();
      const { hub, user, asked } = gated(undefined, store);

      const commit = hub.commit([write.set('a', 1)], user);
      expect(asked[0]?.version).to.equal(1);
      store.finish();

      expect(await commit).to.deep.equal({ version: 1, results: [1] });
    });

    it('does not ask about what may not be written anyway', () => {
      const { hub, asked } = gated();
      const { user: guest } = userOf(hub, { a: 'read' });

      expect(() => hub.commit([write.set('a', 1)], guest)).to.throw(StorageDeniedError);
      expect(asked).to.deep.equal([]);
    });

    it('tells of what expires, when everybody else has been told', async () => {
      const { hub, user, expired, clock } = gated();
      const { attach, line } = userOf(hub);
      await attach();
      hub.commit([write.set('a', 1, { expiresAt: 1_005 })], user);
      await settled();
      line.takeAll();

      clock.advance(5);

      expect(expired.map(({ version, path: { text } }) => [version, text])).to.deep.equal([[2, 'a']]);
      expect(told(line)).to.deep.equal([[2]]);
    });
  });

  describe('with locks', () => {
    it('takes its tokens from the numbers of the writes', () => {
      const { hub, user } = setUp();
      hub.open({ a: 1 });
      const tokens: number[] = [];
      const ask = (owner: StorageUser, name: string) =>
        hub.locks.acquire(
          { name, owner, id: 1, ttl: 50 },
          { granted: token => void tokens.push(token), failed: expect.fail },
        );

      ask(user().user, 'one');
      hub.commit([write.set('a', 2)], user().user);
      ask(user().user, 'two');

      expect(tokens).to.deep.equal([2, 4]);
    });

    it('tells who holds one that it was taken away, and frees all when its process is gone', () => {
      const { hub, user, clock } = setUp();
      hub.open();
      const { user: holder, lost } = user();
      const granted = () => {};
      for (const [id, ttl] of [
        [1, 20],
        [2, 1_000],
      ] as const) {
        hub.locks.acquire({ name: `lock ${id}`, owner: holder, id, ttl }, { granted, failed: expect.fail });
      }

      clock.advance(20);
      expect(lost).to.deep.equal([1]);

      hub.remove(holder);
      expect(hub.locks.size).to.equal(1);
      hub.gone(holder);
      expect(hub.locks.size).to.equal(0);
    });
  });

  it('knows how new a replica is that began with a snapshot and was told of everything since', () => {
    const { hub, user } = setUp();
    hub.open({ a: 1 });
    const snapshot = { version: 1, value: {}, expiries: [] };
    expect(hub.newest(snapshot)).to.equal(1);

    hub.commit([write.set('b', 1)], user().user);

    expect(hub.newest(snapshot)).to.equal(2);
    expect(hub.newest({ ...snapshot, version: 5 })).to.equal(5);
  });
});
