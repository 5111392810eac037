import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DuplicateSubscriptionError, EventAccessError, InvalidListenerError } from '../../lib/errors/errors.js';
import { Kitchen } from './kitchen.js';

describe('enrol', () => {
  it('subscribes nobody when one of several cannot be', () => {
    const kitchen = new Kitchen();

    expect(() => kitchen.on({ opened: 'note', closed: 3 as never })).to.throw(InvalidListenerError, 'got `3` (number)');

    expect(kitchen.hasSubscribers('opened')).to.equal(false);
  });

  it('refuses the complete stage, and stages the event does not have', () => {
    const kitchen = new Kitchen({ opened: {} });

    expect(() => kitchen.subscribe('complete', 'opened', 'note')).to.throw(EventAccessError, '_eventOpened');
    expect(() => kitchen.subscribe('during', 'opened', 'note')).to.throw(
      EventAccessError,
      'before, on, complete, after',
    );
  });

  it('respects that a definition keeps subscribing to the object itself', () => {
    const kitchen = new Kitchen({ opened: { allowPublicSubscription: false } });
    kitchen.subscribeOwn('on', 'opened', 'note');

    expect(() => kitchen.on('opened', 'note'))
      .to.throw(EventAccessError)
      .with.property('code', 'CLUSTER_EVENT_ACCESS');
    kitchen.happen('opened');

    expect(kitchen.log).to.deep.equal(['on']);
  });

  it('refuses a duplicate where the definition does, per stage and host', () => {
    const kitchen = new Kitchen({ opened: { allowDuplicateSubscription: false } });
    kitchen.on('opened', 'note');
    kitchen.before('opened', 'note');
    kitchen.on('opened', { callbackFunction: 'note', host: { note() {} } });

    expect(() => kitchen.on('opened', 'note')).to.throw(DuplicateSubscriptionError);
  });

  it('asks the subscribe function, which may refuse or bring its own subscription', () => {
    const own = new Kitchen().on('opened', 'note');
    const verdicts = [false, own, true];
    const kitchen = new Kitchen({ opened: { subscribeFunction: () => verdicts.shift() } });

    const [refused, replaced, accepted] = [1, 2, 3].map(() => kitchen.on('opened', 'note'));

    expect(refused?.subscribed).to.equal(false);
    expect(refused?.unsubscribe()).to.equal(false);
    expect(replaced).to.equal(own);
    expect(accepted?.subscribed).to.equal(true);
  });
});
