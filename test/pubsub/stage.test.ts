import { expect } from 'chai';
import { describe, it } from 'mocha';
import { defaultStages, maxStages, twinStageOf } from '../../lib/pubsub/stage.js';
import { Kitchen } from './kitchen.js';

describe('twinStageOf', () => {
  it('prefers `after`, wherever it stands', () => {
    expect(twinStageOf(defaultStages)).to.equal('after');
    expect(twinStageOf(['after', 'complete', 'praise'])).to.equal('after');
  });

  it('takes the last stage that can be subscribed to', () => {
    expect(twinStageOf(['taste', 'serve', 'complete'])).to.equal('serve');
    expect(twinStageOf(['taste', 'complete', 'praise'])).to.equal('praise');
  });

  it('finds none where there is only the own work', () => {
    expect(twinStageOf(['complete'])).to.equal(undefined);
    expect(twinStageOf([])).to.equal(undefined);
  });
});

describe('maxStages', () => {
  it('is how many an event can have, each of them preventable', () => {
    const stages = Array.from({ length: maxStages }, (_, index) => `stage ${index}`);
    const last = `stage ${maxStages - 1}`;
    const kitchen = new Kitchen({ opened: { stages } });
    for (const stage of stages) kitchen.subscribe(stage, 'opened', 'note');
    kitchen.happen('opened');
    kitchen.subscribe('stage 0', 'opened', event => event.prevent(last));

    kitchen.happen('opened');

    expect(kitchen.log).to.deep.equal([...stages, ...stages.slice(0, -1)]);
  });
});

describe('defaultStages', () => {
  it('cannot be changed by anybody', () => {
    expect(() => (defaultStages as string[]).push('late')).to.throw(TypeError);
  });
});
