import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { RecycleReason } from '../../lib/primary/events.js';
import type { GroupOptions, RecycleOptions } from '../../lib/primary/options.js';
import { Recycler } from '../../lib/primary/recycler.js';
import type { ProcessBehindHandle, WorkerHandle } from '../../lib/primary/worker-handle.js';
import { Deferred } from '../../lib/util/deferred.js';
import { settled } from '../support/conversation.js';
import { FakeClock } from '../support/fake-clock.js';
import { groupsOf } from '../support/resolved-groups.js';
import { slotOf } from '../support/worker-process.js';

/** What a worker tells of itself. */
interface FakeVitals {
  memory?: number;
  handled?: number;
  /** How often somebody wanted it to report. */
  readonly expected: number[];
  expect(interval: number): void;
}

function workerOf(group = 'default') {
  const vitals: FakeVitals = { expected: [], expect: interval => void vitals.expected.push(interval) };
  // As much of a process as is looked at.
  const worker = { slot: { ...slotOf(), group }, vitals } as unknown as ProcessBehindHandle;
  return { worker, vitals };
}

function setUp(recycle: RecycleOptions, groups: { readonly [name: string]: GroupOptions } = {}) {
  const clock = new FakeClock();
  const asked: { worker: ProcessBehindHandle; reason: RecycleReason; at: number; outcome: Deferred<WorkerHandle> }[] =
    [];
  const recycler = new Recycler({
    clock,
    groups: groupsOf({ recycle: { jitter: 0, ...recycle }, groups }),
    recycle: (worker, reason) => {
      const outcome = new Deferred<WorkerHandle>();
      asked.push({ worker, reason, at: clock.now(), outcome });
      return outcome.promise;
    },
  });
  return { clock, asked, recycler };
}

