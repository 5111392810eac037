import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { EventAccessError } from '../../lib/errors/errors.js';
import type { PhasedEvent } from '../../lib/pubsub/event.js';
import { Kitchen, notedKitchen } from './kitchen.js';

describe('StagedEvent', () => {
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

  describe('its way', () => {
    it('is told by the event at every call, and after the last', () => {
      const kitchen = notedKitchen();
      let kept: PhasedEvent | undefined;
      kitchen.before('dishServed', event => {
        kept = event;
        expect([event.name, event.publisher, event.distributor]).to.deep.equal(['dishServed', kitchen, kitchen]);
      });

      kitchen.serve();

      expect([kept?.stageName, kept?.completed, kept?.distributor]).to.deep.equal(['after', true, kitchen]);
    });

    it('is the same for an event of which nothing is left to decide', () => {
      const kitchen = notedKitchen();
      const events: PhasedEvent[] = [];
      kitchen.on('dishServed', event => events.push(event));
      kitchen.serve();

      const [kept] = events;
      kept?.prevent('after');

      expect([kept?.isPrevented('after'), kept?.unsubscribe()]).to.deep.equal([false, false]);
    });

    it('is another for each publication, so that events can be kept', () => {
      const kitchen = new Kitchen();
      const events: PhasedEvent<{ table: number }>[] = [];
      kitchen.on('dishServed', event => events.push(event));

      for (const table of [1, 2]) kitchen.serve(table);

      expect(events.map(({ data }) => data.table)).to.deep.equal([1, 2]);
      expect(new Set(events).size).to.equal(2);
    });
  });

  describe('prevention as a set of stages', () => {
    it('allows these, and only these', () => {
      const kitchen = notedKitchen({ dishServed: { preventable: new Set(['on', 'after']) } });
      kitchen.before('dishServed', event => event.prevent('after'));

      expect(kitchen.serve()).to.equal(true);
      kitchen.before('dishServed', event => event.prevent('on'));
      expect(kitchen.serve()).to.equal(false);

      expect(kitchen.log).to.deep.equal(['before', 'on', 'complete', 'before']);
      expect(kitchen.failures).to.deep.equal([]);
    });

    it('of a custom stage ends the event there', () => {
      const kitchen = new Kitchen({
        dishServed: { stages: ['taste', 'complete', 'praise', 'tip'], preventable: new Set(['praise']) },
      });
      for (const stage of ['taste', 'praise', 'tip']) kitchen.subscribe(stage, 'dishServed', 'note');
      kitchen.subscribe('taste', 'dishServed', event => event.prevent('praise'));

      expect(kitchen.serve()).to.equal(true);

      expect(kitchen.log).to.deep.equal(['taste', 'complete']);
    });
  });
});
