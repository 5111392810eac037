import { expect } from 'chai';
import { describe, it } from 'mocha';
import { from, lastValueFrom, map, take, toArray } from 'rxjs';
import { DestroyedError, EventAccessError } from '../../lib/errors/errors.js';
import { Kitchen } from './kitchen.js';

/** What a promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it resolved'),
    (error: unknown) => error,
  );
}

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

    it('respects who may subscribe', () => {
      const kitchen = new Kitchen({ opened: { allowPublicSubscription: false } });

      expect(() => kitchen.once('opened')).to.throw(EventAccessError);
    });
  });

  describe('#events', () => {
    it('iterates over what was published since, until the object is destroyed', async () => {
      const kitchen = new Kitchen();
      const events = kitchen.events('dishServed');
      for (const table of [1, 2]) kitchen.serve(table);
      kitchen.destroy();

      const tables: number[] = [];
      for await (const { data } of events) tables.push(data.table);

      expect(tables).to.deep.equal([1, 2]);
    });

    it('iterates over all events without a name', async () => {
      const kitchen = new Kitchen();
      const events = kitchen.events();
      kitchen.serve();
      kitchen.happen('opened');
      kitchen.destroy();

      const names: string[] = [];
      for await (const { name } of events) names.push(name);

      expect(names).to.deep.equal(['dishServed', 'opened', 'destroy', 'destroyComplete']);
    });

    it('waits for what comes, each reader in turn', async () => {
      const kitchen = new Kitchen();
      const events = kitchen.events('dishServed', { stageName: 'on' });
      const readers = [events.next(), events.next(), events.next()];

      for (const table of [1, 2]) kitchen.serve(table);
      await events.return();

      expect((await Promise.all(readers)).map(({ value }) => value?.data.table)).to.deep.equal([1, 2, undefined]);
    });

    it('ends its subscription when the loop is left, and by disposal', async () => {
      const kitchen = new Kitchen();
      const disposed = kitchen.events('dishServed');
      const events = kitchen.events('dishServed');
      kitchen.serve();

      for await (const _ of events) break;
      await disposed[Symbol.asyncDispose]();

      expect(kitchen.hasSubscribers('dishServed')).to.equal(false);
      expect(await disposed.next()).to.deep.equal({ done: true, value: undefined });
    });

    it('rejects once with the reason of its signal, then is over', async () => {
      const kitchen = new Kitchen();
      const controller = new AbortController();
      const [waiting, idle] = [1, 2].map(() => kitchen.events('opened', { signal: controller.signal }));
      const reader = waiting?.next();

      controller.abort('enough');

      expect(await rejection(Promise.resolve(reader))).to.equal('enough');
      expect(await rejection(Promise.resolve(idle?.next()))).to.equal('enough');
      expect(await idle?.next()).to.deep.equal({ done: true, value: undefined });
      expect(kitchen.hasSubscribers('opened')).to.equal(false);
    });

    it('refuses the complete stage', () => {
      expect(() => new Kitchen().events(undefined, { stageName: 'complete' })).to.throw(EventAccessError);
    });
  });

  describe('#observe', () => {
    it('is taken by RxJS, and completes with the object', async () => {
      const kitchen = new Kitchen();
      const tables = lastValueFrom(
        from(kitchen.observe('dishServed')).pipe(
          map(({ data }) => data.table),
          toArray(),
        ),
      );

      for (const table of [1, 2]) kitchen.serve(table);
      kitchen.destroy();

      expect(await tables).to.deep.equal([1, 2]);
    });

    it('leaves no listener when RxJS unsubscribes', async () => {
      const kitchen = new Kitchen();
      const first = lastValueFrom(from(kitchen.observe()).pipe(take(1)));

      kitchen.serve();

      expect((await first).name).to.equal('dishServed');
      expect(kitchen.hasSubscribers('opened')).to.equal(false);
    });

    it('calls a function, until it is unsubscribed', () => {
      const kitchen = new Kitchen();
      const seen: string[] = [];
      const subscription = kitchen.observe('opened').subscribe(({ name }) => void seen.push(name));
      kitchen.happen('opened');

      expect([subscription.subscribed, subscription.unsubscribe(), subscription.unsubscribe()]).to.deep.equal([
        true,
        true,
        false,
      ]);
      kitchen.happen('opened');
      subscription[Symbol.dispose]();

      expect(seen).to.deep.equal(['opened']);
      expect(subscription.subscribed).to.equal(false);
    });

    it('completes at once when the object is destroyed already', () => {
      const kitchen = new Kitchen();
      kitchen.destroy();
      let completed = false;

      const subscription = kitchen.observe().subscribe({
        complete: () => {
          completed = true;
        },
      });

      expect([completed, subscription.subscribed]).to.deep.equal([true, false]);
    });

    it('has `Symbol.observable` as a key where something defined it', () => {
      const had = Object.getOwnPropertyDescriptor(Symbol, 'observable');
      Object.defineProperty(Symbol, 'observable', { value: Symbol('observable'), configurable: true });
      const observable = new Kitchen().observe();

      expect(observable[Symbol.observable]()).to.equal(observable);
      expect(observable['@@observable']()).to.equal(observable);

      if (had) Object.defineProperty(Symbol, 'observable', had);
      else Reflect.deleteProperty(Symbol, 'observable');
    });
  });
});
