import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WaitingList } from '../../lib/primary/waiting-list.js';
import { ignorable } from '../../lib/util/ignorable.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';

function setUp() {
  const list = new WaitingList<string, number>();
  const told: unknown[] = [];
  const waiter = (name: string) => (outcome: unknown) => told.push([name, outcome]);
  return { list, told, waiter };
}

describe('WaitingList', () => {
  it('tells all who wait for the key, synchronously, in order, once', () => {
    const { list, told, waiter } = setUp();
    list.add('soup', waiter('first'));
    list.add('soup', waiter('second'));
    list.add('salad', waiter('other'));

    list.resolve('soup', 4);
    list.resolve('soup', 5);

    expect(told).to.deep.equal([
      ['first', { value: 4 }],
      ['second', { value: 4 }],
    ]);
  });

  it('tells why it will not come', () => {
    const { list, told, waiter } = setUp();
    const error = new Error('no soup');
    list.add('soup', waiter('first'));

    list.reject('soup', error);

    expect(told).to.deep.equal([['first', { error }]]);
  });

  it('rejects everything at once', () => {
    const { list, told, waiter } = setUp();
    const error = new Error('closed');
    list.add('soup', waiter('soup'));
    list.add('salad', waiter('salad'));

    list.rejectAll(error);
    list.rejectAll(error);

    expect(told).to.deep.equal([
      ['soup', { error }],
      ['salad', { error }],
    ]);
  });

  it('tells only those who wait in vain', () => {
    const { list, told, waiter } = setUp();
    list.add('soup', waiter('soup'));
    list.add('salad', waiter('salad'));
    const error = new Error('sold out');

    list.rejectWhere(dish => (dish === 'soup' ? error : undefined));
    list.resolve('salad', 1);

    expect(told).to.deep.equal([
      ['soup', { error }],
      ['salad', { value: 1 }],
    ]);
  });

  it('lets a waiter off the list', () => {
    const { list, told, waiter } = setUp();
    const leave = list.add('soup', waiter('first'));
    list.add('soup', waiter('second'));

    leave();
    list.resolve('soup', 1);

    expect(told).to.deep.equal([['second', { value: 1 }]]);
  });

  it('does not take those who came later off the list with one who was told', () => {
    const { list, told, waiter } = setUp();
    const leave = list.add('soup', waiter('first'));
    list.resolve('soup', 1);
    list.add('soup', waiter('second'));

    leave();
    list.resolve('soup', 2);

    expect(told).to.deep.equal([
      ['first', { value: 1 }],
      ['second', { value: 2 }],
    ]);
  });

  it('leaves whoever comes while others are told for the next time', () => {
    const { list, told, waiter } = setUp();
    list.add('soup', () => list.add('soup', waiter('newcomer')));

    list.resolve('soup', 1);
    expect(told).to.deep.equal([]);
    list.resolve('soup', 2);

    expect(told).to.deep.equal([['newcomer', { value: 2 }]]);
  });

  describe('#wait', () => {
    it('is the same as a promise', async () => {
      const { list } = setUp();
      const [soup, salad] = [list.wait('soup'), list.wait('salad')];

      list.resolve('soup', 4);
      list.reject('salad', new Error('wilted'));

      expect(await soup).to.equal(4);
      expect(await rejection(salad)).to.have.property('message', 'wilted');
    });
  });

  describe('#waitFor', () => {
    function waiting({ timeout = 1_000, use = (value: number): number | undefined => value } = {}) {
      const list = new WaitingList<string, number>();
      const clock = new FakeClock();
      const abort = new AbortController();
      const { signal } = abort;
      const lost: Error[] = [];
      const patience = {
        clock,
        timeout,
        timedOut: () => new Error('late'),
        signal,
        lost: (e: Error) => void lost.push(e),
      };
      const wait = () => ignorable(list.waitFor('soup', patience, use));
      /** Whether anything is left behind. */
      const isTidy = () => clock.pending === 0 && getEventListeners(signal, 'abort').length === 0;
      return { list, clock, abort, lost, wait, isTidy };
    }

    it('resolves with what is made of the first value', async () => {
      const { list, wait, isTidy, lost } = waiting({ use: value => value * 2 });
      const waited = wait();
      list.resolve('soup', 4);
      list.resolve('soup', 5);

      expect(await waited).to.equal(8);
      expect(isTidy()).to.equal(true);
      expect(lost).to.deep.equal([]);
    });

    it('makes it in the very moment the value comes', () => {
      const used: number[] = [];
      const { list, wait } = waiting({ use: value => used.push(value) });
      void wait();
      list.resolve('soup', 4);

      expect(used).to.deep.equal([4]);
    });

    it('goes on waiting, for one more value at a time, until one can be used', async () => {
      const { list, wait, isTidy } = waiting({ use: value => (value > 5 ? value : undefined) });
      const waited = wait();
      for (const value of [4, 5, 6, 7]) list.resolve('soup', value);

      expect(await waited).to.equal(6);
      expect(isTidy()).to.equal(true);
    });

    it('rejects when it will not come, and tells it', async () => {
      const { list, wait, isTidy, lost } = waiting();
      const waited = wait();
      const error = new Error('no soup');
      list.reject('soup', error);

      expect(await rejection(waited)).to.equal(error);
      expect(lost).to.deep.equal([error]);
      expect(isTidy()).to.equal(true);
    });

    it('rejects when the time is over, also if values came that could not be used', async () => {
      const { list, clock, wait, isTidy, lost } = waiting({ use: () => undefined });
      const waited = wait();
      clock.advance(999);
      list.resolve('soup', 4);
      clock.advance(1);

      expect(await rejection(waited)).to.have.property('message', 'late');
      list.resolve('soup', 5);
      expect(isTidy()).to.equal(true);
      expect(lost).to.deep.equal([]);
    });

    it('rejects with the reason of the signal, aborted later or before', async () => {
      const { abort, wait, isTidy } = waiting({ timeout: Number.POSITIVE_INFINITY });
      const waited = wait();
      abort.abort(new Error('not hungry'));

      expect(await rejection(waited)).to.have.property('message', 'not hungry');
      expect(await rejection(wait())).to.have.property('message', 'not hungry');
      expect(isTidy()).to.equal(true);
    });

    it('is off the list when it is over', async () => {
      const used: number[] = [];
      const { list, abort, wait } = waiting({ use: value => used.push(value) });
      const waited = wait();
      abort.abort(new Error('not hungry'));
      await rejection(waited);
      list.resolve('soup', 4);

      expect(used).to.deep.equal([]);
    });
  });
});
