import { expect } from 'chai';
import { describe, it } from 'mocha';
import { EventPlan, mergeDefinitions } from '../../lib/pubsub/event-plan.js';

describe('EventPlan', () => {
  it('fills in the defaults, also for settings that are undefined', () => {
    const plan = new EventPlan('tick', { stages: undefined, distributable: undefined });

    expect(plan.stages).to.deep.equal(['before', 'on', 'complete', 'after']);
    expect(plan.settings.distributable).to.equal(true);
    expect(plan.defined).to.equal(true);
  });

  it('names the complete method after the event', () => {
    expect(new EventPlan('workerExit', undefined).methodName).to.equal('_eventWorkerExit');
  });

  it('shows twins the last stage where there is no `after`', () => {
    expect(new EventPlan('tick', { stages: ['check', 'on', 'complete'] }).twinStage).to.equal('on');
    expect(new EventPlan('tick', { stages: ['complete'] }).twinStage).to.equal(undefined);
  });

  it('knows which stages can be prevented', () => {
    const plan = new EventPlan('tick', { preventable: new Set(['on', 'after']) });

    expect([0, 1, 2, 3].map(stage => plan.canPrevent(stage))).to.deep.equal([false, true, false, true]);
  });
});

describe('mergeDefinitions', () => {
  it('changes only what the derived definition declares', () => {
    const merged = mergeDefinitions(
      { preventable: false, publishOnce: true, data: { a: 1, b: 1 } },
      { preventable: undefined, publishOnce: false, data: { b: 2 } },
    );

    expect(merged).to.deep.equal({ preventable: false, publishOnce: false, data: { a: 1, b: 2 } });
  });
});
