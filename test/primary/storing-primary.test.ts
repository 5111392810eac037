import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DestroyedError, PreventedError } from '../../lib/errors/errors.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import type { PrimaryEvents } from '../../lib/primary/events.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { FrameKind, storeFrame } from '../../lib/protocol/frame.js';
import type { EventOf } from '../../lib/pubsub/event.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { LateStore } from '../storage/late-store.js';
import { readAll } from '../storage/shared-watch-contract.js';
import { FakeCluster } from '../support/fake-cluster.js';
import type { FakeWorker } from '../support/fake-worker.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { until } from '../support/with-deadline.js';

type Change = EventOf<PrimaryEvents, 'storageChange'>;

const quiet = { gracefulOnSignals: [] as const };

/** A primary that stands, on a cluster of fake workers. */
async function house(options: ClusterPrimaryOptions = {}, make = (all: object) => new ClusterPrimary(all)) {
  const cluster = new FakeCluster();
  cluster.obedient = true;
  const primary = await make({ ...quiet, workerCount: 1, ...options }).ready;
  const close = async () => {
    await primary.destroy();
    cluster[Symbol.dispose]();
  };
  return { cluster, primary, worker: cluster.worker(0), [Symbol.asyncDispose]: close };
}

/** What a worker was told about the storage. */
function heard(worker: FakeWorker): unknown[] {
  return worker.frames.flatMap(frame => (frame[0] === FrameKind.store ? [[frame[1], frame[2]]] : []));
}

/** The stages of `storageChange`, as they come. */
function stages(primary: ClusterPrimary): unknown[] {
  const log: unknown[] = [];
  for (const stage of ['before', 'on', 'after'] as const) {
    primary[stage]('storageChange', ({ data: { version } }) => void log.push([stage, version]));
  }
  return log;
}

