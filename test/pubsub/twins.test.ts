import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DestroyedError, EventAccessError } from '../../lib/errors/errors.js';
import { rejection } from '../support/thrown.js';
import { Kitchen } from './kitchen.js';

describe('twins', () => {
  describe('#once', () => {
    it('resolves with the next event that fits', async () => {
      const kitchen = new Kitchen();
      const served = kitchen.once('dishServed', { filter: ({ data }) => data.table > 2 });

      for (const table of [1, 3, 4]) kitchen.serve(table);

      expect((await served).data.table).to.equal(3);
      expect(kitchen.hasSubscribers('dishServed')).to.equal(false);
    });

    it('does not count an event that was prevented', async () => {
      const kitchen = new Kitchen();
      kitchen.onceBefore('dishServed', event => event.prevent());
      const served = kitchen.once('dishServed');

      for (const table of [1, 2]) kitchen.serve(table);

      expect((await served).data.table).to.equal(2);
    });

    it('resolves with an event that is kept', async () => {
      const kitchen = new Kitchen({ opened: { publishOnce: true } });
      kitchen.happen('opened');

      expect((await kitchen.once('opened')).name).to.equal('opened');
    });

    it('rejects with the reason of its signal, and leaves no listener', async () => {
      const kitchen = new Kitchen();
      const controller = new AbortController();
      const served = kitchen.once('dishServed', { signal: controller.signal });

      controller.abort('enough');

      expect(await rejection(served)).to.equal('enough');
      expect(await rejection(kitchen.once('dishServed', { signal: controller.signal }))).to.equal('enough');
      expect(kitchen.hasSubscribers('dishServed')).to.equal(false);
    });

    it('rejects when the object is destroyed, before or after', async () => {
      const kitchen = new Kitchen();
      const served = kitchen.once('dishServed');

      kitchen.destroy();

      expect(await rejection(served)).to.be.instanceOf(DestroyedError);
      expect(await rejection(kitchen.once('dishServed'))).to.be.instanceOf(DestroyedError);
    });

    it('takes a filter and a signal together, and lets go of the signal', async () => {
      const kitchen = new Kitchen();
      const { signal } = new AbortController();
      const served = kitchen.once('dishServed', { signal, filter: ({ data }) => data.table === 2 });

      for (const table of [1, 2, 3]) kitchen.serve(table);

      expect((await served).data.table).to.equal(2);
      expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    });

    it('sees the stage that is asked for, and a stage of a definition', async () => {
      const kitchen = new Kitchen({ dishServed: { stages: ['taste', 'complete', 'praise'] } });
      const [tasted, praised] = [kitchen.once('dishServed', { stageName: 'taste' }), kitchen.once('dishServed')];
      kitchen.subscribe('taste', 'dishServed', event => event.prevent());

      kitchen.serve(1);
      kitchen.unsubscribe();
      kitchen.serve(2);

      expect([(await tasted).data.table, (await praised).data.table]).to.deep.equal([1, 2]);
    });

    it('respects who may subscribe', () => {
      const kitchen = new Kitchen({ opened: { allowPublicSubscription: false } });

      expect(() => kitchen.once('opened')).to.throw(EventAccessError);
    });
  });
});
