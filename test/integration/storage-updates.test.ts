import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary } from '../../lib/index.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';

const many = Array.from({ length: 300 });

describe('updates of the same path', () => {
  leavesNothingBehind();

  it('all take place, many more at the same time than the attempts of one', async () => {
    await using primary = await new ClusterPrimary().ready;
    const { storage } = primary;

    await Promise.all(many.map(() => storage.update('served', (served: number = 0) => served + 1)));
    expect(storage.peek('served')).to.equal(many.length);
  });

  it('go on after one that throws', async () => {
    await using primary = await new ClusterPrimary().ready;
    const { storage } = primary;
    const update = (index: number) =>
      storage.update('served', (served: number = 0) => {
        if (index === 1) throw new Error('burnt');
        return served + 1;
      });

    const outcomes = await Promise.allSettled([0, 1, 2].map(update));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(storage.peek('served')).to.equal(2);
  });

  it('may wait for each other', async () => {
    await using primary = await new ClusterPrimary().ready;
    const { storage } = primary;
    let inner = 0;
    const outer = await storage.update('served', async (served: number = 0) => {
      if (inner++ === 0) await storage.update('served', () => 10);
      return served + 1;
    });

    expect({ inner, outer }).to.deep.equal({ inner: 2, outer: 11 });
  });
});
