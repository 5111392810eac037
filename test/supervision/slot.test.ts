import { expect } from 'chai';
import { describe, it } from 'mocha';
import { defaultRestart } from '../../lib/supervision/restart-policy.js';
import { createSlot, isLive, remember, type SlotPhase } from '../../lib/supervision/slot.js';
import { exitOf } from '../support/exit-records.js';

const identity = { group: 'api', index: 0, name: 'api-0', restart: defaultRestart };

describe('createSlot', () => {
  it('makes a slot that should be up and never had a process', () => {
    expect(createSlot(identity)).to.deep.equal({
      ...identity,
      retryFirstBoot: false,
      desired: 'up',
      phase: 'down',
      since: 0,
      nextAt: undefined,
      generation: 0,
      failures: 0,
      history: [],
    });
  });
});

describe('remember', () => {
  it('keeps the latest ten exits, oldest first', () => {
    const slot = createSlot(identity);

    for (let code = 1; code <= 12; code++) remember(slot, exitOf({ code }));

    expect(slot.history.map(({ code }) => code)).to.deep.equal([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('leaves a history that was read before as it was', () => {
    const slot = createSlot(identity);
    const before = slot.history;

    remember(slot, exitOf());

    expect(before).to.deep.equal([]);
  });
});

describe('isLive', () => {
  const phases: readonly (readonly [SlotPhase, boolean])[] = [
    ['down', false],
    ['waiting', false],
    ['starting', true],
    ['ready', true],
    ['stopping', true],
  ];
  for (const [phase, live] of phases) {
    it(`says ${live} of a slot that is ${phase}`, () => {
      expect(isLive({ ...createSlot(identity), phase })).to.equal(live);
    });
  }
});
