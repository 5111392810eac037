import { expect } from 'chai';
import { describe, it } from 'mocha';
import { forkOne, pidOf } from '../support/events.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { expectSame, one, openOwner, run, type Sharer, sharersOf, watchIn } from '../support/sharers.js';
import { type ReadOutcome, readSome } from '../support/sharing.js';

const read = (worker: Sharer, name: string, until: unknown): Promise<ReadOutcome> => {
  return worker.request({ message: { type: 'read', name, until } });
};

/** Writes this path again and again from a worker, until it is told that it is enough. */
async function keepWriting(worker: Sharer, path: string, over: AbortSignal): Promise<void> {
  for (let round = 0; !over.aborted; round++) {
    const steps = Array.from({ length: 50 }, (_, index) => ['set', `${path}.k${index}`, { round, of: path }] as const);
    await run(worker, ...steps, ['delete', `${path}.k${round % 50}`], ['increment', 'total', 50]);
  }
}

describe('what processes see of a shared storage', () => {
  leavesNothingBehind();

  it('is one order of all writes, whoever writes and whoever watches', async () => {
    await using primary = await openOwner({ workerCount: 4 });
    const workers = sharersOf(primary);
    await Promise.all(workers.map(worker => watchIn(worker, 'all', '')));
    const here = readSome(primary.storage.watch(''), { until: 'over' });

    const sums = await Promise.all([
      ...workers.map((worker, index) => {
        return worker.request({ message: { type: 'count', path: `of${index % 2}`, times: 500, atOnce: 16 } });
      }),
      ...Array.from({ length: 100 }, () => primary.storage.increment('of0').then(sum => [sum])),
    ]);
    await primary.storage.set('end', 'over');

    const { seen } = await here;
    expect(seen.map(([version]) => version)).to.deep.equal(Array.from({ length: 2_101 }, (_, index) => index + 1));
    for (const worker of workers) expect((await read(worker, 'all', 'over')).seen).to.deep.equal(seen);
    // Each sum was given to one of them.
    const sorted = sums.flat().sort((one, other) => one - other);
    const expected = [...count(1_100), ...count(1_000)].sort((one, other) => one - other);
    expect(sorted).to.deep.equal(expected);
  });

  it('is their own writes, and what they have read, also when others write without end', async () => {
    await using primary = await openOwner({ workerCount: 3 });
    const [writer, other, busy] = sharersOf(primary);
    const over = new AbortController();
    const traffic = keepWriting(busy, 'busy', over.signal);

    for (let value = 1; value <= 200; value++) {
      const own = await run(writer, ['set', 'a.b', value], ['peek', 'a.b'], ['increment', 'n'], ['peek', 'n']);
      expect(own.filter((_, index) => index % 2 === 1)).to.deep.equal([value, value]);
      const others = await run(other, ['get', 'a.b'], ['peek', 'a.b'], ['peek', 'n'], ['entry', 'n'], ['keys', 'a']);
      expect(others.slice(0, 3)).to.deep.equal([value, value, value]);
    }
    const gone = await run(writer, ['delete', 'a.b'], ['peek', 'a'], ['transaction', []], ['peek', 'a.b']);
    expect(gone).to.deep.equal([true, {}, [], null]);

    over.abort();
    await traffic;
    await expectSame(primary, sharersOf(primary));
  });

  it('is current for who is told of a write by any other way', async () => {
    await using primary = await openOwner({ workerCount: 3 });
    const [writer, reader, busy] = sharersOf(primary);
    const over = new AbortController();
    const traffic = keepWriting(busy, 'busy', over.signal);

    for (let value = 1; value <= 200; value++) {
      const message = { type: 'handOver', path: 'baton', value, to: reader.id } as const;
      expect(await writer.request({ message })).to.deep.equal([value, value]);
      expect(primary.storage.peek('baton')).to.equal(value);
    }
    over.abort();
    await traffic;
  });

  it('is all there is when one comes late, in the middle of heavy writing', async () => {
    await using primary = await openOwner({ workerCount: 2 });
    const writers = sharersOf(primary).slice(0, 2);
    const large = Object.fromEntries(count(5_000).map(number => [`k${number}`, { name: `entry ${number}`, number }]));
    await primary.storage.set('large', large);
    await primary.storage.set('total', 0);
    const over = new AbortController();
    const traffic = writers.map((worker, index) => keepWriting(worker, `large.of${index}`, over.signal));

    for (let round = 0; round < 5; round++) {
      const late = await forkOne(primary);
      const [, version, before] = await run(late as Sharer, ['attach'], ['get', 'total'], ['peek', 'large.k5000']);
      expect(version).to.be.greaterThan(-1);
      expect(before).to.deep.equal(large.k5000);
      await watchIn(late as Sharer, 'end', 'end');
    }
    over.abort();
    await Promise.all(traffic);
    await primary.storage.set('end', true);

    for (const worker of sharersOf(primary)) {
      const [peeked] = await run(worker, ['get', 'end'], ['peek', '']).then(([, all]) => [all]);
      expect(peeked).to.deep.equal(primary.storage.peek(''));
    }
  });

  it('costs those that do not use it nothing at all', async () => {
    await using primary = await openOwner({ workerCount: 2, workerEnv: { SHARER_COUNTS: '1' } });
    const [writer, idle] = sharersOf(primary);

    await writer.request({ message: { type: 'count', path: 'n', times: 5_000, atOnce: 64 } });
    await Promise.all(count(5_000).map(value => primary.storage.set('m', value)));

    expect(await writer.request({ message: { type: 'frames' } })).to.be.greaterThan(0);
    expect(await idle.request({ message: { type: 'frames' } })).to.equal(0);
    expect(await one(idle, 'peek', 'n')).to.deep.include({ code: 'CLUSTER_REPLICA_NOT_READY' });
    expect(await idle.request({ message: { type: 'frames' } })).to.equal(0);
    expect(await run(idle, ['get', 'n'], ['peek', 'm'])).to.deep.equal([5_000, 5_000]);
  });

  it('is never half of a transaction', async () => {
    await using primary = await openOwner({ workerCount: 3 });
    const [writer, ...readers] = sharersOf(primary).slice(0, 3) as [Sharer, ...Sharer[]];
    await primary.storage.set('account', { left: 500, right: 0 });
    const over = new AbortController();
    const sums = readers.map(async reader => {
      const seen = new Set<unknown>();
      while (!over.signal.aborted) {
        const [, peeked, got] = await run(reader, ['get', 'nothing'], ['peek', 'account'], ['get', 'account']);
        for (const { left, right } of [peeked, got] as { left: number; right: number }[]) seen.add(left + right);
      }
      return [...seen];
    });

    for (let round = 0; round < 10; round++) {
      const move = [
        { type: 'increment', path: 'account.left', by: -1 },
        { type: 'increment', path: 'account.right', by: 1 },
      ];
      await run(writer, ...Array.from({ length: 50 }, () => ['transaction', move] as const));
    }
    over.abort();

    expect(await Promise.all(sums)).to.deep.equal([[500], [500]]);
    expect(await one(writer, 'peek', 'account')).to.deep.equal({ left: 0, right: 500 });
  });
});

