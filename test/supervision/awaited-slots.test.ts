import { expect } from 'chai';
import { describe, it } from 'mocha';
import { AwaitedSlots } from '../../lib/supervision/awaited-slots.js';
import { Fleet } from '../../lib/supervision/fleet.js';
import type { SlotState } from '../../lib/supervision/slot.js';
import { exitOf } from '../support/exit-records.js';

function oneAwaited() {
  const [slot] = new Fleet({ now: () => 0 }).claim({ group: 'api' });
  if (slot === undefined) throw new Error('a slot was expected');
  const awaited = new AwaitedSlots();
  awaited.add([slot]);
  return { awaited, slot };
}

const never = () => false;

function departureOf(slot: SlotState, exit = exitOf()) {
  return { slot, generation: 1, exit, edition: 0, role: 'worker' } as const;
}

describe('AwaitedSlots', () => {
  it('waits for each slot to be ready once', () => {
    const { awaited, slot } = oneAwaited();
    awaited.advance(never);
    const before = awaited.isDone();

    slot.phase = 'ready';
    awaited.advance(never);
    slot.phase = 'waiting';
    awaited.advance(never);

    expect([before, awaited.isDone(), awaited.failure]).to.deep.equal([false, true, undefined]);
  });

  it('tells whether those of one group are ready', () => {
    const { awaited } = oneAwaited();

    expect([awaited.isDone('api'), awaited.isDone('jobs')]).to.deep.equal([false, true]);
  });

  it('does not wait for a slot that is given up', () => {
    const { awaited, slot } = oneAwaited();
    slot.retired = true;

    awaited.departed(departureOf(slot, exitOf({ intent: 'destroyed' })));
    awaited.advance(never);

    expect([awaited.isDone(), awaited.failure]).to.deep.equal([true, undefined]);
  });

  it('fails when a slot is given up for the end of its process', () => {
    const { awaited, slot } = oneAwaited();
    awaited.departed(departureOf(slot));
    expect(awaited.failure).to.equal(undefined);
    slot.retired = true;

    awaited.departed(departureOf(slot));

    expect(awaited.failure).to.deep.equal({ why: 'exit', slot, generation: 1, exit: exitOf() });
  });

  it('fails when nothing will come to a slot, since its group has failed', () => {
    const { awaited, slot } = oneAwaited();
    slot.phase = 'starting';
    awaited.advance(() => true);
    expect(awaited.failure).to.equal(undefined);
    slot.phase = 'down';

    awaited.advance(() => true);

    expect(awaited.failure).to.deep.equal({ why: 'groupFailed', group: 'api' });
  });

  it('fails at a veto, unless that was about another slot', () => {
    const { awaited, slot } = oneAwaited();
    awaited.vetoed(oneAwaited().slot);
    expect(awaited.failure).to.equal(undefined);

    awaited.vetoed(slot);

    expect(awaited.failure).to.deep.equal({ why: 'vetoed', slot });
  });
});
