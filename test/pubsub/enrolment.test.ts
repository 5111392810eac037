import { inspect } from 'node:util';
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

  it('refuses what cannot be called, however it is given', () => {
    const kitchen = new Kitchen();
    const unprintable = Object.create(null);
    const listeners = [
      undefined,
      null,
      3,
      true,
      '',
      {},
      [],
      { callbackFunction: 3 },
      { callbackFunction: unprintable },
    ];

    for (const listener of listeners as never[]) {
      expect(() => kitchen.on('opened', listener), inspect(listener)).to.throw(InvalidListenerError, '`opened`');
      expect(() => kitchen.onceAfter('opened', listener)).to.throw(InvalidListenerError);
      expect(() => kitchen.subscribe('before', 'opened', listener)).to.throw(InvalidListenerError);
      expect(() => kitchen.subscribeOwn('before', 'opened', listener)).to.throw(InvalidListenerError);
      expect(() => kitchen.subscribe([{ stageName: 'on', eventName: 'opened', config: listener }])).to.throw(
        InvalidListenerError,
      );
    }

    expect(kitchen.hasSubscribers('opened')).to.equal(false);
  });

  it('says what it was given', () => {
    const kitchen = new Kitchen();

    expect(() => kitchen.on('opened', { callbackFunction: { a: 1 } } as never))
      .to.throw('to be a function or the name of a method, got `Object` (object)')
      .with.property('details')
      .that.deep.equals({ event: 'opened', listener: { callbackFunction: { a: 1 } } });
  });

  it('refuses what is neither the name of an event nor listeners by event name', () => {
    const kitchen = new Kitchen();

    for (const what of [undefined, null, 3, Symbol('opened'), () => {}] as never[]) {
      expect(() => kitchen.on(what), String(what)).to.throw(InvalidListenerError, 'listeners by event name');
    }
  });

  it('leaves out events whose listener is undefined', () => {
    const kitchen = new Kitchen();

    kitchen.on({ opened: undefined, closed: 'note' });

    expect([kitchen.hasSubscribers('opened'), kitchen.hasSubscribers('closed')]).to.deep.equal([false, true]);
  });

  it('takes any stage of an event without a definition, which may come from another object', () => {
    const [house, kitchen] = [new Kitchen(), new Kitchen({ opened: { stages: ['knock', 'complete'] } })];
    kitchen.addDistributor(house);
    house.subscribe('knock', 'opened', 'note');

    kitchen.happen('opened');

    expect(house.log).to.deep.equal(['knock']);
  });

  it('calls a function without `this`, unless a host is given, and a method with its host', () => {
    const kitchen = new Kitchen({ opened: { publishOnce: true } });
    const seen: unknown[] = [];
    const host = {};
    const Methods = { see: Symbol('see') };
    function see(this: unknown): void {
      seen.push(this);
    }
    Object.assign(kitchen, { [Methods.see]: see });
    const subscribe = (): void => {
      kitchen.on('opened', see);
      kitchen.onceOn('opened', see);
      kitchen.on('opened', { callbackFunction: see, host });
      kitchen.on('opened', Methods.see);
    };
    subscribe();
    kitchen.happen('opened');

    const inTime = seen.splice(0);
    subscribe();

    expect(inTime).to.deep.equal([undefined, undefined, host, kitchen]);
    expect(seen).to.deep.equal(inTime, 'late subscribers are called in the same way');
  });

  it('calls a late subscriber whose failure becomes an error event, and never again', () => {
    const kitchen = new Kitchen({ opened: { publishOnce: true } });
    kitchen.happen('opened');

    const subscription = kitchen.onceAfter('opened', () => {
      throw new Error('late');
    });

    expect(kitchen.failures.map(({ data }) => String(data.error))).to.deep.equal(['Error: late']);
    expect([subscription.subscribed, subscription.unsubscribe()]).to.deep.equal([false, false]);
    expect(() => subscription[Symbol.dispose]()).not.to.throw();
  });

  it('calls a subscriber that comes while a kept event runs, at once for a stage that has begun', () => {
    const kitchen = new Kitchen({ opened: { publishOnce: true } });
    const log: string[] = [];
    kitchen.on('opened', () => {
      kitchen.before('opened', () => log.push('before'));
      kitchen.on('opened', () => log.push('on'));
      kitchen.after('opened', () => log.push('after'));
      log.push('first');
    });

    kitchen.happen('opened');

    expect(log).to.deep.equal(['before', 'on', 'first', 'after']);
  });

  it('takes a subscribe function that says nothing, or null, for consent', () => {
    for (const verdict of [undefined, null, true]) {
      const kitchen = new Kitchen({ opened: { subscribeFunction: () => verdict as undefined } });

      expect(kitchen.on('opened', 'note').subscribed).to.equal(true);
    }
  });

  it('tells the subscribe function who asks, with the publisher as `this`', () => {
    const seen: unknown[] = [];
    const kitchen = new Kitchen({
      opened: {
        subscribeFunction(this: unknown, { eventName, stageName, callbackFunction, host, once }) {
          seen.push(this, eventName, stageName, callbackFunction, host, once);
          return true;
        },
      },
    });
    const host = { note: () => {} };

    kitchen.onceBefore('opened', { callbackFunction: 'note', host });

    expect(seen).to.deep.equal([kitchen, 'opened', 'before', 'note', host, true]);
  });

  it('subscribes nobody when one of an array is a duplicate', () => {
    const kitchen = new Kitchen({ opened: { allowDuplicateSubscription: false } });
    const request = { stageName: 'on', eventName: 'opened', config: 'note' } as const;

    expect(() => kitchen.subscribe([request, request])).to.throw(DuplicateSubscriptionError);

    expect(kitchen.hasSubscribers('opened')).to.equal(false);
  });
});
