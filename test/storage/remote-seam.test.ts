import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BackpressureError, ChannelClosedError } from '../../lib/errors/errors.js';
import { RemoteSeam } from '../../lib/storage/remote-seam.js';
import type { SharedStorage } from '../../lib/storage/shared-storage.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeClock } from '../support/fake-clock.js';
import { Seeded } from '../support/seeded.js';
import { settled } from '../support/settled.js';
import { rejection } from '../support/thrown.js';
import { LateStore } from './late-store.js';
import { readAll, take } from './shared-watch-contract.js';
import { StorageHouse, type Tenant } from './storage-house.js';

/** Everything that is asked of the primary. */
const questions: Readonly<Record<string, (storage: SharedStorage) => Promise<unknown>>> = {
  get: s => s.get('a'),
  entry: s => s.entry('a'),
  keys: s => s.keys(),
  set: s => s.set('a', 1),
  create: s => s.create('b', 1),
  update: s => s.update('a', () => 2),
  increment: s => s.increment('n'),
  delete: s => s.delete('a'),
  transaction: s => s.transaction([{ type: 'delete', path: 'a' }]),
  snapshot: s => s.snapshot(),
  restore: s => s.restore({ version: 0, value: {}, expiries: {} }),
  lock: s => s.lock('leader'),
  watch: s => s.watch('a').next(),
  'watch since': s => s.watch('a', { since: 0 }).next(),
  attach: s => s.attach(),
};

/** More than the primary remembers of what has changed. */
async function flood({ storage }: StorageHouse): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await storage.set('flood', `${turn}`.padEnd(1_000_000, 'x'));
}

const large = { limits: { maxValueBytes: 4_000_000, maxBytes: 100_000_000 } };

/** A worker that does not read, and of which the primary says nothing more for now. */
function deaf(tenant: Tenant): void {
  tenant.toWorker.most = 1;
  tenant.toWorker.stall();
}

