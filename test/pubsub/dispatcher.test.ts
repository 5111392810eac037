import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Dispatcher } from '../../lib/pubsub/dispatcher.js';
import { EventPlan } from '../../lib/pubsub/event-plan.js';
import { Subscriber } from '../../lib/pubsub/subscriber.js';

function fixture(): { dispatcher: Dispatcher; changes: () => number; subscribe(stageName: string): Subscriber } {
  let changes = 0;
  const dispatcher = new Dispatcher(new EventPlan('tick', undefined), {
    publisher: {},
    alone: true,
    fail: () => {},
    changed: () => changes++,
  });
  const subscribe = (stageName: string): Subscriber => {
    const attempt = {
      eventName: 'tick',
      stageName,
      callbackFunction: 'tick',
      plain: undefined,
      host: {},
      once: false,
      twin: false,
    };
    const subscriber = new Subscriber(attempt, dispatcher);
    dispatcher.add(subscriber);
    return subscriber;
  };
  return { dispatcher, changes: () => changes, subscribe };
}

describe('Dispatcher', () => {
  it('keeps the subscribers of a stage in order', () => {
    const { dispatcher, subscribe } = fixture();
    const subscribers = [subscribe('on'), subscribe('on'), subscribe('after')];

    dispatcher.remove(subscribe('on'));

    expect(dispatcher.at('on')).to.deep.equal(subscribers.slice(0, 2));
    expect(dispatcher.route.stepAt(1)).to.equal(subscribers[1]);
    expect([...dispatcher.subscribers()]).to.deep.equal(subscribers);
    expect([...dispatcher.subscribers('after')]).to.deep.equal(subscribers.slice(2));
  });

  it('never changes a list that somebody may run through', () => {
    const { dispatcher, subscribe } = fixture();
    const first = subscribe('on');
    const list = dispatcher.at('on');

    subscribe('on');
    dispatcher.clear();

    expect(list).to.deep.equal([first]);
    expect(first.subscribed).to.equal(false);
    expect(dispatcher.empty).to.equal(true);
  });

  it('keeps its subscribers when the stages are defined anew', () => {
    const { dispatcher, subscribe } = fixture();
    const subscriber = subscribe('check');

    dispatcher.plan = new EventPlan('tick', { stages: ['check', 'complete'] });

    expect(dispatcher.route.stepAt(0)).to.equal(subscriber);
    expect(dispatcher.route.obstacle).to.equal(undefined);
  });

  it('tells its owner of every change', () => {
    const { dispatcher, changes, subscribe } = fixture();

    subscribe('on').unsubscribe();
    dispatcher.clear();

    expect(changes()).to.equal(3);
  });
});