describe('StoringPrimary', () => {
  it('keeps data in memory, unless it is given a store', async () => {
    const store = new MemoryStore();
    await using one = await house();
    await using other = await house({ storage: { store } });
    await one.primary.storage.set('a', 1);
    await other.primary.storage.set('a', 2);

    expect(one.primary.storage.peek('a')).to.equal(1);
    expect(store.version).to.equal(1);
  });

  it('begins with what it is given, in a store that was never written to', async () => {
    await using kitchen = await house({ storage: { initial: { menu: { soup: 5 } } } });

    expect(kitchen.primary.storage.peek('')).to.deep.equal({ menu: { soup: 5 } });
    expect(await kitchen.primary.storage.entry('menu')).to.deep.include({ version: 1 });
  });

  it('can be used before it is ready, also in `_initialize`', async () => {
    class Early extends ClusterPrimary {
      protected override async _initialize(): Promise<void> {
        await this.storage.increment('starts');
      }
    }
    const cluster = new FakeCluster();
    const primary = new Early({ ...quiet, workerCount: 0, storage: { store: new LateStore() } });
    const written = primary.storage.set('a', 1);
    await primary.ready;

    expect(await written).to.equal(1);
    expect(await primary.storage.get('')).to.deep.equal({ a: 1, starts: 1 });
    await primary.destroy();
    cluster[Symbol.dispose]();
  });

  describe('whose start fails', () => {
    it('rejects with what failed, if that is the store', async () => {
      const error = new Error('no disk');
      const store = new MemoryStore();
      store.open = () => {
        throw error;
      };
      const primary = new ClusterPrimary({ ...quiet, workerCount: 0, storage: { store } });
      const asked = rejection(primary.storage.get('a'));

      expect(await rejection(primary.ready)).to.equal(error);
      expect(await asked).to.equal(error);
      expect(await rejection(primary.storage.set('a', 1))).to.be.instanceOf(DestroyedError);
    });

    it('rejects with what failed, if that came before', async () => {
      const primary = new ClusterPrimary({ ...quiet, workerCount: 0 });
      primary.before('setup', event => event.prevent());
      const asked = rejection(primary.storage.get('a'));
      const error = await rejection(primary.ready);

      expect(error).to.be.instanceOf(PreventedError);
      expect(await asked).to.equal(error);
    });

    it('rejects with what is wrong with what is to be in it at first', async () => {
      const initial = { a: new Map() };
      const primary = new ClusterPrimary({ ...quiet, workerCount: 0, storage: { initial } });

      expect(await rejection(primary.ready)).to.include({ code: 'CLUSTER_STORAGE_VALUE' });
    });

    it('closes the store that it has opened, and no other', async () => {
      const store = new MemoryStore();
      let closed = 0;
      const close = store.close.bind(store);
      store.close = () => {
        closed++;
        close();
      };
      const primary = new ClusterPrimary({
        ...{ ...quiet, workerCount: 0 },
        storage: { store, maxKeys: 1, initial: { a: 1, b: 2 } },
      });

      expect(await rejection(primary.ready)).to.include({ code: 'CLUSTER_STORAGE_LIMIT' });
      expect(closed).to.equal(1);

      const failing = new LateStore();
      failing.open = () => Promise.reject(new Error('no disk'));
      failing.close = async () => void closed++;
      await rejection(new ClusterPrimary({ ...quiet, workerCount: 0, storage: { store: failing } }).ready);
      expect(closed).to.equal(1);
    });

    it('rejects what is asked for when it is never to start', async () => {
      const primary = new ClusterPrimary({ ...quiet, workerCount: 0 });
      const asked = rejection(primary.storage.get('a'));
      await primary.destroy();

      expect(await asked).to.be.instanceOf(DestroyedError);
      expect(await rejection(primary.storage.get('a'))).to.be.instanceOf(DestroyedError);
      expect(await rejection(primary.ready)).to.be.instanceOf(DestroyedError);
    });
  });

  it('ends locks and watches, and refuses everything, when it is destroyed', async () => {
    await using kitchen = await house();
    const { storage } = kitchen.primary;
    const [lock, watch] = [await storage.lock('leader'), storage.watch('')];
    const waiting = rejection(storage.lock('leader'));
    await storage.set('a', 1);
    await kitchen.primary.destroy();

    const reason = await rejection(storage.get('a'));
    expect(reason).to.be.instanceOf(DestroyedError);
    expect(await waiting).to.equal(reason);
    expect(lock.signal.reason).to.include({ code: 'CLUSTER_LOCK_LOST', cause: reason });
    expect(await readAll(watch)).to.deep.equal(['2 set a 1', reason]);
    expect(await rejection(() => storage.peek('a'))).to.equal(reason);
  });

  it('waits, when it is destroyed, until everything is durable', async () => {
    const store = new LateStore();
    await using kitchen = await house({ storage: { store } });
    const log: string[] = [];
    const written = kitchen.primary.storage.set('a', 1).then(() => log.push('written'));
    await kitchen.primary.destroy();
    log.push('destroyed');
    await written;

    expect(log).to.deep.equal(['written', 'destroyed']);
  });

  describe('storageChange', () => {
    it('tells what is asked for, before it takes place and after', async () => {
      await using kitchen = await house();
      const { primary } = kitchen;
      await primary.storage.set('x', 1);
      const log = stages(primary);
      const seen: Change['data'][] = [];
      primary.before('storageChange', ({ data }) => {
        expect(primary.storage.peek('a')).to.equal(undefined);
        seen.push(data);
      });
      await primary.storage.set('a.b', { c: 1 }, { ifVersion: 0 });

      expect(log).to.deep.equal([
        ['before', undefined],
        ['on', undefined],
        ['after', 2],
      ]);
      expect(seen[0]).to.include({ worker: undefined, version: 2 });
      expect(seen[0]?.writes).to.have.lengthOf(1);
      expect(seen[0]?.writes[0]).to.deep.include({ type: 'set', path: 'a.b', value: { c: 1 }, ifVersion: 0 });
      expect(Object.isFrozen(seen[0]?.writes) && Object.isFrozen(seen[0]?.writes[0])).to.equal(true);
    });

    it('tells of a transaction as a whole', async () => {
      await using kitchen = await house();
      const { primary } = kitchen;
      const seen: unknown[] = [];
      primary.on('storageChange', ({ data }) => {
        seen.push(data.writes.map(({ type, path }) => `${type} ${path}`));
      });
      await primary.storage.transaction([
        { type: 'create', path: 'a', value: 1 },
        { type: 'increment', path: 'n', by: 2 },
        { type: 'check', path: 'n', ifVersion: 2 },
        { type: 'delete', path: 'a' },
      ]);
      await primary.storage.restore({ version: 1, value: {}, expiries: {} });

      expect(seen).to.deep.equal([['set a', 'increment n', 'check n', 'delete a'], ['restore ']]);
    });

    for (const stage of ['before', 'on'] as const) {
      it(`can be prevented \`${stage}\`: nothing is written, and no number is used up`, async () => {
        await using kitchen = await house();
        const { primary } = kitchen;
        const log = stages(primary);
        primary[stage]('storageChange', event => {
          if (event.data.writes[0]?.path === 'a') event.prevent();
        });
        const error = await rejection(
          primary.storage.transaction([
            { type: 'set', path: 'a', value: 1 },
            { type: 'set', path: 'b', value: 1 },
          ]),
        );

        expect(error).to.be.instanceOf(PreventedError).and.to.have.property('message').that.includes('`a`');
        expect(error.details).to.deep.equal({ event: 'storageChange' });
        expect(log).to.not.deep.include(['after', undefined]);
        expect(primary.storage.peek('')).to.deep.equal({});
        expect(await primary.storage.set('b', 1)).to.equal(1);
      });
    }

    it('has no after when the write fails', async () => {
      await using kitchen = await house({ storage: { initial: { a: 'text' } } });
      const log = stages(kitchen.primary);

      expect(await rejection(kitchen.primary.storage.increment('a'))).to.include({ code: 'CLUSTER_STORAGE_TYPE' });
      expect(log).to.deep.equal([
        ['before', undefined],
        ['on', undefined],
      ]);
    });

    it('can be overridden, to see and to change what follows', async () => {
      const log: unknown[] = [];
      class Careful extends ClusterPrimary {
        protected override _eventStorageChange(event: Change): void {
          const { writes } = event.data;
          super._eventStorageChange(event);
          log.push([writes[0]?.path, event.data.version]);
          // Again is not once more.
          super._eventStorageChange(event);
        }
      }
      await using kitchen = await house({}, all => new Careful(all));

      expect([
        await kitchen.primary.storage.increment('n'),
        await kitchen.primary.storage.increment('n'),
      ]).to.deep.equal([...[1, 2]]);
      expect(log).to.deep.equal([
        ['n', 1],
        ['n', 2],
      ]);
    });

    it('refuses every write that an override leaves undone', async () => {
      class Closed extends ClusterPrimary {
        protected override _eventStorageChange(): void {}
      }
      await using kitchen = await house({}, all => new Closed(all));

      expect(await rejection(kitchen.primary.storage.set('a', 1))).to.be.instanceOf(PreventedError);
      expect(await kitchen.primary.storage.get('')).to.deep.equal({});
    });

    it('lets a subscriber write itself', async () => {
      await using kitchen = await house();
      const { storage } = kitchen.primary;
      kitchen.primary.before('storageChange', ({ data }) => {
        if (data.writes[0]?.path === 'a') void storage.set('audit', 'a is about to change');
      });

      expect(await storage.set('a', 1)).to.equal(2);
      expect(await storage.get('')).to.deep.equal({ audit: 'a is about to change', a: 1 });
    });

    it('tells the version, also of a store that answers later', async () => {
      await using kitchen = await house({ storage: { store: new LateStore() } });
      const log = stages(kitchen.primary);
      const versions = [await kitchen.primary.storage.set('a', 1), await kitchen.primary.storage.set('a', 2)];

      expect(log.filter(entry => (entry as unknown[])[0] === 'after')).to.deep.equal(
        versions.map(each => ['after', each]),
      );
    });

    it('is not published as long as nobody subscribes', async () => {
      await using kitchen = await house();
      const published: unknown[] = [];
      const publish: (...args: unknown[]) => unknown = Reflect.get(kitchen.primary, '_publish');
      Reflect.set(kitchen.primary, '_publish', (...args: unknown[]) => {
        published.push(args[0]);
        return Reflect.apply(publish, kitchen.primary, args);
      });
      const count = () => published.filter(name => name === 'storageChange').length;
      await kitchen.primary.storage.set('a', 1);
      expect(count()).to.equal(0);
      const subscription = kitchen.primary.after('storageChange', () => {});
      await kitchen.primary.storage.set('a', 2);
      expect(count()).to.equal(1);
      subscription.unsubscribe();
      await kitchen.primary.storage.set('a', 3);

      expect(count()).to.equal(1);
    });

    it('is not published for reads, and locks', async () => {
      await using kitchen = await house();
      const { storage } = kitchen.primary;
      const log = stages(kitchen.primary);
      await storage.get('a');
      await storage.keys();
      await (await storage.lock('leader')).release();
      await storage.transaction([]);

      expect(log).to.deep.equal([]);
    });
  });

  describe('storageExpire', () => {
    it('tells what is gone', async () => {
      await using kitchen = await house();
      const { primary } = kitchen;
      const seen: unknown[] = [];
      primary.on('storageExpire', ({ data }) => {
        seen.push({ ...data, value: primary.storage.peek('a') });
      });
      await primary.storage.set('a.b', 1, { ttl: 5 });
      await until(() => seen.length > 0, 2_000, 'expiry');

      expect(seen).to.deep.equal([{ path: 'a.b', version: 2, value: {} }]);
    });
  });

  describe('for its workers', () => {
    it('answers, and tells who writes', async () => {
      await using kitchen = await house();
      const { primary, worker } = kitchen;
      const writers: unknown[] = [];
      primary.after('storageChange', ({ data }) => {
        writers.push([data.worker?.name, data.version]);
      });
      worker.says(storeFrame(1, ['set', 'a', 5]), storeFrame(2, 'a'), storeFrame(3, ['increment', 'a', 2]));
      await settled();

      expect(heard(worker)).to.deep.equal([
        [1, 1],
        [2, 5],
        [3, [[2, [7]]]],
      ]);
      expect(writers).to.deep.equal([
        ['default-0', 1],
        ['default-0', 2],
      ]);
      expect(primary.storage.peek('a')).to.equal(7);
    });

    it('prevents their writes, and tells them', async () => {
      await using kitchen = await house();
      kitchen.primary.before('storageChange', event => event.prevent());
      kitchen.worker.says(storeFrame(1, ['set', 'a', 5]));
      await settled();

      expect(heard(kitchen.worker))
        .to.have.nested.property('[0][1].error')
        .that.includes({ code: 'CLUSTER_PREVENTED' });
      expect(kitchen.primary.storage.peek('a')).to.equal(undefined);
    });

    it('keeps the replica of one that has asked for it up to date', async () => {
      await using kitchen = await house({ storage: { initial: { a: 1 } } });
      const { primary, worker } = kitchen;
      await primary.storage.set('b', 2);
      worker.says(storeFrame(1, ['attach']));
      await settled();
      await primary.storage.set('c', 3);
      await settled();

      expect(heard(worker)).to.deep.equal([
        [0, { parts: [], first: { group: 'default' } }],
        [
          0,
          {
            parts: [
              [['a'], 1],
              [['b'], 2],
            ],
          },
        ],
        [1, 2],
        [0, { versions: [3], paths: ['c'], values: [3] }],
      ]);
    });

    it('denies a group what it may not do', async () => {
      const access = { default: { secret: 'none', config: 'read' } } as const;
      await using kitchen = await house({ storage: { access, initial: { secret: 1, config: 2, x: 3 } } });
      const { worker } = kitchen;
      worker.says(storeFrame(1, 'secret'), storeFrame(2, ['set', 'config', 1]), storeFrame(3, ''));
      await settled();

      const answers = heard(worker);
      for (const place of [0, 1]) {
        expect(answers)
          .to.have.nested.property(`[${place}][1].error`)
          .that.includes({ code: 'CLUSTER_STORAGE_DENIED' });
      }
      expect(answers[2]).to.deep.equal([3, [{ config: 2, x: 3 }]]);
    });

    it('frees their locks when they exit, and not before', async () => {
      await using kitchen = await house();
      const { primary, cluster, worker } = kitchen;
      cluster.obedient = true;
      worker.says(storeFrame(1, ['lock', 1, null, 'leader']));
      await settled();
      const log: string[] = [];
      const lock = primary.storage.lock('leader');
      void lock.then(() => log.push('granted'));
      worker.process.disconnect();
      await settled();
      expect(log).to.deep.equal([]);
      worker.process.emit('exit', 1, null);

      expect((await lock).token).to.equal(2);
    });

    it('takes what is no request for a violation', async () => {
      await using kitchen = await house();
      const seen: unknown[] = [];
      kitchen.primary.on('channelViolation', ({ data }) => {
        seen.push(data.worker.name);
      });
      kitchen.worker.says(storeFrame(2, 'a'), storeFrame(2, 'a'), storeFrame(1, 'a'));
      await settled();

      expect(seen).to.deep.equal(['default-0', 'default-0']);
      expect(heard(kitchen.worker)).to.have.lengthOf(1);
    });
  });
});