describe('RemoteSeam', () => {
  it('costs nothing until it is used', async () => {
    await using house = await StorageHouse.open();
    const { toPrimary, toWorker, seam } = house.tenant();
    await house.storage.set('a', 1);
    await house.quiet();

    expect([toPrimary.posted, toWorker.posted]).to.deep.equal([[], []]);
    expect([seam.source, seam.isLive]).to.deep.equal([undefined, false]);
  });

  it('cannot be peeked into before it is attached', async () => {
    await using house = await StorageHouse.open();
    const { storage } = house.tenant();
    const error = await rejection(() => storage.peek('a'));

    expect(error).to.include({ name: 'ReplicaNotReadyError', code: 'CLUSTER_REPLICA_NOT_READY' });
    expect(error.message).to.include('await `storage.attach()` first');
  });

  it('fetches the replica once, however much is asked for', async () => {
    await using house = await StorageHouse.open({ initial: { a: 1 } });
    const { storage, toPrimary } = house.tenant();
    await Promise.all([storage.attach(), storage.get('a'), storage.attach(), storage.set('b', 1)]);

    expect(toPrimary.posted.map(([, body]) => body)).to.deep.equal([['attach'], 'a', ['set', 'b', 1]]);
    expect(storage.peek('')).to.deep.equal({ a: 1, b: 1 });
  });

  it('does not hear of its own writes twice', async () => {
    await using house = await StorageHouse.open();
    const { storage, toWorker } = house.tenant();
    await storage.attach();
    const before = toWorker.posted.length;
    await storage.set('a', 1);
    await storage.increment('n');
    await house.quiet();

    expect(toWorker.posted.slice(before).map(([, body]) => body)).to.deep.equal([1, [[2, [1]]]]);
  });

  it('waits until it is connected', async () => {
    const connected = new Deferred<void>();
    const seam = new RemoteSeam({ clock: new FakeClock(), connected: () => connected.promise });
    const posted: unknown[] = [];
    const attached = seam.storage.attach();
    const [early, read] = [seam.storage.watch('a', { initial: true }).next(), seam.storage.get('a')];
    seam.take(0, { behind: true });
    seam.failed(1, new Error('nobody asked'));
    await settled();
    expect(posted).to.deep.equal([]);

    seam.connect({ post: (id, body) => posted.push([id, body]) }, 10);
    connected.resolve();
    await settled();
    expect(posted).to.deep.equal([[1, ['attach']]]);
    seam.take(0, { parts: [[['a'], 5]], first: { group: 'cooks' } });
    seam.take(1, 7);
    await attached;
    await settled();
    seam.take(2, 5);

    expect(await read).to.equal(5);
    expect((await early).value).to.deep.equal({ version: 7, type: 'initial', path: 'a', value: 5 });
  });

  it('rejects everything with the reason why it is never connected', async () => {
    const reason = new Error('no primary');
    const seam = new RemoteSeam({ clock: new FakeClock(), connected: () => Promise.reject(reason) });

    for (const [name, ask] of Object.entries(questions))
      expect(await rejection(ask(seam.storage)), name).to.equal(reason);
  });

  it('asks in the order of the calls, those included that came too early', async () => {
    await using house = await StorageHouse.open();
    const { storage, toPrimary } = house.tenant();
    const attached = storage.attach();
    const early = [storage.set('a', 1), storage.set('a', 2)];
    const late = attached.then(() => storage.set('a', 3));
    await Promise.all([...early, late]);
    await house.quiet();

    expect(toPrimary.posted.slice(1).map(([, body]) => body)).to.deep.equal(
      [1, 2, 3].map(value => ['set', 'a', value]),
    );
  });

  it('says so when there is no channel after all', async () => {
    const seam = new RemoteSeam({ clock: new FakeClock(), connected: async () => {} });

    expect(await rejection(seam.storage.get('a'))).to.be.instanceOf(ChannelClosedError);
  });

  it('lets only so many requests wait', async () => {
    await using house = await StorageHouse.open();
    const { storage, toPrimary } = house.tenant({ maxPending: 3 });
    await storage.attach();
    toPrimary.stall();
    const waiting = [1, 2, 3].map(value => storage.set('a', value));
    const error = await rejection(storage.set('a', 4));
    toPrimary.resume();
    await Promise.all(waiting);

    expect(error).to.be.instanceOf(BackpressureError);
    expect(error.details).to.deep.equal({ peer: 'the primary', limit: 'maxPendingRequests' });
    expect(await storage.set('a', 5)).to.equal(4);
  });

  it('rejects what cannot be sent, and nothing else', async () => {
    await using house = await StorageHouse.open();
    const { storage, toPrimary } = house.tenant();
    await storage.attach();
    toPrimary.full = true;
    const error = await rejection(storage.set('a', 1));
    toPrimary.full = false;

    expect(error).to.be.instanceOf(BackpressureError);
    expect(await storage.set('a', 2)).to.equal(1);
  });

  describe('whose primary is gone', () => {
    for (const [name, ask] of Object.entries(questions)) {
      it(`rejects ${name}, asked for before and after`, async () => {
        await using house = await StorageHouse.open({ initial: { a: 1 } });
        const [fresh, attached] = [house.tenant(), house.tenant()];
        await attached.storage.attach();
        for (const tenant of [fresh, attached]) {
          tenant.toPrimary.stall();
          const isDone = name === 'attach' && tenant === attached;
          const before = isDone ? undefined : rejection(ask(tenant.storage));
          await settled();
          const error = house.cutOff(tenant);

          if (before) expect(await before).to.equal(error);
          expect(await rejection(ask(tenant.storage))).to.equal(error);
        }
      });
    }

    it('still can be peeked into', async () => {
      await using house = await StorageHouse.open({ initial: { a: 1 } });
      const tenant = house.tenant();
      await tenant.storage.attach();
      house.cutOff(tenant);

      expect(tenant.storage.peek('a')).to.equal(1);
    });

    it('loses its locks', async () => {
      await using house = await StorageHouse.open();
      const tenant = house.tenant();
      const [one, two] = await Promise.all([tenant.storage.lock('one'), tenant.storage.lock('two', { ttl: 5_000 })]);
      const error = house.cutOff(tenant);

      for (const { signal } of [one, two]) {
        expect(signal.reason).to.include({ code: 'CLUSTER_LOCK_LOST', cause: error });
      }
      expect(await rejection(one.renew())).to.equal(one.signal.reason);
      await two.release();
    });

    it('fails its watches when they have read what waits', async () => {
      await using house = await StorageHouse.open();
      const tenant = house.tenant();
      await tenant.storage.attach();
      const watch = tenant.storage.watch('a');
      await house.storage.set('a', 1);
      await house.quiet();
      const error = house.cutOff(tenant);

      expect(await readAll(watch)).to.deep.equal(['1 set a 1', error]);
    });
  });

  describe('that has missed more than the primary remembers', () => {
    it('begins anew, and its watches say so', async () => {
      await using house = await StorageHouse.open(large);
      const tenant = house.tenant();
      await tenant.storage.set('n', 1);
      const watch = tenant.storage.watch('n');
      deaf(tenant);
      await house.storage.set('n', 2);
      await settled();
      await flood(house);
      await house.storage.set('n', 3);
      tenant.toWorker.resume();
      await house.quiet();

      const seen = await readAll(watch);
      expect(seen.slice(0, -1)).to.deep.equal(['2 set n 2']);
      expect(seen.at(-1)).to.include({ code: 'CLUSTER_WATCH_OVERFLOW' });
      expect(seen.at(-1)).to.have.property('details').that.deep.equals({ path: 'n', version: 2 });
      expect(tenant.storage.peek('n')).to.equal(3);
      expect(tenant.storage.peek('flood')).to.equal(house.storage.peek('flood'));
      const [gone] = await readAll(tenant.storage.watch('n', { since: 2 }));
      expect(gone).to.include({ code: 'CLUSTER_VERSION_GONE' });
    });

    for (const [what, ask] of [
      ['a read', (s: SharedStorage) => s.get('x')],
      ['a write', (s: SharedStorage) => s.set('y', 1)],
      ['a refusal', (s: SharedStorage) => s.create('n', 1).catch(() => {})],
    ] as const) {
      it(`is as new as ${what} that was awaited`, async () => {
        await using house = await StorageHouse.open(large);
        const tenant = house.tenant();
        await tenant.storage.set('n', 1);
        deaf(tenant);
        await house.storage.set('n', 2);
        await settled();
        await flood(house);
        await house.storage.set('n', 3);
        const asked = ask(tenant.storage);
        await settled();
        tenant.toWorker.resume();
        await asked;

        expect(tenant.storage.peek('n')).to.equal(3);
        await house.quiet();
        expect(tenant.storage.peek('')).to.deep.equal(house.storage.peek(''));
      });
    }

    it('misses nothing with a watch that begins meanwhile', async () => {
      await using house = await StorageHouse.open(large);
      const tenant = house.tenant();
      await tenant.storage.set('n', 1);
      const before = tenant.storage.watch('n');
      deaf(tenant);
      await house.storage.set('n', 2);
      await settled();
      await flood(house);
      tenant.toWorker.resume();
      const again = readAll(before).then(() => tenant.storage.watch('n', { initial: true }));
      // What comes while it is fetched, too.
      for (let value = 3; value <= 10; value++) {
        await house.storage.set('n', value);
        await settled();
      }
      const [initial, ...others] = await take(await again, 1);
      expect(initial?.type).to.equal('initial');
      const rest = await take(await again, 10 - Number(initial?.value));

      const values = [initial, ...others, ...rest].map(change => change?.value);
      expect(values).to.deep.equal(values.map((_, index) => Number(values[0]) + index));
      expect(values.at(-1)).to.equal(10);
    });

    it('begins no watch until it is up to date, also if it falls behind as soon as it is', async () => {
      const seam = new RemoteSeam({ clock: new FakeClock(), connected: async () => {} });
      const posted: unknown[] = [];
      seam.connect({ post: (id, body) => posted.push([id, body]) }, 10);
      const next = seam.storage.watch('a', { initial: true }).next();
      seam.take(0, { parts: [['a', 1]], first: { group: 'cooks' } });
      seam.take(1, 5);
      seam.take(0, { behind: true });
      await settled();
      expect(posted).to.deep.equal([1, 2].map(id => [id, ['attach']]));
      seam.take(0, { parts: [['a', 2]], first: { group: 'cooks' } });
      seam.take(2, 9);

      expect((await next).value).to.deep.equal({ version: 9, type: 'initial', path: 'a', value: 2 });
    });

    it('can give back a lock at once', async () => {
      await using house = await StorageHouse.open(large);
      const tenant = house.tenant();
      const lock = await tenant.storage.lock('leader');
      deaf(tenant);
      await house.storage.set('n', 2);
      await settled();
      await flood(house);
      void lock.release();

      expect((await house.storage.lock('leader')).token).to.be.above(lock.token);
    });
  });

  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
    it(`ends with what the primary has, and watches each change once, whatever comes in which order (seed ${seed})`, async () => {
      const random = new Seeded(seed);
      const store = random.chance(0.5) ? { store: new LateStore() } : {};
      await using house = await StorageHouse.open({ ...store, ...large });
      const tenants = [house.tenant(), house.tenant({ rules: { secret: 'none' } }), house.tenant()] as const;
      const log: number[] = [];
      void follow(house.storage, log);
      const logs = tenants.map(({ storage }) => follow(storage, []));

      const waiting: Promise<unknown>[] = [];
      for (let step = 0; step < 300; step++) {
        const storage = random.chance(0.25) ? house.storage : random.pick(tenants).storage;
        waiting.push(act(storage, random, step).catch(() => {}));
        const { toWorker } = random.pick(tenants);
        if (random.chance(0.05)) toWorker.stall();
        if (random.chance(0.1)) toWorker.resume();
        if (random.chance(0.3)) await settled();
      }
      for (const { toWorker } of tenants) toWorker.resume();
      await Promise.all(waiting);
      await house.quiet();

      const { secret: _, ...open } = house.storage.peek('');
      const whole = house.storage.peek('');
      expect(tenants.map(({ storage }) => storage.peek(''))).to.deep.equal([whole, open, whole]);
      for (const own of logs) expect(own).to.deep.equal(log.slice(-own.length));
    });
  }
});

/** Notes the versions that change something everybody may see, as a watch tells them. */
function follow(storage: SharedStorage, log: number[]): number[] {
  const read = async () => {
    for await (const { version } of storage.watch('a')) log.push(version);
  };
  read().catch(() => {});
  return log;
}

/** Does something. */
function act(storage: SharedStorage, random: Seeded, step: number): Promise<unknown> {
  const path = `a.${random.pick(['x', 'y', 'z'])}`;
  switch (random.pick(['set', 'set', 'increment', 'delete', 'both', 'restore', 'read', 'secret', 'lock'])) {
    case 'set':
      return storage.set(path, { step });
    case 'increment':
      return storage.increment('a.n');
    case 'delete':
      return storage.delete(path);
    case 'both':
      return storage.transaction([
        { type: 'set', path, value: step },
        { type: 'increment', path: 'a.n' },
        { type: 'delete', path: 'a.y' },
      ]);
    case 'restore':
      return storage.restore({ version: 0, value: { a: { n: step, old: 1 }, secret: step }, expiries: { 'a.old': 1 } });
    case 'secret':
      return storage.set('secret', step);
    case 'lock':
      return storage.lock('leader').then(lock => lock.release());
    default:
      return storage.get(path);
  }
}
