import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WaitingList } from '../../lib/primary/waiting-list.js';
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
});
