import { expect } from 'chai';
import { describe, it } from 'mocha';
import { GroupState } from '../../lib/supervision/group-state.js';
import { resolveRestart } from '../../lib/supervision/restart-policy.js';
import { exitOf } from '../support/exit-records.js';

const restart = resolveRestart({ intensity: 0, stable: 7 });

describe('GroupState', () => {
  it('has defaults for whatever its settings leave out', () => {
    const group = new GroupState({ name: 'api', settings: {}, restart, random: () => 0 });

    expect(group).to.deep.include({
      name: 'api',
      restart,
      dependsOn: [],
      startConcurrency: Number.POSITIVE_INFINITY,
      standby: 0,
      wanted: 'up',
      edition: 0,
    });
  });

  it('lays its restart settings over those of the reconciler', () => {
    const settings = { restart: { stable: 9 } };

    expect(new GroupState({ name: 'api', settings, restart, random: () => 0 }).restart).to.include({
      intensity: 0,
      stable: 9,
    });
  });

  it('runs unless it is drained, or has failed', () => {
    const group = new GroupState({ name: 'api', settings: {}, restart, random: () => 0 });
    const before = group.isRunning;
    group.wanted = 'down';
    const drained = group.isRunning;
    group.wanted = 'up';
    group.policy.judge(exitOf(), { restart, failures: 0, bootFailures: 0 }, 0);

    expect([before, drained, group.isRunning]).to.deep.equal([true, false, false]);
  });
});
