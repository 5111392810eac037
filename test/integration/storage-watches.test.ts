import { expect } from 'chai';
import { describe, it } from 'mocha';
import { VersionGoneError, WatchOverflowError } from '../../lib/index.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { one, openOwner, run, type Sharer, sharersOf, watchIn } from '../support/sharers.js';
import { digestOf, type ReadOutcome, readSome, type Seen } from '../support/sharing.js';
import { failureOf } from '../support/with-deadline.js';

const read = (worker: Sharer, name: string, what: { count?: number; until?: unknown }): Promise<ReadOutcome> => {
  return worker.request({ message: { type: 'read', name, ...what } });
};

describe('watches in several processes', () => {
  leavesNothingBehind();

  it('lose none of 100,000 changes to 4 workers', async function () {
    this.timeout(60_000);
    await using primary = await openOwner({ workerCount: 4 });
    const workers = sharersOf(primary);
    await Promise.all(workers.map(worker => watchIn(worker, 'all', 'number')));
    const here = digestOf(primary.storage.watch('number', { maxQueued: 200_000 }), 100_000);
    const digests = workers.map(worker => {
      return worker.request({ message: { type: 'digest', name: 'all', until: 100_000 }, timeout: 50_000 });
    });

    for (let number = 1; number <= 100_000; number++) {
      const written = primary.storage.set('number', number);
      if (number % 500 === 0) await written;
    }

    for (const digest of await Promise.all([here, ...digests])) {
      expect(digest).to.deep.equal({ count: 100_000, faults: 0 });
    }
  });

  it('see writes at the path, below it, and those that replace what it is in', async () => {
    await using primary = await openOwner({ workerCount: 2 });
    const [watcher, writer] = sharersOf(primary);
    await watchIn(watcher, 'b', 'a.b');

    await run(
      writer,
      ['set', 'a.b.c', 1],
      ['set', 'a.c', 'elsewhere'],
      ['set', 'a', { b: { c: 2 } }],
      ['set', 'a', { d: 1 }],
      ['set', 'a', {}],
      ['restore', { version: 0, value: { a: { b: 3 } }, expiries: {} }],
      ['delete', 'a'],
      ['set', 'a.b', 'over'],
    );

    const { seen } = await read(watcher, 'b', { until: 'over' });
    expect(seen.map(([version, path, value, type]) => [version, path, value ?? null, type])).to.deep.equal([
      [1, 'a.b.c', 1, 'set'],
      [3, 'a.b', { c: 2 }, 'set'],
      [4, 'a.b', null, 'delete'],
      [6, 'a.b', 3, 'set'],
      [7, 'a.b', null, 'delete'],
      [8, 'a.b', 'over', 'set'],
    ]);
  });

  for (const place of ['a worker', 'the primary'] as const) {
    it(`that are read too slowly fail, and go on by \`since\` without a gap or a repetition, in ${place}`, async () => {
      await using primary = await openOwner({ workerCount: 2 });
      const [watcher, writer] = sharersOf(primary);
      const seen: Seen[] = [];
      let since: number | undefined;
      let overflows = 0;
      const write = async (from: number) => {
        for (let number = from; number < from + 500; number++) void primary.storage.set(`queue.${number % 7}`, number);
        await one(writer, 'set', 'queue.last', from + 500);
      };

      for (let round = 0; round < 10; round++) {
        const options = { maxQueued: round < 9 ? 100 : 100_000, ...(since !== undefined && { since }) };
        const watch = place === 'the primary' ? primary.storage.watch('queue', options) : undefined;
        if (!watch) await watchIn(watcher, 'queue', 'queue', options);
        if (round < 5) await write(round * 1_000);
        if (!watch) await one(watcher, 'get', 'queue');
        const until = 4_500;
        const outcome = watch ? await readSome(watch, { until }) : await read(watcher, 'queue', { until });
        seen.push(...outcome.seen);
        if (outcome.failure) {
          expect(outcome.failure.code).to.equal('CLUSTER_WATCH_OVERFLOW');
          expect(outcome.failure.details).to.deep.equal({ path: 'queue', version: outcome.version });
          overflows++;
        }
        since = outcome.version;
        await watch?.return();
      }

      expect(overflows).to.be.greaterThan(4);
      const versions = seen.map(([version]) => version);
      expect(versions).to.deep.equal(Array.from({ length: 5 * 501 }, (_, index) => index + 1));
    });
  }

  it('cannot go on from where nobody remembers, and say so', async () => {
    await using primary = await openOwner();
    const [worker] = sharersOf(primary);
    for (let number = 0; number < 10_050; number++) void primary.storage.set('number', number);
    await primary.storage.set('number', 'last');

    await watchIn(worker, 'gone', 'number', { since: 10 });
    const { failure } = await read(worker, 'gone', {});
    await watchIn(worker, 'future', 'number', { since: 1_000_000 });

    expect(failure).to.deep.equal({ code: 'CLUSTER_VERSION_GONE', details: { since: 10, oldest: 51 } });
    expect((await read(worker, 'future', {})).failure?.code).to.equal('CLUSTER_VERSION_GONE');
    expect(await failureOf(primary.storage.watch('number', { since: 10 }).next())).to.be.instanceOf(VersionGoneError);
    const here = primary.storage.watch('number', { since: 51, maxQueued: 1_000 });
    const { seen, failure: overflow } = await readSome(here, { until: 'last' });
    expect(seen).to.have.lengthOf(1_000);
    expect(overflow?.code).to.equal(new WatchOverflowError('', { path: '', version: 0 }).code);
    const rest = await readSome(primary.storage.watch('number', { since: here.version }), { until: 'last' });
    expect(rest.seen.at(0)?.[0]).to.equal(1_052);
    expect(rest.seen).to.have.lengthOf(9_000);
  });

  it('end with their loop, and cost nothing afterwards', async () => {
    await using primary = await openOwner({ workerCount: 1 });
    const [worker] = sharersOf(primary);
    const controller = new AbortController();
    const watch = primary.storage.watch('a', { signal: controller.signal });
    const next = failureOf(watch.next());

    controller.abort(new Error('enough'));
    for await (const { value } of primary.storage.watch('a', { initial: true })) {
      expect(value).to.equal(undefined);
      break;
    }
    await one(worker, 'set', 'a', 1);

    expect((await next).message).to.equal('enough');
    expect(await watch.next()).to.deep.equal({ done: true, value: undefined });
  });
});
