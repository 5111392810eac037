import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Fleet } from '../../lib/supervision/fleet.js';
import type { SlotState } from '../../lib/supervision/slot.js';
import { type SequenceCause, StopSequence } from '../../lib/supervision/stop-sequence.js';

/** Three groups in a chain, each with a worker that is ready: web needs api, and api needs store. */
function chain() {
  const fleet = new Fleet({ now: () => 0 });
  fleet.configure('store', {});
  fleet.configure('api', { dependsOn: ['store'] });
  fleet.configure('web', { dependsOn: ['api'] });
  for (const group of ['store', 'api', 'web']) for (const slot of fleet.claim({ group })) start(fleet, slot);
  fleet.takeActions();
  return fleet;
}

function start(fleet: Fleet, slot: SlotState): void {
  fleet.fork(slot);
  fleet.enter(slot, 'ready');
}

function begun(fleet: Fleet, groups: readonly string[], cause: SequenceCause = 'drained'): StopSequence {
  const sequence = new StopSequence(fleet, groups, cause);
  sequence.begin();
  sequence.advance();
  return sequence;
}

/** The names of the slots in which something was stopped. */
function stopped(fleet: Fleet): string[] {
  return fleet.takeActions().flatMap(action => (action.type === 'stop' ? action.slot.name : []));
}

/** What was stopped is gone. */
function finish(fleet: Fleet): void {
  for (const slot of fleet.slots) {
    if (slot.phase === 'stopping') fleet.enter(slot, 'down');
    slot.leaver = undefined;
    fleet.freeIfDone(slot);
  }
}

describe('StopSequence', () => {
  it('stops a group when all that depend on it are gone', () => {
    const fleet = chain();
    const sequence = begun(fleet, ['store', 'api', 'web']);
    const order: string[] = [...stopped(fleet), '|'];

    while (!sequence.isOver) {
      finish(fleet);
      sequence.advance();
      order.push(...stopped(fleet), '|');
    }

    expect(order).to.deep.equal(['web-0', '|', 'api-0', '|', 'store-0', '|', '|']);
  });

  it('minds those that depend on a group through another one that goes on', () => {
    const fleet = chain();

    begun(fleet, ['store', 'web']);

    expect(stopped(fleet)).to.deep.equal(['web-0']);
  });

  it('stops at once what no dependent can use, the youngest first', () => {
    const fleet = chain();
    const [ready, booting] = [...fleet.slotsOf('store'), ...fleet.claim({ group: 'store' })];
    const [standby] = fleet.claim({ group: 'store', role: 'standby' });
    if (!ready || !booting || !standby) throw new Error('slots were expected');
    fleet.fork(booting);
    start(fleet, standby);
    fleet.forkNewcomer(ready, 0);
    fleet.takeActions();

    begun(fleet, ['store', 'web']);

    expect(stopped(fleet)).to.deep.equal(['store-standby-0', 'store-1', 'web-0', 'store-0']);
    expect(ready).to.deep.include({ phase: 'ready', leaver: { generation: 2 } });
  });

  it('keeps the slots of a group that is drained, and gives them up at a shutdown', () => {
    for (const cause of ['drained', 'shutDown'] as const) {
      const fleet = chain();
      begun(fleet, ['web'], cause);
      expect(fleet.slotsOf('web')[0]).to.include({ desired: 'down', retired: cause === 'shutDown' });

      finish(fleet);

      expect(fleet.slotsOf('web')).to.have.lengthOf(cause === 'drained' ? 1 : 0);
      expect(fleet.group('web').wanted).to.equal('down');
    }
  });

  it('stops everything that is left when it has to hurry', () => {
    const fleet = chain();
    const sequence = begun(fleet, ['store', 'api', 'web']);
    fleet.takeActions();

    sequence.hurry();

    expect(stopped(fleet)).to.deep.equal(['api-0', 'store-0']);
  });
});