describe('Recycler', () => {
  it('has nothing to do, and asks nobody anything, where there is no limit', () => {
    const { recycler, clock } = setUp({});
    const { worker, vitals } = workerOf();
    recycler.add(worker);

    expect([clock.pending, vitals.expected]).to.deep.equal([0, []]);
    recycler.remove(worker);
  });

  it('replaces a worker that has become old, counted from when it was ready', () => {
    const { recycler, clock, asked } = setUp({ every: 10_000 });
    const { worker } = workerOf();
    clock.advance(50_000);
    recycler.add(worker);
    clock.advance(9_999);
    expect(asked).to.deep.equal([]);

    clock.advance(1);

    expect(asked).to.have.lengthOf(1);
    expect(asked[0]).to.deep.include({ worker, reason: 'age', at: 60_000 });
  });

  it('replaces one that has become large, as far as it has told', () => {
    const { recycler, clock, asked } = setUp({ memory: 500 });
    const { worker, vitals } = workerOf();
    recycler.add(worker);
    expect(vitals.expected).to.deep.equal([1_000]);
    clock.advance(5_000);
    vitals.memory = 499;
    clock.advance(5_000);
    expect(asked).to.deep.equal([]);

    vitals.memory = 500;
    clock.advance(1_000);

    expect(asked.map(({ reason }) => reason)).to.deep.equal(['memory']);
  });

  it('replaces one that has handled enough', () => {
    const { recycler, clock, asked } = setUp({ messages: 10 });
    const { worker, vitals } = workerOf();
    recycler.add(worker);
    vitals.handled = 10;
    clock.advance(1_000);

    expect(asked.map(({ reason }) => reason)).to.deep.equal(['messages']);
  });

  it('replaces one at a time in each group, however long that takes', () => {
    const { recycler, clock, asked } = setUp({ every: 1_000 }, { api: {} });
    const workers = [workerOf(), workerOf(), workerOf('api'), workerOf('api')].map(({ worker }) => worker);
    for (const worker of workers) recycler.add(worker);
    clock.advance(1_000_000);

    expect(asked.map(({ worker }) => worker)).to.deep.equal([workers[0], workers[2]]);
  });

  it('goes on with the next as soon as one is replaced', async () => {
    const { recycler, clock, asked } = setUp({ every: 1_000 });
    const [one, two] = [workerOf(), workerOf()];
    for (const { worker } of [one, two]) recycler.add(worker);
    clock.advance(1_000);
    recycler.remove(one.worker);
    asked[0]?.outcome.resolve({} as WorkerHandle);
    await settled();

    expect(asked.map(({ worker, at }) => [worker, at])).to.deep.equal([
      [one.worker, 1_000],
      [two.worker, 1_000],
    ]);
  });

  it('goes on with the next when one could not be replaced', async () => {
    const { recycler, clock, asked } = setUp({ every: 1_000 });
    const [one, two] = [workerOf(), workerOf()];
    for (const { worker } of [one, two]) recycler.add(worker);
    clock.advance(1_000);
    asked[0]?.outcome.reject(new Error('burnt'));
    await settled();

    expect(asked.map(({ worker }) => worker)).to.deep.equal([one.worker, two.worker]);
  });

  it('asks nothing for one that has left before its turn', async () => {
    const { recycler, clock, asked } = setUp({ every: 1_000 });
    const [one, two] = [workerOf(), workerOf()];
    for (const { worker } of [one, two]) recycler.add(worker);
    clock.advance(1_000);
    recycler.remove(two.worker);
    asked[0]?.outcome.reject(new Error('burnt'));
    await settled();

    expect(asked.map(({ worker }) => worker)).to.deep.equal([one.worker]);
  });

  it('lets a worker be that leaves', () => {
    const { recycler, clock, asked } = setUp({ every: 1_000 });
    const [one, two] = [workerOf(), workerOf()];
    for (const { worker } of [one, two]) recycler.add(worker);
    recycler.remove(one.worker);
    clock.advance(1_000);

    expect(asked.map(({ worker }) => worker)).to.deep.equal([two.worker]);
  });

  it('leaves no timer when the last one has left, and begins again with the next', () => {
    const { recycler, clock, asked } = setUp({ every: 1_000 });
    const [one, two] = [workerOf(), workerOf()];
    for (const { worker } of [one, two]) recycler.add(worker);
    recycler.remove(one.worker);
    expect(clock.pending).to.equal(1);
    recycler.remove(two.worker);
    expect(clock.pending).to.equal(0);

    recycler.add(one.worker);
    clock.advance(1_000);

    expect(asked.map(({ worker }) => worker)).to.deep.equal([one.worker]);
  });

  it('survives that a worker leaves while it is looked at', () => {
    const clock = new FakeClock();
    const [one, two, three] = [workerOf(), workerOf('api'), workerOf('jobs')];
    const asked: ProcessBehindHandle[] = [];
    const recycler: Recycler = new Recycler({
      clock,
      groups: groupsOf({ recycle: { every: 1_000, jitter: 0 }, groups: { api: {}, jobs: {} } }),
      recycle: worker => {
        asked.push(worker);
        for (const leaver of [worker, two.worker]) recycler.remove(leaver);
        return Promise.reject(new Error('gone'));
      },
    });
    for (const { worker } of [one, two, three]) recycler.add(worker);
    clock.advance(1_000);

    expect(asked).to.deep.equal([one.worker, three.worker]);
    expect(clock.pending).to.equal(0);
  });

  it('obeys the limits of the group of each worker', () => {
    const { recycler, clock, asked } = setUp(
      {},
      { api: { recycle: { every: 2_000 } }, jobs: { recycle: { messages: 5 } } },
    );
    const [api, jobs, other] = [workerOf('api'), workerOf('jobs'), workerOf()];
    for (const { worker } of [api, jobs, other]) recycler.add(worker);
    jobs.vitals.handled = 5;
    clock.advance(10_000);

    expect(asked.map(({ worker, reason }) => [worker, reason])).to.deep.equal([
      [jobs.worker, 'messages'],
      [api.worker, 'age'],
    ]);
  });

  it('meets an age to a twentieth, or to 10 ms when that is less, or to a second when that is more', () => {
    const lateness = [50, 2_000, 60_000].map(every => {
      const { recycler, clock, asked } = setUp({ every }, { api: {} });
      recycler.add(workerOf().worker);
      clock.advance(1);
      recycler.add(workerOf('api').worker);
      clock.advance(2 * every);
      return (asked[1]?.at ?? 0) - 1 - every;
    });

    expect(lateness).to.deep.equal([9, 99, 999]);
  });

  it('spreads the times by the jitter, none of them later than asked for', () => {
    const names = Array.from({ length: 40 }, (_, index) => `group-${index}`);
    const groups = Object.fromEntries(names.map(name => [name, {}]));
    const { recycler, clock, asked } = setUp({ every: 100_000, jitter: 0.5 }, groups);
    for (const name of names) recycler.add(workerOf(name).worker);
    clock.advance(49_000);
    expect(asked).to.deep.equal([]);

    clock.advance(51_000);

    expect(asked).to.have.lengthOf(40);
    expect(new Set(asked.map(({ at }) => at)).size).to.be.above(5);
  });

  describe('when that did not work', () => {
    /** How long it waits after each failure, in ms. */
    async function waits(every: number, count: number): Promise<number[]> {
      const { recycler, clock, asked } = setUp({ every });
      recycler.add(workerOf().worker);
      clock.advance(every);
      const found: number[] = [];
      for (let failed = asked[0]; failed && found.length < count; failed = asked[found.length]) {
        const from = clock.now();
        failed.outcome.reject(new Error('burnt'));
        await settled();
        while (asked.length <= found.length + 1) clock.advance(50);
        found.push(clock.now() - from);
      }
      return found;
    }

    it('tries again, but not at once, and less and less often', async () => {
      const found = await waits(10_000, 8);

      // Chance takes a fifth at most away, and it looks twice a second.
      for (const [failures, wait] of found.entries()) {
        const longest = Math.min(60_000, 1_000 * 2 ** failures);
        expect(wait).to.be.within(0.8 * longest, longest + 500);
      }
    });

    it('waits no longer at first than a worker may live', async () => {
      const [first = 0] = await waits(200, 1);

      expect(first).to.be.within(160, 250);
    });
  });

  it('asks again for one that could not be replaced yet though nothing failed, as while it is to take over', async () => {
    const { recycler, clock, asked } = setUp({ every: 1_000 });
    const { worker } = workerOf();
    recycler.add(worker);
    clock.advance(1_000);
    asked[0]?.outcome.resolve({} as WorkerHandle);
    await settled();
    expect(asked).to.have.lengthOf(1);

    clock.advance(1_100);

    expect(asked.map(each => each.worker)).to.deep.equal([worker, worker]);
  });
});
