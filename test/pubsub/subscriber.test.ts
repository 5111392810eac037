import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidListenerError } from '../../lib/errors/errors.js';
import type { PhasedEvent } from '../../lib/pubsub/event.js';
import { EventPlan } from '../../lib/pubsub/event-plan.js';
import { Route } from '../../lib/pubsub/route.js';
import { StagedEvent } from '../../lib/pubsub/staged-event.js';
import {
  attempt,
  type Callback,
  callMethod,
  callOf,
  type PlaceAttempt,
  Subscriber,
  watch,
} from '../../lib/pubsub/subscriber.js';
import { Kitchen } from './kitchen.js';

/** An event of nobody, which writes down its failures. */
function makeEvent(): { event: StagedEvent; failures: (readonly [unknown, string])[] } {
  const failures: (readonly [unknown, string])[] = [];
  const home = {
    publisher: {},
    alone: true,
    fail: (error: unknown, _: PhasedEvent, stageName: string) => void failures.push([error, stageName]),
  };
  const route = new Route(home, { plan: new EventPlan('tick', undefined), work: () => {}, steps: [] });
  const event = new StagedEvent(route, undefined);
  event.enter(1);
  return { event, failures };
}

/** A subscriber at a home that refuses nobody, unless told to. */
function makeSubscriber(callbackFunction: Callback, options: Partial<PlaceAttempt> & { refuses?: boolean } = {}) {
  const { refuses = false, ...rest } = options;
  const calls: string[] = [];
  const home = {
    publisher: {},
    dismiss: (subscriber: Subscriber) => {
      calls.push('dismiss');
      if (!refuses) subscriber.retire();
      return !refuses;
    },
    remove: (subscriber: Subscriber) => {
      calls.push('remove');
      subscriber.retire();
    },
  };
  const place = { eventName: 'tick', stageName: 'on', host: {}, once: false, plain: undefined, twin: false };
  return { calls, home, subscriber: new Subscriber({ ...place, callbackFunction, ...rest }, home) };
}

describe('Subscriber', () => {
  it('has its turn while it is subscribed', () => {
    const { event } = makeEvent();
    const seen: unknown[] = [];
    const { subscriber } = makeSubscriber((...given: unknown[]) => seen.push(...given));

    subscriber.deliver(event);
    subscriber.retire();
    subscriber.deliver(event);

    expect(seen).to.deep.equal([event]);
  });

  it('lets the event know whose turn it is', () => {
    const { event } = makeEvent();
    const { subscriber, home } = makeSubscriber(() => {});

    subscriber.deliver(event);

    expect(event.distributor).to.equal(home.publisher);
    expect(event.unsubscribe()).to.equal(true);
    expect(subscriber.subscribed).to.equal(false);
  });

  it('asks its home when it wants to leave, and only once', () => {
    const { subscriber, calls } = makeSubscriber(() => {});

    expect([subscriber.unsubscribe(), subscriber.unsubscribe()]).to.deep.equal([true, false]);
    subscriber[Symbol.dispose]();

    expect(calls).to.deep.equal(['dismiss']);
  });

  it('stays when its home refuses', () => {
    const { subscriber } = makeSubscriber(() => {}, { refuses: true });

    expect([subscriber.unsubscribe(), subscriber.subscribed]).to.deep.equal([false, true]);
  });

  it('leaves before its only turn, which may fail, without asking', () => {
    const { event, failures } = makeEvent();
    const bad = new Error('bad');
    const fail = (): never => {
      calls.push('called');
      throw bad;
    };
    const { subscriber, calls } = makeSubscriber(fail, { once: true, refuses: true });

    subscriber.deliver(event);
    subscriber.deliver(event);

    expect(calls).to.deep.equal(['remove', 'called']);
    expect(failures).to.deep.equal([[bad, 'on']]);
  });

  it('is called with an event that is over, and never again', () => {
    const { event } = makeEvent();
    let calls = 0;
    const { subscriber } = makeSubscriber(() => calls++);

    subscriber.deliverOnce(event);
    subscriber.deliver(event);

    expect([calls, subscriber.subscribed, event.unsubscribe()]).to.deep.equal([1, false, false]);
  });
});

describe('callOf', () => {
  it('looks a method up at each call, by a string or a symbol', () => {
    const { event } = makeEvent();
    const key = Symbol('method');
    const host: Record<string | symbol, () => string> = { method: () => 'old', [key]: () => 'symbol' };
    const [byName, byKey] = [callOf('method', host), callOf(key, host)];

    host.method = () => 'new';

    expect([byName(event as never), byKey(event as never)]).to.deep.equal(['new', 'symbol']);
  });

  it('calls with the host as `this`', () => {
    const host = {
      self(): unknown {
        return this;
      },
    };

    expect(callOf('self', host)(undefined as never)).to.equal(host);
    expect(callOf(host.self, host)(undefined as never)).to.equal(host);
  });

  it('throws for a method that is not there, or is none', () => {
    const { event } = makeEvent();
    const host = { number: 3 };

    for (const name of ['number', 'nothing', Symbol('nothing')]) {
      expect(() => callOf(name, host)(event as never)).to.throw(InvalidListenerError, `\`${String(name)}\``);
    }
  });
});

describe('callMethod', () => {
  it('does nothing without the method', () => {
    const { event } = makeEvent();

    expect(callMethod({}, 'cook', event)).to.equal(undefined);
    expect(callMethod({ cook: ({ name }: PhasedEvent) => name }, 'cook', event)).to.equal('tick');
  });
});

describe('attempt', () => {
  it('hands a failure to the event, also a later one, with the stage of the call', async () => {
    const { event, failures } = makeEvent();
    attempt(() => {
      throw 'at once';
    }, event);
    attempt(() => Promise.reject('later'), event);
    event.enter(3);

    await Promise.resolve();

    expect(failures).to.deep.equal([
      ['at once', 'on'],
      ['later', 'on'],
    ]);
  });
});

describe('watch', () => {
  it('takes the failure of anything with a `then`, and leaves everything else alone', () => {
    const { event, failures } = makeEvent();
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: what is tested.
      then: (_: unknown, reject: (error: unknown) => void) => reject('refused'),
    };

    for (const result of [thenable, null, 'text', 3, {}, ['then']]) watch(result, event);

    expect(failures).to.deep.equal([['refused', 'on']]);
  });
});

describe('a once-listener', () => {
  it('that throws is gone, and its failure is told once', () => {
    const kitchen = new Kitchen();
    kitchen.onceOn('opened', () => {
      throw new Error('bad');
    });

    kitchen.happen('opened');
    kitchen.happen('opened');

    expect(kitchen.failures.map(({ data }) => data.stageName)).to.deep.equal(['on']);
    expect(kitchen.hasSubscribers('opened')).to.equal(false);
  });

  it('that publishes and throws is called once', () => {
    const kitchen = new Kitchen();
    let calls = 0;
    kitchen.onceBefore('opened', () => {
      calls++;
      kitchen.happen('opened');
      throw new Error('bad');
    });

    kitchen.happen('opened');

    expect([calls, kitchen.failures.length]).to.deep.equal([1, 1]);
  });
});
