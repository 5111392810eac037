import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Pubsub } from '../../lib/pubsub/pubsub.js';
import { Kitchen } from './kitchen.js';

describe('Hub', () => {
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

  describe('memory', () => {
    it('forgets names without subscribers, and no others', () => {
      const pubsub = new Pubsub();
      const seen: unknown[] = [];
      pubsub.on('kept', ({ data }) => seen.push(data));
      for (let index = 0; index < 5000; index++) pubsub.publish(`name-${index}`);

      pubsub.publish('kept', 1);

      expect(seen).to.deep.equal([1]);
    });

    it('holds no listener of a destroyed object, nor its distributors', async () => {
      const kitchen = new Kitchen({ dishServed: { completeOnce: true } });
      const held = ((): WeakRef<object>[] => {
        const [listener, host, distributor] = [() => {}, { note: () => {} }, new Kitchen()];
        kitchen.addDistributor(distributor);
        for (const name of ['destroy', 'dishServed', 'opened'] as const) {
          kitchen.on(name, listener);
          kitchen.after(name, { callbackFunction: 'note', host });
        }
        kitchen.observe().subscribe(listener);
        kitchen.serve();
        return [listener, host, distributor].map(object => new WeakRef(object));
      })();

      kitchen.destroy();
      await collectGarbage();

      expect(held.map(reference => reference.deref())).to.deep.equal([undefined, undefined, undefined]);
      expect(kitchen.hasSubscribers('destroy')).to.equal(false);
    });

    it('holds no listener that left an event which is kept', async () => {
      const kitchen = new Kitchen({ opened: { publishOnce: true } });
      const held = ((): WeakRef<object> => {
        const listener = (): void => {};
        const subscription = kitchen.on('opened', listener);
        kitchen.happen('opened');
        subscription.unsubscribe();
        return new WeakRef(listener);
      })();

      await collectGarbage();

      expect(held.deref()).to.equal(undefined);
      expect(kitchen.happen('opened')).to.equal(false);
    });

    it('takes no distributor that is destroyed, and none of an object that is', () => {
      const [kitchen, house] = [new Kitchen(), new Kitchen()];
      house.destroy();

      kitchen.addDistributor(house);
      house.addDistributor(kitchen);

      expect([kitchen.removeDistributor(house), house.removeDistributor(kitchen)]).to.deep.equal([false, false]);
    });
  });
});

/** Collects what nobody holds. A weak reference holds what it gave until the turn of the event loop ends. */
async function collectGarbage(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
