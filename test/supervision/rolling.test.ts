import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Departure } from '../../lib/supervision/departures.js';
import { Fleet } from '../../lib/supervision/fleet.js';
import { Rolling, type RollingPlan } from '../../lib/supervision/rolling.js';
import type { SlotState } from '../../lib/supervision/slot.js';
import { exitOf } from '../support/exit-records.js';

/** Gives all slots edition 1, and takes every crash of that for a failure. */
class ToEditionOne extends Rolling {
  protected override _scope(): readonly SlotState[] {
    return this.fleet.placesOf(['api']);
  }

  protected override _next(stride: number): readonly SlotState[] {
    return this._scope()
      .filter(({ edition }) => edition !== 1)
      .slice(0, stride);
  }

  protected override _editionOf(): number {
    return 1;
  }

  protected override _isFatal({ edition }: Departure): boolean {
    return edition === 1;
  }
}

function rollingOver(count: number, plan: Partial<RollingPlan> = {}) {
  const fleet = new Fleet({ now: () => 0 });
  const slots = fleet.claim({ group: 'api', count });
  for (const slot of slots) {
    fleet.fork(slot);
    fleet.enter(slot, 'ready');
  }
  const rolling = new ToEditionOne(fleet, { stride: 1, stability: 0, rollback: false, cause: 'reloaded', ...plan });
  rolling.begin();
  return { fleet, slots, rolling };
}

/** Newcomers are ready, and those that leave are gone. */
function pass(slots: readonly SlotState[]): void {
  for (const slot of slots) {
    slot.leaver = undefined;
    if (slot.newcomer) slot.newcomer = { ...slot.newcomer, phase: 'ready' };
  }
}

const none = { replaced: [], notReplaced: [], rolledBack: [] };

describe('Rolling', () => {
  it('goes on until nothing is left to be replaced', () => {
    const { slots, rolling } = rollingOver(3, { stride: 2 });
    const reports: unknown[] = [];

    let outcome = rolling.advance();
    for (; outcome === undefined; outcome = rolling.advance()) {
      reports.push(rolling.report().replaced.length);
      pass(slots);
    }

    expect(reports).to.deep.equal([0, 2, 2, 3]);
    expect(outcome).to.deep.equal({ report: { ...none, replaced: ['api-0', 'api-1', 'api-2'] } });
  });

  it('is over at once where there is nothing to replace', () => {
    expect(rollingOver(0).rolling.advance()).to.deep.equal({ report: none });
  });

  it('counts a slot as replaced from its take-over on', () => {
    const { slots, rolling } = rollingOver(1);
    rolling.advance();
    pass(slots);

    rolling.advance();

    expect([rolling.report().replaced, slots[0]?.leaver]).to.deep.equal([['api-0'], { generation: 1 }]);
  });

  it('takes the failure of a newcomer on the way back for the end of that, and keeps the first failure', () => {
    const { slots, rolling } = rollingOver(2, { rollback: true });
    const [first] = slots;
    if (first === undefined) throw new Error('a slot was expected');
    for (let times = 0; times < 3; times++) {
      rolling.advance();
      pass(slots);
    }
    rolling.abort();
    pass(slots);
    rolling.advance();
    expect(first.newcomer).to.deep.include({ edition: 0 });

    first.newcomer = undefined;
    rolling.departed({ slot: first, generation: 3, exit: exitOf(), edition: 0, role: 'newcomer' });

    expect(rolling.advance()).to.deep.equal({
      failure: { why: 'aborted' },
      report: { replaced: ['api-0'], notReplaced: ['api-1'], rolledBack: [] },
    });
  });

  it('does not mind a veto that is about another slot', () => {
    const { slots, rolling } = rollingOver(2);
    rolling.advance();
    const [, second] = slots;

    if (second) rolling.vetoed(second);

    expect(rolling.failure).to.equal(undefined);
  });
});
