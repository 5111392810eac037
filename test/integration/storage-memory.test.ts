import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Storable } from '../../lib/index.js';
import { pidOf } from '../support/events.js';
import { heapInUse } from '../support/heap.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { type Owner, one, openOwner, run, type Sharer, sharersOf } from '../support/sharers.js';

const mebibyte = 2 ** 20;
const many = 100_000;

/** 100,000 small entries, each way that they may be kept. */
const shapes: readonly (readonly [
  title: string,
  group: (number: number) => string,
  entry: (number: number) => Storable,
])[] = [
  ['records in groups', number => `group${number % 1_000}`, number => ({ name: `entry ${number}`, count: number })],
  ['numbers in one object', () => 'all', number => number],
  ['short texts, a few in each group', number => `group${number >> 2}`, number => `text ${number}`],
];

/** How many bytes of a worker's heap this text takes as a plain object. */
async function plainBytes(worker: Sharer, json: string): Promise<number> {
  const without = await heap(worker);
  await hold(worker, json);
  const bytes = (await heap(worker)) - without;
  await hold(worker, '{}');
  return bytes;
}

const hold = (worker: Sharer, json: string): Promise<void> => worker.request({ message: { type: 'hold', json } });
const heap = (worker: Sharer): Promise<number> => worker.request({ message: { type: 'heap' } });

/** Fills the storage with one write for each entry. */
async function fill(primary: Owner, [, group, entry]: (typeof shapes)[number]): Promise<void> {
  for (let number = 0; number < many; number++) {
    const written = primary.storage.set(`data.${group(number)}.key${number}`, entry(number));
    if (number % 100 === 99) await written;
  }
}

describe('the memory of a replica', () => {
  leavesNothingBehind();

  for (const shape of shapes) {
    it(`is at most twice that of a plain object, and is free when all is deleted: ${shape[0]}`, async function () {
      this.timeout(60_000);
      await using primary = await openOwner({ workerCount: 2 });
      const [early, late] = sharersOf(primary);
      await one(early, 'attach');
      const [earlyBefore, lateBefore] = [await heap(early), await heap(late)];

      await fill(primary, shape);
      const plain = await plainBytes(late, JSON.stringify(primary.storage.peek('')));
      // One had each entry by itself, the other all of them at once.
      await run(early, ['get', 'nothing']);
      await run(late, ['attach']);

      const costs = [(await heap(early)) - earlyBefore, (await heap(late)) - lateBefore];
      for (const cost of costs) expect(cost / plain, `of ${plain} bytes`).to.be.within(0.5, 2);

      // Frozen, and then written to.
      for (const worker of [early, late]) await run(worker, ['peek', 'data'], ['set', 'data.group1.key1', 0]);
      const read = [(await heap(early)) - earlyBefore, (await heap(late)) - lateBefore];
      for (const cost of read) expect(cost / plain, `of ${plain} bytes, read`).to.be.within(0.5, 2);

      await primary.storage.delete('data');
      await run(early, ['get', 'nothing']);
      await run(late, ['get', 'nothing']);
      const left = [(await heap(early)) - earlyBefore, (await heap(late)) - lateBefore];
      for (const cost of left) expect(cost).to.be.lessThan(plain / 4 + 2 * mebibyte);
    });
  }
});

describe('the memory of a primary', () => {
  leavesNothingBehind();

  it('is not that of all that a worker that stands still has missed', async function () {
    this.timeout(60_000);
    await using primary = await openOwner({ workerCount: 2, heartbeat: false });
    const [still, other] = sharersOf(primary);
    await Promise.all([one(still, 'attach'), one(other, 'attach')]);
    await write(primary, 20_000);
    await primary.storage.set('value', '');
    const before = heapInUse();

    process.kill(pidOf(still), 'SIGSTOP');
    try {
      await write(primary, 200_000);
      // 200,000 changes of 1 KB each; it remembers 16 MiB of them, and the channels hold a little.
      expect((heapInUse() - before) / mebibyte).to.be.lessThan(32);
    } finally {
      process.kill(pidOf(still), 'SIGCONT');
    }
    expect(await one(still, 'get', 'last')).to.equal(199_999);
    expect(await one(still, 'peek', 'last')).to.equal(199_999);
  });
});

/** Writes so many values of 1 KB. */
async function write(primary: Owner, times: number): Promise<void> {
  const filler = Buffer.alloc(1_000);
  for (let number = 0; number < times; number++) {
    // Each text has memory of its own.
    void primary.storage.set('value', filler.toString('latin1'));
    const written = primary.storage.set('last', number);
    if (number % 100 !== 99) continue;

    await written;
    await new Promise(resolve => setImmediate(resolve));
  }
}
