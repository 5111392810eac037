import { once as nodeOnce } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  DuplicateSubscriptionError,
  EventAccessError,
  EventDefinitionError,
  InvalidListenerError,
} from '../../lib/errors/errors.js';
import type { PhasedEvent } from '../../lib/pubsub/event.js';
import { Pubsub } from '../../lib/pubsub/pubsub.js';
import { Kitchen, notedKitchen } from './kitchen.js';

describe('Pubsub', () => {
  describe('stages', () => {
    it('run before, on, complete and after, in this order', () => {
      const kitchen = notedKitchen();

      expect(kitchen.serve()).to.equal(true);

      expect(kitchen.log).to.deep.equal(['before', 'on', 'complete', 'after']);
    });

    it('call the listeners of one stage in the order of subscription', () => {
      const kitchen = new Kitchen();
      const called: number[] = [];
      for (const number of [1, 2, 3]) kitchen.on('opened', () => called.push(number));

      kitchen.happen('opened');

      expect(called).to.deep.equal([1, 2, 3]);
    });

    it('can be named by a definition', () => {
      const kitchen = new Kitchen({ dishServed: { stages: ['taste', 'complete', 'praise'] } });
      for (const stage of ['praise', 'taste']) kitchen.subscribe(stage, 'dishServed', 'note');

      kitchen.serve();

      expect(kitchen.log).to.deep.equal(['taste', 'complete', 'praise']);
    });

    it('call a complete method that was assigned to the instance', () => {
      const pubsub = new Pubsub();
      const seen: unknown[] = [];
      Object.assign(pubsub, { _eventTick: (event: PhasedEvent) => seen.push(event.data) });

      pubsub.publish('tick', 3);

      expect(seen).to.deep.equal([3]);
    });

    it('call a complete function of the definition instead of the method', () => {
      const kitchen = new Kitchen({
        dishServed: { completeFunction: ({ data }) => kitchen.log.push(`to ${data.table}`) },
      });

      kitchen.serve(7);

      expect(kitchen.log).to.deep.equal(['to 7']);
    });

    it('tell whether the event is completed', () => {
      const kitchen = new Kitchen();
      const completed: boolean[] = [];
      for (const stage of ['on', 'after'] as const)
        kitchen[stage]('dishServed', event => completed.push(event.completed));

      kitchen.serve();

      expect(completed).to.deep.equal([false, true]);
    });
  });

  describe('#subscribe', () => {
    it('takes listeners by event name', () => {
      const kitchen = new Kitchen();
      const subscription = kitchen.on({ opened: 'note', dishServed: 'note' });
      kitchen.happen('opened');

      subscription.unsubscribe();
      kitchen.happen('opened');

      expect(kitchen.log).to.deep.equal(['on']);
      expect(subscription.subscribed).to.equal(false);
    });

    it('takes an array of requests', () => {
      const kitchen = new Kitchen();
      const subscription = kitchen.subscribe([
        { stageName: 'before', eventName: 'opened', config: 'note' },
        { stageName: 'after', eventName: 'opened', config: { callbackFunction: event => kitchen.note(event) } },
      ]);

      kitchen.happen('opened');

      expect(kitchen.log).to.deep.equal(['before', 'after']);
      expect(subscription.subscribed).to.equal(true);
    });

    it('subscribes nobody when one of several cannot be', () => {
      const kitchen = new Kitchen();

      expect(() => kitchen.on({ opened: 'note', closed: 3 as never })).to.throw(
        InvalidListenerError,
        'got `3` (number)',
      );

      expect(kitchen.hasSubscribers('opened')).to.equal(false);
    });

    it('calls a method of another host, looked up late', () => {
      const kitchen = new Kitchen();
      const waiter = {
        carried: 0,
        carry(event: PhasedEvent<{ table: number }>) {
          this.carried += event.data.table;
        },
      };
      kitchen.on('dishServed', { callbackFunction: 'carry', host: waiter });
      kitchen.serve(2);

      waiter.carry = function () {
        this.carried += 100;
      };
      kitchen.serve(2);

      expect(waiter.carried).to.equal(102);
    });

    it('calls a function with its host as `this`', () => {
      const kitchen = new Kitchen();
      const host = { table: 0 };
      function sit(this: typeof host, event: PhasedEvent<{ table: number }>): void {
        this.table = event.data.table;
      }
      kitchen.on('dishServed', { callbackFunction: sit as (event: PhasedEvent) => void, host });

      kitchen.serve(5);

      expect(host.table).to.equal(5);
    });

    it('calls a once-listener once, also when it publishes the event itself', () => {
      const kitchen = new Kitchen();
      let calls = 0;
      kitchen.onceOn('opened', () => {
        calls++;
        kitchen.happen('opened');
      });

      kitchen.happen('opened');

      expect(calls).to.equal(1);
      expect(kitchen.hasSubscribers('opened')).to.equal(false);
    });

    it('has a once-variant of every stage', () => {
      const kitchen = new Kitchen();
      kitchen.onceBefore('opened', 'note');
      kitchen.onceOn('opened', { callbackFunction: 'note' });
      kitchen.onceAfter({ opened: 'note' });

      kitchen.happen('opened');
      kitchen.happen('opened');

      expect(kitchen.log).to.deep.equal(['before', 'on', 'after']);
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

  describe('#unsubscribe', () => {
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

    it('asks the unsubscribe function', () => {
      const kitchen = new Kitchen({ opened: { unsubscribeFunction: ({ stageName }) => stageName !== 'on' } });
      const [stays, goes] = [kitchen.on('opened', 'note'), kitchen.before('opened', 'note')];

      expect([stays.unsubscribe(), goes.unsubscribe()]).to.deep.equal([false, true]);
      expect([stays.subscribed, goes.subscribed]).to.deep.equal([true, false]);
    });

    it('works by disposal and from inside the listener', () => {
      const kitchen = new Kitchen();
      const subscription = kitchen.before('opened', 'note');
      kitchen.on('opened', event => kitchen.log.push(String(event.unsubscribe())));
      subscription[Symbol.dispose]();

      kitchen.happen('opened');
      kitchen.happen('opened');

      expect(kitchen.log).to.deep.equal(['true']);
    });

    it('does not end another listener when an event is kept', () => {
      const kitchen = new Kitchen();
      const events: PhasedEvent[] = [];
      const subscription = kitchen.on('opened', event => events.push(event));
      kitchen.happen('opened');

      expect(events[0]?.unsubscribe()).to.equal(false);
      expect(subscription.subscribed).to.equal(true);
    });
  });

  describe('a change while the event runs', () => {
    it('does not reach the stage that runs, but the next ones', () => {
      const kitchen = new Kitchen();
      kitchen.onceOn('opened', () => {
        kitchen.on('opened', () => kitchen.log.push('late on'));
        kitchen.after('opened', 'note');
      });

      kitchen.happen('opened');

      expect(kitchen.log).to.deep.equal(['after']);
    });

    it('keeps a listener that was removed from being called', () => {
      const kitchen = new Kitchen();
      kitchen.on('opened', () => void second.unsubscribe());
      const second = kitchen.on('opened', 'note');

      kitchen.happen('opened');

      expect(kitchen.log).to.deep.equal([]);
    });
  });

  describe('prevention', () => {
    it('of complete lets the stages before it run, and nothing after it', () => {
      const kitchen = notedKitchen();
      kitchen.before('dishServed', event => event.prevent());

      expect(kitchen.serve()).to.equal(false);

      expect(kitchen.log).to.deep.equal(['before', 'on']);
    });

    it('of another stage ends the event there', () => {
      const kitchen = notedKitchen();
      kitchen.before('dishServed', event => expect(event.prevent('after').isPrevented('after')).to.equal(true));

      expect(kitchen.serve()).to.equal(true);

      expect(kitchen.log).to.deep.equal(['before', 'on', 'complete']);
    });

    it('of a stage that has begun changes nothing', () => {
      const kitchen = notedKitchen();
      kitchen.after('dishServed', event => expect(event.prevent().isPrevented()).to.equal(false));

      expect(kitchen.serve()).to.equal(true);
      expect(kitchen.failures).to.deep.equal([]);
    });

    it('calls the prevent function', () => {
      const kitchen = new Kitchen({ dishServed: { preventFunction: ({ name }) => kitchen.log.push(`no ${name}`) } });
      kitchen.on('dishServed', event => event.prevent());

      kitchen.serve();

      expect(kitchen.log).to.deep.equal(['no dishServed']);
    });

    it('of a fact is an error of the listener', () => {
      const kitchen = notedKitchen({ dishServed: { preventable: new Set(['after']) } });
      kitchen.before('dishServed', event => event.prevent());

      expect(kitchen.serve()).to.equal(true);

      expect(kitchen.failures.map(({ data }) => String(data.error))).to.deep.equal([
        'EventAccessError: The event `dishServed` is a fact: its stage `complete` cannot be prevented',
      ]);
    });

    it('of a stage that is not there is an error of the listener', () => {
      const kitchen = new Kitchen();
      kitchen.before('dishServed', event => event.prevent('completion'));

      kitchen.serve();

      expect(String(kitchen.failures[0]?.data.error)).to.contain('has no stage `completion`');
    });
  });

  describe('stopping', () => {
    it('the dispatch skips the rest of the stage only', () => {
      const kitchen = new Kitchen({ dishServed: { stopDispatchFunction: () => kitchen.log.push('stopped') } });
      kitchen.on('dishServed', event => expect(event.stopDispatch().dispatchStopped).to.equal(true));
      kitchen.on('dishServed', 'note');
      kitchen.after('dishServed', event => kitchen.log.push(`after ${event.dispatchStopped}`));

      expect(kitchen.serve()).to.equal(true);

      expect(kitchen.log).to.deep.equal(['stopped', 'complete', 'after false']);
    });

    it('the event skips everything', () => {
      const kitchen = new Kitchen({ dishServed: { stopEventFunction: () => kitchen.log.push('stopped') } });
      kitchen.before('dishServed', event => expect(event.stopEvent().eventStopped).to.equal(true));
      kitchen.before('dishServed', 'note');

      expect(kitchen.serve()).to.equal(false);

      expect(kitchen.log).to.deep.equal(['stopped']);
    });

    it('the distribution skips further objects in this stage', () => {
      const stopped: string[] = [];
      const kitchen = new Kitchen({ dishServed: { stopDistributionFunction: event => stopped.push(event.stageName) } });
      const [house, street] = [new Kitchen(), new Kitchen()];
      kitchen.addDistributor(house);
      house.addDistributor(street);
      house.on('dishServed', event => expect(event.stopDistribution().distributionStopped).to.equal(true));
      house.on('dishServed', 'note');
      street.on({ dishServed: 'note' });
      street.after({ dishServed: 'note' });

      kitchen.serve();

      expect([stopped, house.log, street.log]).to.deep.equal([['on'], ['on'], ['after']]);
    });

    it('is refused where the definition forbids it', () => {
      const forbidden = { dispatchStoppable: false, distributionStoppable: false, eventStoppable: false };
      const kitchen = notedKitchen({ dishServed: forbidden });
      kitchen.before('dishServed', event => event.stopDispatch());
      kitchen.before('dishServed', event => event.stopDistribution());
      kitchen.before('dishServed', event => event.stopEvent());

      expect(kitchen.serve()).to.equal(true);

      expect(kitchen.failures.map(({ data }) => (data.error as EventAccessError).code)).to.deep.equal(
        Array(3).fill('CLUSTER_EVENT_ACCESS'),
      );
    });
  });

  describe('distribution', () => {
    it('offers each stage to every object of the graph once, also in cycles', () => {
      const [kitchen, house, street] = [new Kitchen(), new Kitchen(), new Kitchen()];
      const seen: string[] = [];
      kitchen.addDistributor(house);
      kitchen.addDistributor(street);
      house.addDistributor(street);
      street.addDistributor(kitchen);
      for (const stage of ['before', 'after'] as const) {
        for (const [index, object] of [kitchen, house, street].entries()) {
          object[stage]('dishServed', event => {
            expect(event.publisher).to.equal(kitchen);
            expect(event.distributor).to.equal(object);
            seen.push(`${stage} ${index}`);
          });
        }
      }

      kitchen.serve();

      expect(seen).to.deep.equal(['before 0', 'before 1', 'before 2', 'after 0', 'after 1', 'after 2']);
      expect(house.log.concat(street.log)).to.deep.equal([], 'only the publisher does the work');
    });

    it('ends when the distributor is removed or destroyed', () => {
      const [kitchen, house, street] = [new Kitchen(), new Kitchen(), new Kitchen()];
      for (const object of [house, street]) {
        kitchen.addDistributor(object);
        object.on('opened', 'note');
      }

      street.destroy();
      expect([kitchen.removeDistributor(house), kitchen.removeDistributor(house)]).to.deep.equal([true, false]);
      kitchen.happen('opened');

      expect(house.log.concat(street.log)).to.deep.equal([]);
    });

    it('is left out where the definition says so', () => {
      const [kitchen, house] = [new Kitchen({ opened: { distributable: false } }), new Kitchen()];
      kitchen.addDistributor(house);
      house.on({ opened: 'note', closed: 'note' });

      expect([kitchen.hasSubscribers('opened'), kitchen.hasSubscribers('closed', 'on')]).to.deep.equal([false, true]);
      kitchen.happen('opened');
      kitchen.happen('closed');

      expect(house.log).to.deep.equal(['on']);
    });
  });

  describe('publishOnce', () => {
    it('happens once, and calls late subscribers at once', () => {
      const kitchen = new Kitchen({ opened: { publishOnce: true } });

      expect([kitchen.happen('opened'), kitchen.happen('opened')]).to.deep.equal([true, false]);
      const subscription = kitchen.on('opened', 'note');

      expect(kitchen.log).to.deep.equal(['after']);
      expect(subscription.subscribed).to.equal(false);
    });

    it('is forgotten when it was prevented', () => {
      const kitchen = new Kitchen({ opened: { publishOnce: true } });
      kitchen.onceBefore('opened', event => event.prevent());

      expect(kitchen.happen('opened')).to.equal(false);
      kitchen.after('opened', 'note');

      expect(kitchen.log).to.deep.equal([]);
      expect(kitchen.happen('opened')).to.equal(true);
    });

    it('does not call late subscribers of a stage that never came', () => {
      const kitchen = new Kitchen({ opened: { publishOnce: true } });
      kitchen.before('opened', event => event.stopEvent());
      kitchen.happen('opened');

      expect(kitchen.after('opened', 'note').subscribed).to.equal(false);
      kitchen.before('opened', 'note');

      expect(kitchen.log).to.deep.equal(['before']);
    });

    it('still calls late subscribers after the object is destroyed', () => {
      const kitchen = new Kitchen();
      kitchen.destroy();

      kitchen.on('destroyComplete', event => kitchen.log.push(event.name));

      expect(kitchen.log).to.deep.equal(['destroyComplete']);
    });
  });

  describe('completeOnce', () => {
    it('happens until it completes once', () => {
      const kitchen = new Kitchen({ dishServed: { completeOnce: true } });
      kitchen.onceBefore('dishServed', event => event.prevent());

      const results = [kitchen.serve(), kitchen.serve(), kitchen.serve()];
      kitchen.after('dishServed', 'note');

      expect(results).to.deep.equal([false, true, false]);
      expect(kitchen.log).to.deep.equal(['complete', 'after']);
    });

    it('completes once when it is published from inside itself', () => {
      const kitchen = new Kitchen({ dishServed: { completeOnce: true } });
      kitchen.onceBefore('dishServed', () => expect(kitchen.serve()).to.equal(true));

      expect(kitchen.serve()).to.equal(false);
      expect(kitchen.log).to.deep.equal(['complete']);
    });
  });

  describe('#publish', () => {
    it('is for events that were never defined, or allow it', () => {
      const kitchen = new Kitchen({ opened: { allowPublicPublish: true }, closed: {} });

      expect([kitchen.publish('opened'), kitchen.publish('burnt', {})]).to.deep.equal([true, true]);
      expect(() => kitchen.publish('closed')).to.throw(EventAccessError, 'published by the object itself');
      expect(() => kitchen.publish('destroy', {})).to.throw(EventAccessError);
    });

    it('fills in the data of the definition', () => {
      const kitchen = new Kitchen({ dishOrdered: { data: { dish: 'soup', spicy: true } } });
      const seen: unknown[] = [];
      kitchen.on('dishOrdered', event => seen.push(event.data));

      kitchen.happen('dishOrdered');
      kitchen.happen('dishOrdered', { dish: 'curry' });
      kitchen.happen('dishOrdered', 'text' as never);

      expect(seen).to.deep.equal([{ dish: 'soup', spicy: true }, { dish: 'curry', spicy: true }, 'text']);
    });

    it('does nothing after the object is destroyed', () => {
      const kitchen = notedKitchen();
      kitchen.destroy();

      expect(kitchen.serve()).to.equal(false);
      expect(kitchen.on('opened', 'note').subscribed).to.equal(false);
      expect(kitchen.log).to.deep.equal([]);
    });

    it('forgets names without subscribers, and no others', () => {
      const pubsub = new Pubsub();
      const seen: unknown[] = [];
      pubsub.on('kept', ({ data }) => seen.push(data));
      for (let index = 0; index < 5000; index++) pubsub.publish(`name-${index}`);

      pubsub.publish('kept', 1);

      expect(seen).to.deep.equal([1]);
    });
  });

  describe('definitions', () => {
    class Base extends Pubsub<{ tick: { a: number; b: number } }> {
      static {
        Base.define<{ tick: { a: number; b: number } }>({ tick: { data: { a: 1, b: 1 }, preventable: false } });
      }
    }
    class Derived extends Base {
      static {
        Derived.define<{ tick: { a: number; b: number } }>({ tick: { data: { b: 2 }, allowPublicPublish: true } });
      }
    }

    it('are merged down the class chain', () => {
      const derived = new Derived();
      const seen: unknown[] = [];
      derived.on('tick', event => seen.push(event.data));

      derived.publish('tick', {} as never);

      expect(seen).to.deep.equal([{ a: 1, b: 2 }]);
      expect(() => new Base().publish('tick', { a: 1, b: 1 })).to.throw(EventAccessError);
    });

    it('are refused when they contradict themselves', () => {
      const refusals = [
        { publishOnce: true, completeOnce: true },
        { stages: [] },
        { stages: ['on', 'on'] },
        { stages: ['on'], completeOnce: true },
        { preventable: new Set(['never']) },
        { publishTwice: true },
        { stages: Array.from({ length: 17 }, (_, index) => `stage-${index}`) },
      ];

      for (const refusal of refusals) {
        expect(() => new Kitchen({ opened: refusal as object })).to.throw(EventDefinitionError, '`opened`');
      }
    });
  });

  describe('failures', () => {
    it('stop nobody else and become one error event each', () => {
      const kitchen = new Kitchen();
      const bad = new Error('bad');
      for (const stage of ['before', 'on', 'after'] as const) {
        kitchen[stage]('dishServed', () => {
          throw bad;
        });
        kitchen[stage]('dishServed', 'note');
      }

      expect(kitchen.serve()).to.equal(true);

      expect(kitchen.log).to.deep.equal(['before', 'on', 'complete', 'after']);
      expect(kitchen.failures.map(({ data }) => [data.error, data.stageName, data.event.name])).to.deep.equal([
        [bad, 'before', 'dishServed'],
        [bad, 'on', 'dishServed'],
        [bad, 'after', 'dishServed'],
      ]);
    });

    it('of promises become error events too', async () => {
      const kitchen = new Kitchen();
      kitchen.on('opened', async () => {
        throw new Error('later');
      });
      const failed = kitchen.once('error');

      kitchen.happen('opened');

      const { data } = await failed;
      expect([String(data.error), data.stageName]).to.deep.equal(['Error: later', 'on']);
    });

    it('name a method that is not there', () => {
      const kitchen = new Kitchen();
      kitchen.on('opened', 'cook');

      kitchen.happen('opened');

      expect(kitchen.failures[0]?.data.error).to.be.instanceOf(InvalidListenerError);
    });

    it('are thrown asynchronously by default', async () => {
      const pubsub = new Pubsub();
      const bad = new Error('bad');
      pubsub.on('tick', () => {
        throw bad;
      });
      const others = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      const thrown = nodeOnce(process, 'uncaughtException');

      pubsub.publish('tick');

      expect(await thrown).to.deep.equal([bad, 'uncaughtException']);
      for (const other of others) process.on('uncaughtException', other);
    });

    it('inside `error` become a process warning', async () => {
      const kitchen = new Kitchen();
      kitchen.on('error', () => {
        throw new Error('worse');
      });
      kitchen.on('opened', () => {
        throw new Error('bad');
      });
      const warned = nodeOnce(process, 'warning');

      kitchen.happen('opened');

      const [warning] = await warned;
      expect(warning).to.have.property('code', 'CLUSTER_LISTENER_FAILED');
      expect(String(warning)).to.contain('worse');
    });
  });

  describe('#destroy', () => {
    it('publishes destroy and destroyComplete once, then ends everything', () => {
      const kitchen = notedKitchen();
      const seen: string[] = [];
      kitchen.after({ destroy: event => seen.push(event.name), destroyComplete: event => seen.push(event.name) });

      kitchen.destroy();
      kitchen.destroy();

      expect(seen).to.deep.equal(['destroy', 'destroyComplete']);
      expect(kitchen.hasSubscribers('dishServed')).to.equal(false);
    });
  });

  describe('#hasSubscribers', () => {
    it('tells of a stage, and of those who observe everything', () => {
      const kitchen = new Kitchen();
      kitchen.on('opened', 'note');
      const before = ['on', 'after'].map(stage => kitchen.hasSubscribers('opened', stage));

      kitchen.observe().subscribe(() => {});

      expect(before).to.deep.equal([true, false]);
      expect(['on', 'after'].map(stage => kitchen.hasSubscribers('closed', stage))).to.deep.equal([false, true]);
      expect(kitchen.hasSubscribers('closed')).to.equal(true);
    });
  });
});
