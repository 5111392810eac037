import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Handoffs } from '../../lib/primary/handoffs.js';

describe('Handoffs', () => {
  const [one, other] = [{ name: 'one' }, { name: 'other' }];

  it('know who listens where', () => {
    const book = new Handoffs();
    for (const key of ['a', 'b', 'b']) book.joined(one, key);
    book.joined(other, 'a');
    book.left(one, 'a');
    book.left(one, 'unknown');

    expect(book.addressesOf(one)).to.deep.equal(['b']);
    expect(book.addressesOf(other)).to.deep.equal(['a']);
  });

  it('know what is on its way, until it is answered for', () => {
    const book = new Handoffs();
    book.sent(one, 7, 'a');

    expect(book.has(7)).to.equal(true);
    expect(book.has(8)).to.equal(false);
    expect(book.pending).to.equal(1);
    book.answered(one, 7);
    expect(book.has(7)).to.equal(false);
    expect(book.pending).to.equal(0);
  });

  it('let nobody answer for another one', () => {
    const book = new Handoffs();
    book.sent(one, 7, 'a');

    expect(() => book.answered(other, 7)).to.throw('another worker');
    expect(book.has(7)).to.equal(true);
  });

  it('say whether the address is open', () => {
    const book = new Handoffs();
    book.joined(one, 'a');
    book.joined(other, 'a');
    for (const seq of [1, 2, 3]) book.sent(one, seq, 'a');

    book.left(one, 'a');
    expect(book.answered(one, 1)).to.equal(true);
    book.left(other, 'a');
    expect(book.answered(one, 2)).to.equal(false);
    // Opened anew: not the one where the connection came in.
    book.joined(other, 'a');
    expect(book.answered(one, 3)).to.equal(false);
  });

  it('take an address of which they know nothing for open', () => {
    const book = new Handoffs();
    book.sent(one, 1, 'a');

    expect(book.answered(one, 1)).to.equal(true);
  });

  it('count those of the dead that can be saved', () => {
    const book = new Handoffs();
    for (const worker of [one, other]) book.joined(worker, 'a');
    book.joined(one, 'b');
    book.sent(one, 1, 'a');
    book.sent(other, 2, 'a');
    book.sent(one, 3, 'b');
    for (const key of ['a', 'b']) book.left(one, key);

    expect(book.owedBy(one)).to.deep.equal([1, 3]);
    expect(book.rescued).to.equal(1);
    expect(book.owedBy({})).to.deep.equal([]);
  });
});
