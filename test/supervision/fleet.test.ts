import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Fleet } from '../../lib/supervision/fleet.js';
import { createSlot, type SlotState } from '../../lib/supervision/slot.js';

/** A fleet, its clock, and a slot whose first process is ready. */
function oneReady() {
  const clock = { time: 0 };
  const fleet = new Fleet({ now: () => clock.time });
  const slot = claimOne(fleet);
  fleet.fork(slot);
  fleet.enter(slot, 'ready');
  fleet.takeActions();
  return { clock, fleet, slot };
}

function claimOne(fleet: Fleet): SlotState {
  const [slot] = fleet.claim({ group: 'api' });
  if (slot === undefined) throw new Error('a slot was expected');

  return slot;
}

describe('Fleet', () => {
  it('hands its actions out once', () => {
    const { fleet, slot } = oneReady();

    fleet.stop(slot, 'drained');

    expect(fleet.takeActions()).to.have.lengthOf(1);
    expect(fleet.takeActions()).to.deep.equal([]);
  });

  it('knows a slot until it is given up', () => {
    const { fleet, slot } = oneReady();
    const before = fleet.stateOf(slot);
    fleet.enter(slot, 'down');

    fleet.retire(slot, 'destroyed');

    expect([before, fleet.stateOf(slot), fleet.stateOf(createSlot(slot))]).to.deep.equal([slot, undefined, undefined]);
  });

  describe('#claim', () => {
    it('makes slots with what holds for their group now', () => {
      const { clock, fleet } = oneReady();
      const group = fleet.group('jobs');
      Object.assign(group, { edition: 3, wanted: 'down' });
      clock.time = 7;

      const [slot] = fleet.claim({ group: 'jobs', restart: { stable: 9 } });

      expect(slot).to.include({ edition: 3, desired: 'down', since: 7, phase: 'down' });
      expect(slot?.restart.stable).to.equal(9);
    });
  });

  describe('#enter', () => {
    it('notes when the phase began, and forgets when the one before was to end', () => {
      const { clock, fleet, slot } = oneReady();
      slot.nextAt = 100;
      clock.time = 5;

      fleet.enter(slot, 'down');

      expect(slot).to.include({ phase: 'down', since: 5, nextAt: undefined });
    });

    it('keeps the line of those that wait for their turn', () => {
      const { fleet, slot } = oneReady();
      const { queue } = fleet.group('api');

      fleet.enter(slot, 'queued');
      const waiting = [...queue];
      fleet.enter(slot, 'down');

      expect([waiting, [...queue]]).to.deep.equal([[slot], []]);
    });
  });

  describe('#takeOver', () => {
    it('makes the newcomer the worker, and tells the one that was to stop', () => {
      const { fleet, slot } = oneReady();
      fleet.forkNewcomer(slot, 4);
      fleet.takeActions();

      fleet.takeOver(slot, 'reloaded');

      expect(slot).to.deep.include({ generation: 2, edition: 4, newcomer: undefined, leaver: { generation: 1 } });
      expect(fleet.takeActions()).to.deep.equal([
        { type: 'takeOver', slot, generation: 2 },
        { type: 'stop', slot, generation: 1, cause: 'reloaded' },
      ]);
    });

    it('does not tell one again that was told to stop before, but waits for it', () => {
      const { fleet, slot } = oneReady();
      fleet.stop(slot, 'drained');
      fleet.forkNewcomer(slot, 0);
      fleet.takeActions();

      fleet.takeOver(slot, 'reloaded');

      expect(slot.leaver).to.deep.equal({ generation: 1 });
      expect(fleet.takeActions().map(({ type }) => type)).to.deep.equal(['takeOver']);
    });

    it('does nothing without a newcomer', () => {
      const { fleet, slot } = oneReady();

      fleet.takeOver(slot, 'reloaded');

      expect([slot.generation, fleet.takeActions()]).to.deep.equal([1, []]);
    });
  });

  describe('#retire', () => {
    it('stops all processes of a slot, once, and frees it when nothing is left', () => {
      const { fleet, slot } = oneReady();
      fleet.forkNewcomer(slot, 0);
      fleet.takeActions();

      fleet.retire(slot, 'destroyed');
      fleet.retire(slot, 'destroyed');
      const stops = fleet.takeActions();
      fleet.enter(slot, 'down');
      fleet.freeIfDone(slot);
      const early = fleet.takeActions();
      slot.leaver = undefined;
      fleet.freeIfDone(slot);

      expect(stops.map(action => (action.type === 'stop' ? action.generation : 0))).to.deep.equal([1, 2]);
      expect([early, fleet.takeActions(), fleet.slots]).to.deep.equal([[], [{ type: 'free', slot }], []]);
    });
  });

  describe('#wait', () => {
    it('gives every wait a ticket of its own', () => {
      const { fleet } = oneReady();

      expect([fleet.wait(5), fleet.wait(5)]).to.deep.equal([1, 2]);
      expect(fleet.takeActions()).to.deep.equal([
        { type: 'wait', ticket: 1, delay: 5 },
        { type: 'wait', ticket: 2, delay: 5 },
      ]);
    });
  });

  describe('#placesOf', () => {
    it('are those of workers, but not on their way out, group by group', () => {
      const { fleet, slot } = oneReady();
      const [job] = fleet.claim({ group: 'jobs' });
      fleet.claim({ group: 'api', role: 'standby' });
      fleet.retire(claimOne(fleet), 'scaled');

      expect(fleet.placesOf(['jobs', 'api'])).to.deep.equal([job, slot]);
    });
  });
});
