import { expect } from 'chai';
import { describe, it } from 'mocha';
import { from, lastValueFrom, map, take, toArray } from 'rxjs';
import { Kitchen } from './kitchen.js';

describe('ObservableEvents', () => {
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
