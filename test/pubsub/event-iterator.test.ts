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
});
