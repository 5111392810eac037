import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { EventAccessError } from '../../lib/errors/errors.js';
import { rejection } from '../support/thrown.js';
import { Kitchen } from './kitchen.js';

describe('EventIterator', () => {
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

  it('ends its subscription when the body of the loop throws', async () => {
    const kitchen = new Kitchen();
    const events = kitchen.events('dishServed');
    kitchen.serve();

    const thrown = await rejection(async () => {
      for await (const { data } of events) throw new Error(`table ${data.table}`);
    });

    expect(thrown).to.have.property('message', 'table 1');
    expect(kitchen.hasSubscribers('dishServed')).to.equal(false);
  });

  it('drops what nobody asked for when it returns, and says so again', async () => {
    const kitchen = new Kitchen();
    const events = kitchen.events('dishServed');
    kitchen.serve();

    const ends = [await events.return(), await events.next(), await events.return()];

    expect(ends).to.deep.equal(Array(3).fill({ done: true, value: undefined }));
  });

  it('rejects one of several readers with the reason of its signal, and ends the others', async () => {
    const kitchen = new Kitchen();
    const controller = new AbortController();
    const events = kitchen.events('dishServed', { signal: controller.signal });
    const [first, ...others] = [events.next(), events.next(), events.next()];

    controller.abort('enough');

    expect(await rejection(Promise.resolve(first))).to.equal('enough');
    expect((await Promise.all(others)).map(({ done }) => done)).to.deep.equal([true, true]);
  });

  it('drops what nobody asked for when it is aborted', async () => {
    const kitchen = new Kitchen();
    const controller = new AbortController();
    const events = kitchen.events('dishServed', { signal: controller.signal });
    kitchen.serve();

    controller.abort('enough');

    expect(await rejection(events.next())).to.equal('enough');
  });

  it('rejects at once with a signal that is aborted already, and subscribes to nothing', async () => {
    const kitchen = new Kitchen();
    const events = kitchen.events('dishServed', { signal: AbortSignal.abort('before') });

    expect(kitchen.hasSubscribers('dishServed')).to.equal(false);
    expect(await rejection(events.next())).to.equal('before');
  });

  it('forgets a failure that nobody asked for when it returns', async () => {
    const events = new Kitchen().events('dishServed', { signal: AbortSignal.abort('before') });

    await events.return();

    expect(await events.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('ends readers that wait when the object is destroyed', async () => {
    const kitchen = new Kitchen();
    const events = kitchen.events('dishServed');
    const readers = [events.next(), events.next()];

    kitchen.destroy();

    expect((await Promise.all(readers)).map(({ done }) => done)).to.deep.equal([true, true]);
  });

  it('yields only what fits', async () => {
    const kitchen = new Kitchen();
    const events = kitchen.events('dishServed', { filter: ({ data }) => data.table % 2 === 0 });
    for (const table of [1, 2, 3, 4]) kitchen.serve(table);
    kitchen.destroy();

    const tables: number[] = [];
    for await (const { data } of events) tables.push(data.table);

    expect(tables).to.deep.equal([2, 4]);
  });

  it('turns the failure of a filter into an error event, and goes on', async () => {
    const kitchen = new Kitchen();
    const filter = ({ data }: { data: { table: number } }): boolean => {
      if (data.table === 1) throw new Error('bad filter');
      return true;
    };
    const events = kitchen.events('dishServed', { filter });

    for (const table of [1, 2]) kitchen.serve(table);

    expect((await events.next()).value?.data.table).to.equal(2);
    expect(kitchen.failures).to.have.lengthOf(1);
  });

  it('begins with an event that is kept', async () => {
    const kitchen = new Kitchen({ opened: { publishOnce: true } });
    kitchen.happen('opened');

    expect((await kitchen.events('opened').next()).value?.name).to.equal('opened');
  });

  it('leaves no listener on its signal', async () => {
    const { signal } = new AbortController();
    const kitchen = new Kitchen();
    const left = kitchen.events('dishServed', { signal });
    const ended = kitchen.events('dishServed', { signal });

    await left.return();
    kitchen.destroy();
    await ended.next();

    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('keeps events in order, however they are read and however many there are', async () => {
    const kitchen = new Kitchen();
    const events = kitchen.events('dishServed');
    const tables: (number | undefined)[] = [];
    const read = async (): Promise<unknown> => tables.push((await events.next()).value?.data.table);
    for (const table of [0, 1, 2]) kitchen.serve(table);
    await read();
    for (let table = 3; table < 50_000; table++) kitchen.serve(table);
    kitchen.destroy();

    for (let table = 1; table <= 50_000; table++) await read();

    expect(tables).to.deep.equal([...Array(50_000).keys(), undefined]);
  }).timeout(2_000);
});
