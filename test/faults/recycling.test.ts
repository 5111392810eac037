import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type PrimaryEvents } from '../../lib/index.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { withDeadline } from '../support/with-deadline.js';

const workerCount = 8;

/** Eight workers, with what is told of their recycling, and the fewest that were ready. */
async function open(options: ClusterPrimaryOptions) {
  const primary = new ClusterPrimary({ workerScript: fixture('actor'), workerCount, watchdog: false, ...options });
  const told: { reason: PrimaryEvents['recycle']['reason']; age: number }[] = [];
  const readyAt = new Map<unknown, number>();
  primary.on('workerReady', ({ data: { worker } }) => void readyAt.set(worker, performance.now()));
  primary.on('recycle', ({ data: { worker, reason } }) => {
    told.push({ reason, age: performance.now() - (readyAt.get(worker) ?? 0) });
  });
  await primary.ready;
  const seen = { fewest: primary.workers.length };
  primary.after('removeWorker', () => {
    seen.fewest = Math.min(seen.fewest, primary.workers.length);
  });
  const close = () => primary.destroy();
  return { primary, told, seen, [Symbol.asyncDispose]: close };
}

describe('eight workers that are recycled (fault 26)', function () {
  this.timeout(120_000);
  leavesNothingBehind();

  it('by their age are so at times that differ, one by one, and there are never fewer', async () => {
    const every = 2_000;
    await using cluster = await open({ recycle: { every, jitter: 0.5 } });
    const { primary, told, seen } = cluster;

    const exits = await withDeadline(Promise.all(primary.workers.map(({ exited }) => exited)), 100_000, 'exits');

    expect(new Set(exits.map(({ cause }) => cause))).to.deep.equal(new Set(['recycled']));
    expect(new Set(told.map(({ reason }) => reason))).to.deep.equal(new Set(['age']));
    const ages = told.slice(0, workerCount).map(({ age }) => age);
    expect(Math.min(...ages)).to.be.at.least(every / 2 - 1);
    // Eight random ages from one second to three: that all are within a fifth of a second has a chance of 1 in a million.
    expect(Math.max(...ages) - Math.min(...ages)).to.be.greaterThan(200);
    expect(seen.fewest).to.be.at.least(workerCount - 1);
  });

  it('by their memory are so, one by one, and there are never fewer', async () => {
    await using cluster = await open({ recycle: { memory: 200 * 2 ** 20, jitter: 0 } });
    const { primary, told, seen } = cluster;
    const large = primary.workers.slice(0, 4);
    const small = primary.workers.slice(4);

    await primary.send({ message: { type: 'grow', bytes: 200 * 2 ** 20 }, to: large });
    const exits = await withDeadline(Promise.all(large.map(({ exited }) => exited)), 100_000, 'exits');

    expect(new Set(exits.map(({ cause }) => cause))).to.deep.equal(new Set(['recycled']));
    expect(told.map(({ reason }) => reason)).to.deep.equal(Array(4).fill('memory'));
    expect(small.map(({ state }) => state)).to.deep.equal(Array(4).fill('ready'));
    expect(seen.fewest).to.be.at.least(workerCount - 1);
  });
});
