import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  GroupFailedError,
  InvalidOptionError,
  NoWorkerError,
  RequestTimeoutError,
  ShutDownError,
  UnknownGroupError,
  UnknownOptionError,
  UnknownWorkerError,
} from '../../lib/errors/errors.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { checkReadyOptions, nobodyInTime, Receivers, type Wait } from '../../lib/primary/receivers.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { crewOfGroups, FakeCrew } from '../support/fake-supervisor.js';
import { rejection } from '../support/thrown.js';

const message = { type: 'cook' };

function setUp(options: ClusterPrimaryOptions = {}, crew = crewOfGroups(options)) {
  const receivers = new Receivers(crew.supervisor, crew.clock);
  const wait = (more: Partial<Wait> = {}): Wait => ({ message, timeout: 1_000, ...more });
  /** What is thrown at once rejects, as it does in a primary. */
  const one = (to: unknown, more?: Partial<Wait>): Promise<WorkerHandle> => {
    const found = new Promise<WorkerHandle>(resolve => resolve(receivers.one(to, wait(more))));
    found.catch(() => {});
    return found;
  };
  return { crew, receivers, wait, one, [Symbol.dispose]: () => crew[Symbol.dispose]() };
}

/** The slot has nobody for a while: its first replacement died, too. */
async function emptySlot(crew: FakeCrew): Promise<void> {
  await crew.ready(1, 'cook');
  crew.cluster.worker(0).exits(1);
  crew.cluster.worker(1).exits(1);
}

