import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Transit } from '../../lib/primary/transit.js';

describe('Transit', () => {
  const limits = { parcels: 2, bytes: 100 };

  it('lets a few parcels through, however large', () => {
    const transit = new Transit(limits);

    expect([transit.enter('1:2', 1_000), transit.enter('1:2', 1_000)]).to.deep.equal([true, true]);
    expect(transit.enter('1:2', 1)).to.equal(false);
    expect(transit.enter('1:3', 1)).to.equal(true);
  });

  it('lets many through that are small', () => {
    const transit = new Transit(limits);
    const entered = Array.from({ length: 12 }, () => transit.enter('1:2', 10));

    expect(entered.filter(Boolean)).to.have.length(10);
  });

  it('has room again for what has left, and keeps nothing of it', () => {
    const transit = new Transit(limits);
    for (const bytes of [60, 60]) transit.enter('1:2', bytes);
    expect([transit.enter('1:2', 60), transit.size]).to.deep.equal([false, 1]);

    transit.leave('1:2', 60);
    expect(transit.enter('1:2', 60)).to.equal(true);
    for (const bytes of [60, 60]) transit.leave('1:2', bytes);
    transit.leave('1:2', 60);

    expect(transit.size).to.equal(0);
  });
});
