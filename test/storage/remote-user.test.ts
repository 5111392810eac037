import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { fromPrimaryError } from '../../lib/errors/wire-error.js';
import { Access, type AccessRules } from '../../lib/storage/access.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { RemoteUser } from '../../lib/storage/remote-user.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import { encodeRequest, type StorageRequest } from '../../lib/storage/storage-request.js';
import type { Store } from '../../lib/storage/store.js';
import { hostileBody } from '../support/hostile-bodies.js';
import { LateStore } from '../support/late-store.js';
import { RecordedLine } from '../support/recorded-line.js';
import { settled } from '../support/settled.js';
import { write } from './opened-store.js';
import { ReplicaWorld } from './replica-world.js';

interface Settings<S extends Store> {
  readonly store?: S;
  readonly rules?: AccessRules;
  readonly maxPending?: number;
  readonly mostChanges?: number;
}

function setUp<S extends Store = MemoryStore>(settings: Settings<S> = {}) {
  const { store = new MemoryStore() as Store as S, mostChanges = 100, ...rest } = settings;
  const world = new ReplicaWorld({ store, mostChanges });
  world.hub.open();
  return {
    store,
    hub: world.hub,
    clock: world.clock,
    ...userOf(world.hub, rest),
    another: () => userOf(world.hub, {}),
  };
}

/** One more who uses the storage. */
function userOf(hub: ReplicaWorld['hub'], { rules, maxPending = 100 }: Pick<Settings<Store>, 'rules' | 'maxPending'>) {
  const line = new RecordedLine();
  const user = new RemoteUser({ hub, line, access: new Access('cooks', rules), name: 'worker 7', maxPending });
  hub.add(user);
  let lastId = 0;
  const ask = (request: StorageRequest) => user.take(++lastId, encodeRequest(request));
  const set = (path: string, value: unknown) => ask({ type: 'commit', writes: [write.set(path, value)] });
  const attach = async () => {
    ask({ type: 'attach' });
    await settled();
    line.takeAll();
  };
  return { user, line, ask, set, attach };
}

/** The error that an answer stands for. */
const errorIn = (body: unknown) => fromPrimaryError((body as { readonly error: unknown }).error);
const get = (path: string): StorageRequest => ({ type: 'get', path: parsePath(path) });