describe('Receivers', () => {
  describe('#all', () => {
    it('finds everybody that is meant, without the sender among the others', async () => {
      using test = setUp();
      const [first, second] = await test.crew.ready(2);

      expect(test.receivers.everybody).to.deep.equal([first, second]);
      expect(test.receivers.all('others', { message, from: first })).to.deep.equal([second]);
      expect(test.receivers.all(['default-1', 1], { message })).to.deep.equal([second, first]);
    });
  });

  describe('#one', () => {
    it('is there at once, if it is', async () => {
      using test = setUp();
      const { crew, receivers, wait } = test;
      const [first, second] = await crew.ready(2);

      for (const to of [first, 1, 'default-0', { group: 'default' }]) expect(receivers.one(to, wait())).to.equal(first);
      expect(receivers.one({ group: 'default' }, wait())).to.equal(second);
    });

    it('waits for the next process of a slot, until it is forked', async () => {
      using test = setUp();
      await emptySlot(test.crew);
      const found = test.one('cook');
      test.crew.clock.advance(100);

      expect(await found).to.include({ id: 3, state: 'starting' });
    });

    it('waits for a worker of the group that it selects from, and for no other', async () => {
      using test = setUp();
      void test.crew.fork(1, undefined, 'api');
      const found = test.one({ group: 'api', select: 'leastPending' });
      await test.crew.ready();
      test.crew.cluster.worker(0).becomesReady();

      expect(await found).to.include({ group: 'api', id: 1 });
    });

    it('selects anew when it has waited: each waits for its own strategy', async () => {
      using test = setUp();
      void test.crew.fork();
      const found = [test.one({ select: 'hash', key: 'soup' }), test.one({ select: 'roundRobin' })];
      test.crew.cluster.worker(0).becomesReady();

      expect((await Promise.all(found)).map(({ id }) => id)).to.deep.equal([1, 1]);
    });

    it('waits for one that is not left out', async () => {
      using test = setUp();
      const [first] = await test.crew.ready();
      const except = new Set([first as WorkerHandle]);
      const found = test.one({ group: 'default' }, { except });
      const named = test.one('default-0', { except });
      const [second] = await test.crew.ready();
      expect(await found).to.equal(second);

      test.crew.cluster.worker(0).exits(1);

      expect(await named).to.include({ id: 3, name: 'default-0' });
    });

    it('waits no longer than it may, and leaves nothing behind', async () => {
      using test = setUp();
      void test.crew.fork();
      const timers = test.crew.clock.pending;
      const abort = new AbortController();
      const late = test.one({ group: 'default' });
      const aborted = test.one({ group: 'default' }, { signal: abort.signal });
      abort.abort(new Error('not hungry'));

      expect(await rejection(aborted)).to.have.property('message', 'not hungry');
      expect(test.crew.clock.pending).to.equal(timers + 1);
      test.crew.clock.advance(999);
      test.crew.clock.advance(1);

      expect(await rejection(late)).to.be.instanceOf(RequestTimeoutError);
    });

    it('tells at once why there is none', async () => {
      using test = setUp();
      await test.crew.ready();

      const errors: [unknown, new (...values: never[]) => Error][] = [
        [undefined, NoWorkerError],
        [99, UnknownWorkerError],
        ['waiter', UnknownWorkerError],
        [{ group: 'none' }, UnknownGroupError],
        [{ grup: 'api' }, UnknownOptionError],
        [{}, InvalidOptionError],
        [null, InvalidOptionError],
      ];
      for (const [to, kind] of errors) expect(await rejection(test.one(to))).to.be.instanceOf(kind);
    });

    it('refuses several, also when there happens to be one', async () => {
      using test = setUp();
      await test.crew.ready();

      for (const to of ['all', 'others', [1], [], { select: 'all' }])
        expect(await rejection(test.one(to)))
          .to.be.instanceOf(InvalidOptionError)
          .with.property('message', 'Expected `to` of a request to be one worker');
    });

    it('tells who waits that the group has failed, and whoever comes after that', async () => {
      using test = setUp({ restart: { intensity: 0 } });
      await test.crew.ready();
      const except = new Set(test.receivers.everybody);
      const waits = [test.one({ group: 'default' }, { except }), test.one({ select: 'hash', key: '' }, { except })];
      test.crew.cluster.worker(0).exits(1);

      for (const wait of [...waits, test.one({ group: 'default' })])
        expect(await rejection(wait)).to.be.instanceOf(GroupFailedError);
    });

    it('rejects once the cluster shuts down', async () => {
      using test = setUp();
      void test.crew.fork();
      const waiting = test.one({ group: 'default' });
      void test.crew.supervisor.shutDown();

      for (const wait of [waiting, test.one({ select: 'leastLoad' })])
        expect(await rejection(wait)).to.be.instanceOf(ShutDownError);
    });
  });

  describe('#next', () => {
    it('is the one whose turn it is for the type', async () => {
      using test = setUp({}, new FakeCrew());
      await test.crew.ready(2);
      const ids = ['cook', 'cook', 'wash', 'cook'].map(async type => {
        return (await test.receivers.next(test.wait({ message: { type } }))).id;
      });

      expect(await Promise.all(ids)).to.deep.equal([1, 2, 1, 1]);
    });

    it('waits for whoever is ready first', async () => {
      using test = setUp({}, new FakeCrew());
      const waiting = test.receivers.next(test.wait());
      const [worker] = await test.crew.ready();

      expect(await waiting).to.equal(worker);
    });
  });

  describe('#whenReady', () => {
    it('is the one that has been ready for longest, and no turn', async () => {
      using test = setUp();
      await test.crew.ready(2);
      const [api] = await test.crew.ready(1, undefined, 'api');

      expect((await test.receivers.whenReady({})).id).to.equal(1);
      expect(await test.receivers.whenReady({ group: 'api' })).to.equal(api);
      expect(test.receivers.one({ group: 'default' }, test.wait())).to.have.property('id', 1);
    });

    it('waits for ever, but no longer than its signal', async () => {
      using test = setUp();
      const abort = new AbortController();
      const waiting = test.receivers.whenReady({ signal: abort.signal });
      test.crew.clock.advance(10_000_000);
      abort.abort(new Error('not hungry'));

      expect(await rejection(waiting)).to.have.property('message', 'not hungry');
      await test.crew.ready();
      expect(await rejection(test.receivers.whenReady({ signal: abort.signal }))).to.have.property(
        'message',
        'not hungry',
      );
    });

    it('waits for another when the one that was ready left before it could be told', async () => {
      using test = setUp();
      const waiting = test.receivers.whenReady({});
      test.crew.whenTold('workerReady', () => test.crew.cluster.worker(0).process.disconnect());
      await test.crew.ready();
      test.crew.whenTold('workerReady', () => {});
      const [second] = await test.crew.ready();

      expect(await waiting).to.equal(second);
    });
  });
});

describe('checkReadyOptions', () => {
  it('refuses what is none', () => {
    expect(() => checkReadyOptions({ group: '' })).to.throw(InvalidOptionError, '`group`');
    expect(() => checkReadyOptions({ ...{ signal: 5 } } as never)).to.throw(InvalidOptionError, '`signal`');
    expect(() => checkReadyOptions('api' as never)).to.throw(InvalidOptionError, '`whenReady()`');
    expect(() => checkReadyOptions({ group: 'api', ...{ timeout: 5 } })).to.throw(UnknownOptionError, '`timeout`');
  });
});

describe('nobodyInTime', () => {
  it('tells the type and the time', () => {
    const error = nobodyInTime(message, 50);

    expect(error.message).to.equal('No worker was ready to answer `cook` within 50 ms');
    expect(error.details).to.deep.equal({ type: 'cook', timeout: 50 });
  });
});
