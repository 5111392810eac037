import { once as nodeOnce } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { EventAccessError, EventDefinitionError, InvalidListenerError } from '../../lib/errors/errors.js';
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
  });

  describe('#unsubscribe', () => {
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
});