describe('RemoteUser', () => {
  it('answers what it is asked for', () => {
    const { ask, line } = setUp();
    ask({ type: 'commit', writes: [write.set('a.b', 1)] });
    ask(get('a'));
    ask(get('nothing'));
    ask({ type: 'entry', path: parsePath('a.b') });
    ask({ type: 'keys', path: parsePath('a') });
    ask({ type: 'commit', writes: [write.delete('a.b'), write.increment('n', 2)] });
    ask({ type: 'snapshot' });

    expect(line.takeAll()).to.deep.equal([
      [1, 1],
      [2, [{ b: 1 }]],
      [3, []],
      [4, [{ value: 1, version: 1 }]],
      [5, [['b']]],
      [6, [[3, [true, 2]]]],
      [7, [{ version: 3, value: { a: {}, n: 2 }, expiries: [] }]],
    ]);
  });

  it('does nothing twice: an id that is not new is no request', () => {
    const { user, line, store } = setUp();
    const body = encodeRequest({ type: 'commit', writes: [write.increment('n')] });

    const taken = [3, 3, 2, 1, 0, -1, 4, 3].map(id => user.take(id, body));

    expect(taken).to.deep.equal([true, false, false, false, false, false, true, false]);
    expect(store.peek(parsePath('n'))).to.equal(2);
    expect(line.takeAll().map(([id]) => id)).to.deep.equal([3, 4]);
  });

  it('says why something is refused, without a stack', () => {
    const { user, line } = setUp({ rules: { secret: 'none' } });
    for (const [place, body] of ['a..b', ['what'], ['set', 'a', 1, { ifVersion: 5 }], 'secret'].entries()) {
      user.take(place + 1, body);
    }

    const answers = line.takeAll();

    expect(answers.map(([, body]) => errorIn(body).code)).to.deep.equal([
      'CLUSTER_STORAGE_PATH',
      'CLUSTER_INVALID_OPTION',
      'CLUSTER_STORAGE_CONFLICT',
      'CLUSTER_STORAGE_DENIED',
    ]);
    expect(JSON.stringify(answers)).to.not.include('stack');
    expect(errorIn(answers[2]?.[1]).details).to.deep.equal({ path: 'a', expected: 5, version: 0 });
  });

  it('answers whatever it is asked, each once, with a typed error or the truth, and stays as it is', async () => {
    const { user, line, store } = setUp({ mostChanges: 10 });
    let id = 0;
    fc.assert(
      fc.property(hostileBody, body => {
        expect(user.take(++id, body)).to.equal(true);
        expect(Reflect.ownKeys(Object.prototype)).to.have.lengthOf(12);
      }),
      { numRuns: 2_000 },
    );
    await settled();

    const answers = line.takeAll().filter(([to]) => to > 0);
    const refusals = answers.filter(([, body]) => typeof body === 'object' && !Array.isArray(body));
    // A lock that somebody has is waited for.
    expect(new Set(answers.map(([to]) => to)).size).to.equal(answers.length);
    expect(answers.length).to.be.above(1_500);
    for (const [, body] of refusals)
      expect(errorIn(body).code).to.match(/^CLUSTER_(STORAGE|INVALID|VERSION|BACKPRESSURE)/);
    expect(JSON.stringify(refusals).length / refusals.length).to.be.below(20_000);
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
    expect(store.snapshot().value).to.be.an('object');
  });

  it('answers, too, what throws when it is looked at', () => {
    const { user, line } = setUp();
    const revocable = Proxy.revocable([], {});
    revocable.revoke();
    const throwing = {
      get type() {
        throw new RangeError('mine');
      },
    };
    for (const [place, body] of [revocable.proxy, ['set', 'a', throwing], ['set', 'a', 1, revocable.proxy]].entries()) {
      expect(user.take(place + 1, body)).to.equal(true);
    }

    expect(line.takeAll().map(([id]) => id)).to.deep.equal([1, 2, 3]);
  });

  describe('with a replica', () => {
    it('sends the replica, then the version that it has', async () => {
      const { ask, set, line } = setUp();
      set('a', 1);
      line.takeAll();

      ask({ type: 'attach' });
      await settled();

      expect(line.takeAll()).to.deep.equal([
        [0, { parts: [], first: { group: 'cooks' } }],
        [0, { parts: [[['a'], 1]] }],
        [2, 1],
      ]);
    });

    it('takes another snapshot when too much has changed during the first', async () => {
      const store = new LateStore();
      const { ask, another, line } = setUp({ store, mostChanges: 1 });
      ask({ type: 'attach' });
      const other = another();
      for (const value of [1, 2, 3]) other.set('a', value);
      for (let turn = 0; turn < 4; turn++) {
        store.finish();
        await settled();
      }

      const said = line.takeAll();

      expect(said.filter(([, body]) => typeof body === 'object' && 'first' in (body as object))).to.have.lengthOf(2);
      expect(said.at(-1)).to.deep.equal([1, 3]);
    });

    it('sends one replica at a time, and refuses another meanwhile', async () => {
      const { ask, line } = setUp({ store: new LateStore() });
      ask({ type: 'attach' });
      ask({ type: 'attach' });

      expect(line.takeAll().map(([id, body]) => [id, errorIn(body).code])).to.deep.equal([[2, 'CLUSTER_BACKPRESSURE']]);
    });

    it('refuses the replica, and can be asked again, when a piece of it could not be sent', async () => {
      const { ask, line, user, set } = setUp();
      set('a', 1);
      line.takeAll();
      line.limit(1);
      ask({ type: 'attach' });
      user.feed.failed(new RangeError('too large'));
      line.limit(100);
      await settled();
      expect(errorIn(line.takeAll().at(-1)?.[1]).message).to.equal('too large');

      ask({ type: 'attach' });
      await settled();
      expect(line.takeAll().at(-1)).to.deep.equal([3, 1]);
    });

    it('finds room for the answer to `attach`, which takes less than what came before it', async () => {
      const { ask, line } = setUp();
      const limits: unknown[] = [];
      const post = line.post.bind(line);
      line.post = (id: number, body: unknown, options?: { limited?: boolean }) => {
        if (id > 0) limits.push(options?.limited);
        post(id, body);
      };
      ask({ type: 'attach' });
      await settled();
      ask(get('a'));

      expect(limits).to.deep.equal([false, true]);
    });

    it('refuses the replica when the store has none', async () => {
      const { ask, line, store } = setUp();
      store.close();

      ask({ type: 'attach' });
      await settled();

      expect(errorIn(line.takeAll()[0]?.[1]).code).to.equal('CLUSTER_STORAGE_FAILED');
    });

    it('answers a write in the place of its change', async () => {
      const { set, line, another, attach } = setUp();
      await attach();
      another().set('before', 1);
      set('own', 2);
      another().set('after', 3);
      await settled();

      expect(line.takeAll()).to.deep.equal([
        [0, { versions: [1], paths: ['before'], values: [1] }],
        [2, 2],
        [0, { versions: [3], paths: ['after'], values: [3] }],
      ]);
    });

    for (const [what, request] of [
      ['that it reads', get('a')],
      ['that nothing was there to delete', { type: 'commit', writes: [write.delete('nothing')] }],
      ['that a version is right', { type: 'commit', writes: [write.check('a', 1)] }],
      ['that a version is wrong', { type: 'commit', writes: [write.set('a', 2, { ifVersion: 9 })] }],
      ['of nothing at all', { type: 'commit', writes: [] }],
      ['that a path is refused', { type: 'commit', writes: [write.set('a.b', 2)] }],
      ['of a lock', { type: 'lock', id: 1, name: 'leader', ttl: 50 }],
      ['that it does not hold a lock', { type: 'renew', id: 1, ttl: 50 }],
      ['what has changed', { type: 'history', since: 0 }],
    ] as const) {
      it(`brings, before it says ${what}, what is behind that`, async () => {
        const { ask, another, line, attach } = setUp();
        await attach();
        line.limit(0);
        another().set('a', 1);
        await settled();
        expect(line.size).to.equal(0);

        ask(request);

        expect(line.takeAll().map(([id]) => id)).to.deep.equal([0, 2]);
      });
    }

    it('tells of a restore as it was carried out: what has expired is not in it', async () => {
      const { ask, line, attach } = setUp();
      await attach();

      ask({ type: 'commit', writes: [write.restore({ old: 1, young: 2 }, { old: 900, young: 2_000 })] });

      expect(line.takeAll()).to.deep.equal([
        [0, { versions: [1], paths: [''], values: [{ young: 2 }] }],
        [2, [[1, [1]]]],
      ]);
    });

    it('does not wait for an answer that is late before it answers what is not', async () => {
      const store = new LateStore();
      const { set, ask, line, user } = setUp({ store });
      ask({ type: 'attach' });
      store.finish();
      await settled();
      line.takeAll();

      set('own', 1);
      store.tell();
      ask({ type: 'history', since: 0 });
      expect(line.takeAll()).to.deep.equal([
        [0, { versions: [1], paths: ['own'], values: [1] }],
        [3, [{ versions: [1], paths: ['own'], values: [1] }]],
      ]);

      store.finish();
      await settled();
      expect(line.takeAll()).to.deep.equal([[2, 1]]);
      expect(user.feed.isOn).to.equal(true);
    });

    it('brings what came after its own late write as soon as that is answered', async () => {
      const store = new LateStore();
      const { set, ask, another, line } = setUp({ store });
      ask({ type: 'attach' });
      store.finish();
      await settled();
      line.takeAll();

      set('own', 1);
      another().set('other', 2);
      store.finish();
      await settled();

      expect(line.takeAll()).to.deep.equal([
        [2, 1],
        [0, { versions: [2], paths: ['other'], values: [2] }],
      ]);
    });

    it('remembers nothing for who has no replica: what would follow is missed', () => {
      const { ask, set, line } = setUp();
      set('a', 1);
      line.takeAll();

      ask({ type: 'history', since: 0 });

      expect(errorIn(line.takeAll()[0]?.[1])).to.deep.include({
        code: 'CLUSTER_VERSION_GONE',
        details: { since: 0, oldest: 0 },
      });
    });
  });

  describe('with a store that is late', () => {
    it('refuses more than may wait, and takes more when there is room', async () => {
      const store = new LateStore();
      const { ask, line } = setUp({ store, maxPending: 2 });
      for (const path of ['a', 'b', 'c']) ask(get(path));
      expect(line.takeAll().map(([id, body]) => [id, errorIn(body).code])).to.deep.equal([[3, 'CLUSTER_BACKPRESSURE']]);

      store.finish();
      await settled();
      ask(get('d'));
      store.finish();
      await settled();

      expect(line.takeAll()).to.deep.equal([
        [1, []],
        [2, []],
        [4, []],
      ]);
    });

    it('says later why something is refused', async () => {
      const store = new LateStore();
      const { ask, line } = setUp({ store });
      ask({ type: 'commit', writes: [write.set('a', 1, { ifVersion: 7 })] });
      expect(line.size).to.equal(0);

      store.finish();
      await settled();

      expect(errorIn(line.takeAll()[0]?.[1]).code).to.equal('CLUSTER_STORAGE_CONFLICT');
    });
  });

  describe('with locks', () => {
    const lock = (id: number, name = 'leader', ttl = 1_000): StorageRequest => ({ type: 'lock', id, name, ttl });

    it('grants one to each in turn, and says what became of it', () => {
      const { ask, line, another, clock } = setUp();
      const other = another();
      ask(lock(1));
      other.ask(lock(1));
      expect(line.takeAll()).to.deep.equal([[1, [[1, 0]]]]);
      expect(other.line.size).to.equal(0);

      clock.advance(5);
      ask({ type: 'renew', id: 1, ttl: 100 });
      ask({ type: 'unlock', id: 1 });
      ask({ type: 'unlock', id: 1 });

      expect(line.takeAll()).to.deep.equal([
        [2, true],
        [3, true],
        [4, false],
      ]);
      expect(other.line.takeAll()).to.deep.equal([[1, [[2, 5]]]]);
    });

    it('answers who gives up waiting', () => {
      const { ask, line, another } = setUp();
      ask(lock(1));
      const other = another();
      other.ask(lock(1));

      other.ask({ type: 'unlock', id: 1 });

      expect(other.line.takeAll()).to.deep.equal([
        [2, true],
        [1, false],
      ]);
      ask({ type: 'unlock', id: 1 });
      expect(other.line.size).to.equal(0);
      expect(line.takeAll()).to.have.lengthOf(2);
    });

    it('tells who holds one that its time is over', () => {
      const { ask, line, clock } = setUp();
      ask(lock(4, 'leader', 50));
      line.takeAll();

      clock.advance(50);

      expect(line.takeAll()).to.deep.equal([[0, { lost: 4 }]]);
    });

    it('refuses an id that is in use, and keeps what it was used for', () => {
      const { ask, line, another } = setUp();
      another().ask(lock(1, 'taken', 100));
      ask(lock(1, 'taken'));
      ask(lock(1, 'free'));
      expect(line.takeAll().map(([id, body]) => [id, errorIn(body).code])).to.deep.equal([
        [2, 'CLUSTER_INVALID_OPTION'],
      ]);

      ask({ type: 'unlock', id: 1 });

      expect(line.takeAll()).to.deep.equal([
        [3, true],
        [1, false],
      ]);
    });

    it('refuses an id whose lock is held', () => {
      const { ask, line } = setUp();
      ask(lock(1));
      ask(lock(1, 'other'));

      expect(errorIn(line.takeAll()[1]?.[1]).code).to.equal('CLUSTER_INVALID_OPTION');
      ask({ type: 'unlock', id: 1 });
      expect(line.takeAll()).to.deep.equal([[3, true]]);
    });

    it('refuses a bad name, and knows nothing of it then', () => {
      const { user, line } = setUp();
      for (const [place, name] of ['', undefined, 7, 'x'.repeat(1_000), ['leader']].entries()) {
        user.take(place + 1, ['lock', 1, null, name]);
      }

      expect(line.takeAll().map(([, body]) => errorIn(body).code)).to.deep.equal(
        new Array(5).fill('CLUSTER_INVALID_OPTION'),
      );
      user.take(9, ['lock', 1, null, 'leader']);
      expect(line.takeAll()).to.deep.equal([[9, [[1, 0]]]]);
    });

    it('says that there is no token, and lets go of the wish', async () => {
      const { ask, line, store } = setUp();
      store.close();
      ask(lock(1));
      expect(errorIn(line.takeAll()[0]?.[1]).code).to.equal('CLUSTER_STORAGE_FAILED');

      ask({ type: 'unlock', id: 1 });
      expect(line.takeAll()).to.deep.equal([[2, false]]);
    });

    it('frees what its process held, when that is gone', () => {
      const { ask, hub, user, another } = setUp();
      const other = another();
      ask(lock(1));
      other.ask(lock(1));

      hub.gone(user);

      expect(other.line.takeAll()).to.deep.equal([[1, [[2, 0]]]]);
      expect(hub.locks.size).to.equal(1);
    });
  });
});
