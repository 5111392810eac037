import { expect } from 'chai';
import { describe, it } from 'mocha';
import { defaultRestart } from '../../lib/supervision/restart-policy.js';
import {
  createSlot,
  isLive,
  isOccupied,
  notReplacedError,
  remember,
  type SlotPhase,
} from '../../lib/supervision/slot.js';
import { exitOf } from '../support/exit-records.js';

const identity = {
  group: 'api',
  index: 0,
  name: 'api-0',
  role: 'worker',
  restart: defaultRestart,
  ownSettings: false,
} as const;

describe('createSlot', () => {
  it('makes a slot that should be up and never had a process', () => {
    expect(createSlot(identity)).to.deep.equal({
      ...identity,
      desired: 'up',
      retired: false,
      phase: 'down',
      since: 0,
      nextAt: undefined,
      generation: 0,
      edition: 0,
      newcomer: undefined,
      leaver: undefined,
      failures: 0,
      bootFailures: 0,
      history: [],
      retryBoot: false,
      promoted: false,
      isLeaving: false,
      lastGeneration: 0,
    });
  });

  it('begins as it is told to', () => {
    expect(createSlot(identity, { retryFirstBoot: true, edition: 3, since: 7 })).to.include({
      retryBoot: true,
      edition: 3,
      since: 7,
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
    ['queued', false],
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

describe('isOccupied', () => {
  it('says whether any process lives in a slot, whatever it is there', () => {
    const slot = createSlot(identity);

    expect([
      isOccupied(slot),
      isOccupied({ ...slot, phase: 'stopping' }),
      isOccupied({ ...slot, newcomer: { generation: 1, phase: 'starting', edition: 0 } }),
      isOccupied({ ...slot, leaver: { generation: 1 } }),
    ]).to.deep.equal([false, true, true, true]);
  });
});

describe('notReplacedError', () => {
  it('names the worker, its group, and how often it failed', () => {
    const error = notReplacedError({ ...createSlot(identity), failures: 2, bootFailures: 1 });

    expect(error.message).to.include('`api-0`').and.include('`api`');
    expect(error.details).to.deep.equal({ group: 'api', failures: 3 });
  });
});
