import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Departures } from '../../lib/supervision/departures.js';
import { Fleet } from '../../lib/supervision/fleet.js';
import type { RestartOptions } from '../../lib/supervision/restart-policy.js';
import type { Slot, SlotState } from '../../lib/supervision/slot.js';
import { exitOf } from '../support/exit-records.js';

const crash = exitOf();

function oneReady(restart: RestartOptions = {}, role: Slot['role'] = 'worker') {
  const fleet = new Fleet({ now: () => 50, random: () => 0, restart });
  const departures = new Departures(fleet);
  const [slot] = fleet.claim({ group: 'api', role });
  if (slot === undefined) throw new Error('a slot was expected');
  start(fleet, slot);
  return { fleet, departures, slot };
}

function start(fleet: Fleet, slot: SlotState): void {
  fleet.fork(slot);
  fleet.enter(slot, 'ready');
  slot.retryBoot = true;
  fleet.takeActions();
}

function types(fleet: Fleet): string[] {
  return fleet.takeActions().map(({ type }) => type);
}

describe('Departures', () => {
  it('tells who it was, and plans a replacement', () => {
    const { fleet, departures, slot } = oneReady({ backoff: { initial: 30 } });
    slot.failures = 1;
    slot.edition = 2;

    const departure = departures.depart(slot, 1, crash);

    expect(departure).to.deep.equal({ slot, generation: 1, exit: crash, edition: 2, role: 'worker' });
    expect(fleet.takeActions()).to.deep.equal([{ type: 'forkLater', slot, generation: 1, delay: 30, exit: crash }]);
    expect(slot).to.deep.include({ phase: 'waiting', since: 50, nextAt: 80, failures: 2, history: [crash] });
  });

  it('judges no newcomer: it was too much anyway', () => {
    const { fleet, departures, slot } = oneReady();
    fleet.forkNewcomer(slot, 3);
    fleet.takeActions();

    expect(departures.depart(slot, 2, crash)).to.deep.include({ role: 'newcomer', edition: 3 });

    expect([types(fleet), slot.phase, slot.newcomer]).to.deep.equal([[], 'ready', undefined]);
  });

  it('tells nothing of one that was told to stop', () => {
    const { fleet, departures, slot } = oneReady();
    fleet.forkNewcomer(slot, 0);
    fleet.stopNewcomer(slot, 'reloaded');

    expect(departures.depart(slot, 2, crash)).to.equal(undefined);
    expect(slot.leaver).to.equal(undefined);
    fleet.stop(slot, 'drained');

    expect(departures.depart(slot, 1, crash)).to.equal(undefined);
    expect([slot.phase, slot.history.length]).to.deep.equal(['down', 2]);
  });

  it('knows nobody with another generation, nor one that is gone', () => {
    const { departures, slot } = oneReady();
    departures.depart(slot, 1, crash);

    expect([departures.depart(slot, 1, crash), departures.depart(slot, 2, crash)]).to.deep.equal([
      undefined,
      undefined,
    ]);
    expect(slot.history).to.have.lengthOf(1);
  });

  it('gives a slot up when all of its processes are gone', () => {
    const { fleet, departures, slot } = oneReady();
    fleet.forkNewcomer(slot, 0);
    fleet.retire(slot, 'destroyed');
    fleet.takeActions();

    departures.depart(slot, 1, crash);
    const first = types(fleet);
    departures.depart(slot, 2, crash);

    expect([first, types(fleet)]).to.deep.equal([[], ['free']]);
  });

  it('stops the newcomer of a slot whose worker is not to be replaced', () => {
    const { fleet, departures, slot } = oneReady({ policy: 'temporary' });
    fleet.forkNewcomer(slot, 0);
    fleet.takeActions();

    departures.depart(slot, 1, crash);

    expect(fleet.takeActions()).to.deep.equal([{ type: 'stop', slot, generation: 2, cause: 'destroyed' }]);
    expect(slot).to.include({ retired: true, desired: 'down' });
  });

  it('gives up what waits of spare processes when the group fails, and keeps the places of workers', () => {
    const { fleet, departures, slot } = oneReady({ intensity: 2 });
    const [waiting, queued] = fleet.claim({ group: 'api', count: 2 });
    const [standby, other] = fleet.claim({ group: 'api', role: 'standby', count: 2 });
    if (!waiting || !queued || !standby || !other) throw new Error('slots were expected');
    for (const each of [waiting, standby, other]) start(fleet, each);
    fleet.enter(queued, 'queued');
    departures.depart(waiting, 1, crash);
    departures.depart(standby, 1, crash);
    fleet.takeActions();

    departures.depart(slot, 1, exitOf({ wasReady: false }));

    const actions = fleet.takeActions();
    expect(actions.map(({ type }) => type)).to.deep.equal(['free', 'groupFailed']);
    expect(actions.at(-1)).to.deep.include({ group: 'api', bootFailures: 1 });
    expect([slot, waiting, queued, other].map(({ phase }) => phase)).to.deep.equal(['down', 'down', 'down', 'ready']);
  });

  it('gives up the place of a spare process that crashes when its group has failed', () => {
    const { fleet, departures, slot } = oneReady({ intensity: 0 }, 'standby');

    departures.depart(slot, 1, crash);

    expect(types(fleet)).to.deep.equal(['free', 'groupFailed']);
  });
});
