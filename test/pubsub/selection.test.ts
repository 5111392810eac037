import { expect } from 'chai';
import { describe, it } from 'mocha';
import { EventAccessError } from '../../lib/errors/errors.js';
import { Kitchen, notedKitchen } from './kitchen.js';

describe('unsubscribeSelected', () => {
  const subscribed = (): Kitchen => {
    const kitchen = notedKitchen();
    kitchen.on('opened', 'note');
    kitchen.after('opened', () => kitchen.log.push('function'));
    return kitchen;
  };

  it('ends everything', () => {
    const kitchen = subscribed();

    expect(kitchen.unsubscribe()).to.equal(5);
    expect(kitchen.hasSubscribers('opened') || kitchen.hasSubscribers('dishServed')).to.equal(false);
  });

  it('ends the subscriptions of an event, of a stage of it, of a listener', () => {
    expect(subscribed().unsubscribe('dishServed')).to.equal(3);
    expect(subscribed().unsubscribe({ eventName: 'dishServed', stageName: 'on' })).to.equal(1);
    expect(subscribed().unsubscribe({ eventName: 'opened', callbackFunction: 'note' })).to.equal(1);
    expect(subscribed().unsubscribe({ stageName: 'on' })).to.equal(2);
  });

  it('ends what a list names', () => {
    const kitchen = subscribed();

    expect(kitchen.unsubscribe(['opened', { eventName: 'dishServed', stageName: 'after' }])).to.equal(3);
    kitchen.serve();

    expect(kitchen.log).to.deep.equal(['before', 'on', 'complete']);
  });

  it('spares events whose definition keeps that to the object itself', () => {
    const kitchen = new Kitchen({ opened: { allowPublicUnsubscription: false } });
    kitchen.on({ opened: 'note', closed: 'note' });

    expect(() => kitchen.unsubscribe('opened')).to.throw(EventAccessError);
    expect(kitchen.unsubscribe()).to.equal(1);
    expect(kitchen.unsubscribeOwn()).to.equal(1);
  });
});
