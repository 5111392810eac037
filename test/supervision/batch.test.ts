import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Batch } from '../../lib/supervision/batch.js';
import { Fleet } from '../../lib/supervision/fleet.js';
import type { SlotState } from '../../lib/supervision/slot.js';

/** A batch of two slots, whose workers are ready. */
function batchOfTwo(stability = 0) {
  const fleet = new Fleet({ now: () => 0 });
  const [one, other] = fleet.claim({ group: 'api', count: 2 });
  if (one === undefined || other === undefined) throw new Error('two slots were expected');
  for (const slot of [one, other]) {
    fleet.fork(slot);
    fleet.enter(slot, 'ready');
  }
  fleet.takeActions();
  const editions = new Map([one, other].map(slot => [slot, 5]));
  return { fleet, one, other, batch: new Batch(fleet, { editions, stability, cause: 'reloaded' }) };
}

function newcomerIsReady(slot: SlotState): void {
  if (slot.newcomer) slot.newcomer = { ...slot.newcomer, phase: 'ready' };
}

function types(fleet: Fleet): string[] {
  return fleet.takeActions().map(({ type }) => type);
}

describe('Batch', () => {
  it('forks all newcomers, lets all take over when all are ready, and waits until the old ones are gone', () => {
    const { fleet, one, other, batch } = batchOfTwo();

    expect([batch.advance(), types(fleet)]).to.deep.equal([false, ['fork', 'fork']]);
    newcomerIsReady(one);
    expect([batch.advance(), types(fleet), batch.isCommitted]).to.deep.equal([false, [], false]);
    newcomerIsReady(other);
    expect([batch.advance(), types(fleet)]).to.deep.equal([false, ['takeOver', 'stop', 'takeOver', 'stop']]);
    one.leaver = undefined;
    expect([batch.advance(), batch.isCommitted]).to.deep.equal([false, true]);
    other.leaver = undefined;

    expect([batch.advance(), types(fleet), one.edition, other.edition]).to.deep.equal([true, [], 5, 5]);
  });

  it('lets nobody take over while a newcomer leaves that has not proved itself yet', () => {
    const { fleet, one, other, batch } = batchOfTwo(100);
    batch.advance();
    for (const slot of [one, other]) newcomerIsReady(slot);
    batch.advance();
    fleet.takeActions();
    if (one.newcomer) one.newcomer = { ...one.newcomer, phase: 'leaving' };
    batch.elapsed(1);

    expect([batch.isCommitted, batch.needs(one), fleet.takeActions()]).to.deep.equal([false, true, []]);
  });

  it('waits once, with a ticket of its own, for newcomers to prove themselves', () => {
    const { fleet, one, other, batch } = batchOfTwo(100);
    batch.advance();
    for (const slot of [one, other]) newcomerIsReady(slot);
    fleet.takeActions();

    batch.advance();
    batch.advance();
    expect(fleet.takeActions()).to.deep.equal([{ type: 'wait', ticket: 1, delay: 100 }]);
    batch.elapsed(2);
    expect(batch.isCommitted).to.equal(false);
    batch.elapsed(1);

    expect(batch.isCommitted).to.equal(true);
  });

  it('forks no newcomer beside a process that still leaves', () => {
    const { fleet, one, batch } = batchOfTwo();
    one.leaver = { generation: 9 };

    batch.advance();
    expect(types(fleet)).to.deep.equal(['fork']);
    one.leaver = undefined;
    batch.advance();

    expect(types(fleet)).to.deep.equal(['fork']);
  });

  it('needs its newcomers until they have taken over', () => {
    const { one, other, batch } = batchOfTwo();
    batch.advance();
    const before = batch.needs(one);
    for (const slot of [one, other]) newcomerIsReady(slot);
    batch.advance();

    expect([before, batch.needs(one)]).to.deep.equal([true, false]);
  });

  it('is over, once cancelled, when its newcomers are gone', () => {
    const { fleet, one, other, batch } = batchOfTwo();
    batch.advance();
    fleet.takeActions();

    batch.cancel();
    expect([types(fleet), batch.advance(), batch.needs(one)]).to.deep.equal([['stop', 'stop'], false, false]);
    one.leaver = undefined;
    other.leaver = undefined;

    expect([batch.advance(), batch.isCommitted]).to.deep.equal([true, false]);
  });

  it('leaves out slots that are given up, and is over without any', () => {
    const { fleet, one, other, batch } = batchOfTwo();
    batch.advance();
    fleet.retire(one, 'destroyed');
    newcomerIsReady(other);

    expect([batch.advance(), [...batch.slots]]).to.deep.equal([false, [other]]);
    fleet.retire(other, 'destroyed');

    expect(batch.advance()).to.equal(true);
  });
});