describe('a worker that stands still while others write', () => {
  leavesNothingBehind();

  it('costs the primary no more than the log, and has it all when it goes on', async function () {
    this.timeout(60_000);
    await using primary = await openOwner({ workerCount: 2, heartbeat: false });
    const [still, other] = sharersOf(primary);
    await watchIn(still, 'feed', 'feed', { initial: true });
    await watchIn(other, 'feed', 'feed');
    await one(still, 'set', 'own', 'kept');
    const first = await still.request({ message: { type: 'read', name: 'feed', count: 1 } });
    const failing = still.request({ message: { type: 'read', name: 'feed', until: 'over' }, timeout: 50_000 });

    process.kill(pidOf(still), 'SIGSTOP');
    try {
      const digest = other.request({ message: { type: 'digest', name: 'feed', until: 200_000 }, timeout: 50_000 });
      const growth = await writeMany(200_000, value => primary.storage.set('feed.value', value));
      expect((await digest) satisfies object).to.deep.equal({ count: 200_000, faults: 0 });
      expect(growth).to.be.lessThan(200);
    } finally {
      process.kill(pidOf(still), 'SIGCONT');
    }

    const { failure, version, seen } = await failing;
    expect(failure?.code).to.equal('CLUSTER_WATCH_OVERFLOW');
    expect(failure?.details).to.deep.equal({ path: 'feed', version });
    expect(version).to.equal(seen.at(-1)?.[0] ?? first.version);
    expect(await run(still, ['get', 'feed.value'], ['peek', 'feed.value'], ['peek', 'own'])).to.deep.equal([
      200_000,
      200_000,
      'kept',
    ]);
    await primary.storage.set('later', 1);
    await expectSame(primary, [still, other]);
  });
});

/** Writes so many numbers, in order. @returns by how many MiB the memory has grown */
async function writeMany(times: number, write: (value: number) => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage();
  for (let value = 1; value <= times; value++) {
    const written = write(value);
    if (value % 100 === 0) {
      await written;
      await new Promise(resolve => setImmediate(resolve));
    }
  }
  const after = process.memoryUsage();
  return (after.heapUsed + after.external - before.heapUsed - before.external) / 2 ** 20;
}

/** From 1 to `last`. */
function count(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
