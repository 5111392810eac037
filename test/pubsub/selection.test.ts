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

  it('ends what fits everything that is given', () => {
    const kitchen = subscribed();
    const listener = (): void => {};
    const Methods = { serve: Symbol('serve') };
    kitchen.on({ opened: listener, closed: listener });
    kitchen.on('opened', Methods.serve);

    expect(kitchen.unsubscribe({ eventName: 'opened', stageName: 'before', callbackFunction: listener })).to.equal(0);
    expect(kitchen.unsubscribe({ eventName: 'opened', stageName: 'on', callbackFunction: listener })).to.equal(1);
    expect(kitchen.unsubscribe({ callbackFunction: Methods.serve })).to.equal(1);
    expect(kitchen.unsubscribe({ callbackFunction: listener })).to.equal(1);
    expect(kitchen.unsubscribe({ stageName: 'after', callbackFunction: 'note' })).to.equal(1);
  });

  it('takes an empty selection for everything, and an empty list for nothing', () => {
    expect(subscribed().unsubscribe([])).to.equal(0);
    expect(subscribed().unsubscribe({})).to.equal(5);
    expect(subscribed().unsubscribe('closed')).to.equal(0);
  });

  it('counts what several parts of a list name once', () => {
    expect(subscribed().unsubscribe(['opened', { stageName: 'on' }, 'opened'])).to.equal(3);
  });

  it('changes nothing when a list names what is not allowed', () => {
    const kitchen = new Kitchen({ opened: { allowPublicUnsubscription: false } });
    kitchen.on({ opened: 'note', closed: 'note' });

    expect(() => kitchen.unsubscribe(['closed', 'opened'])).to.throw(EventAccessError);

    expect(kitchen.hasSubscribers('closed')).to.equal(true);
  });

  it('counts only what the unsubscribe function lets go', () => {
    const kitchen = new Kitchen({ opened: { unsubscribeFunction: ({ stageName }) => stageName !== 'on' } });
    for (const stage of ['before', 'on', 'after'] as const) kitchen[stage]('opened', 'note');

    expect([kitchen.unsubscribe(), kitchen.unsubscribe()]).to.deep.equal([2, 0]);
  });

  it('leaves alone who waits', async () => {
    const kitchen = new Kitchen();
    const seen: string[] = [];
    const [next, events] = [kitchen.once('opened'), kitchen.events('opened')];
    kitchen.observe('opened').subscribe(({ name }) => void seen.push(name));
    kitchen.observe().subscribe(({ name }) => void seen.push(name));

    expect([kitchen.unsubscribe(), kitchen.unsubscribe('opened')]).to.deep.equal([0, 0]);
    kitchen.happen('opened');

    expect(seen).to.deep.equal(['opened', 'opened']);
    expect((await next).name).to.equal('opened');
    expect((await events.next()).value?.name).to.equal('opened');
  });

  it('keeps those from being called who are ended while the event runs', () => {
    const kitchen = notedKitchen();
    kitchen.before('dishServed', () => void kitchen.unsubscribe({ eventName: 'dishServed', stageName: 'on' }));

    kitchen.serve();

    expect(kitchen.log).to.deep.equal(['before', 'complete', 'after']);
  });
});
