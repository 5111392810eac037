import { expect } from 'chai';
import { describe, it } from 'mocha';
import { firstValueFrom, from, lastValueFrom, map, take, toArray } from 'rxjs';
import { capturedWarnings } from '../support/warnings.js';
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

  it('calls nobody any more who unsubscribed inside `next`', () => {
    const kitchen = new Kitchen();
    const tables: number[] = [];
    const subscription = kitchen.observe('dishServed').subscribe(({ data }) => {
      tables.push(data.table);
      if (data.table === 1) kitchen.serve(3);
      subscription.unsubscribe();
    });

    for (const table of [1, 2]) kitchen.serve(table);

    expect(tables).to.deep.equal([1, 3]);
    expect(kitchen.hasSubscribers('dishServed')).to.equal(false);
  });

  it('does not complete whoever unsubscribed', () => {
    const kitchen = new Kitchen();
    let completions = 0;
    const observer = { complete: () => void completions++ };
    const [left, stays] = [kitchen.observe().subscribe(observer), kitchen.observe('opened').subscribe(observer)];

    left.unsubscribe();
    kitchen.destroy();

    expect([completions, stays.subscribed, stays.unsubscribe()]).to.deep.equal([1, false, false]);
  });

  it('turns the failure of an observer into an error event, and goes on', () => {
    const kitchen = new Kitchen();
    const tables: number[] = [];
    kitchen.observe('dishServed').subscribe(({ data }) => {
      tables.push(data.table);
      throw new Error(`table ${data.table}`);
    });
    kitchen.observe('dishServed').subscribe(({ data }) => void tables.push(-data.table));

    for (const table of [1, 2]) kitchen.serve(table);

    expect(tables).to.deep.equal([1, -1, 2, -2]);
    expect(kitchen.failures.map(({ data }) => String(data.error))).to.deep.equal(['Error: table 1', 'Error: table 2']);
  });

  it('turns a failure to complete into a warning, and completes the others', async () => {
    const kitchen = new Kitchen();
    let completions = 0;
    kitchen.observe().subscribe({
      complete: () => {
        throw new Error('no end');
      },
    });
    kitchen.observe().subscribe({ complete: () => void completions++ });

    const warnings = await capturedWarnings(() => kitchen.destroy());

    expect(completions).to.equal(1);
    expect(warnings.map(({ code, message }) => [code, message.includes('no end')])).to.deep.equal([
      ['CLUSTER_LISTENER_FAILED', true],
    ]);
  });

  it('keeps the observer as `this`, and looks its functions up at each call', () => {
    const kitchen = new Kitchen();
    const observer = {
      seen: [] as string[],
      next(): void {
        this.seen.push('first');
        observer.next = () => void this.seen.push('second');
      },
    };
    kitchen.observe('opened').subscribe(observer);

    for (let round = 0; round < 2; round++) kitchen.happen('opened');

    expect(observer.seen).to.deep.equal(['first', 'second']);
  });

  it('has independent observers, who see events from their own subscription on', () => {
    const kitchen = new Kitchen();
    const observable = kitchen.observe('dishServed');
    const seen: string[] = [];
    observable.subscribe(({ data }) => void seen.push(`a${data.table}`));
    kitchen.serve(1);
    observable.subscribe(({ data }) => void seen.push(`b${data.table}`));

    kitchen.serve(2);

    expect(seen).to.deep.equal(['a1', 'a2', 'b2']);
  });

  it('sees an event that was published once, and is left by RxJS while it is delivered', async () => {
    const kitchen = new Kitchen({ opened: { publishOnce: true } });
    kitchen.happen('opened');

    const { name } = await firstValueFrom(from(kitchen.observe('opened')));

    expect(name).to.equal('opened');
    expect(kitchen.hasSubscribers('opened')).to.equal(false);
  });
});
