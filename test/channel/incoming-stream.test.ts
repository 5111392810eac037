import { expect } from 'chai';
import { describe, it } from 'mocha';
import { IncomingStream, type StreamOutlet } from '../../lib/channel/incoming-stream.js';
import { WrongCallError } from '../../lib/errors/errors.js';
import { Deferred } from '../../lib/util/deferred.js';
import { settled } from '../support/conversation.js';

type Told = ['item', unknown] | ['end', unknown] | ['over'];

/** A stream whose outlet writes down what it is given. */
function setUp({ credit = 100 } = {}) {
  const told: Told[] = [];
  const room = new Deferred<void>();
  const outlet: StreamOutlet & { crowded: boolean; readonly room: Deferred<void> } = {
    crowded: false,
    room,
    uncrowded: () => room.promise,
    item: (_: IncomingStream, value: unknown) => void told.push(['item', value]),
    end: (_: IncomingStream, failure: { readonly error: unknown } | undefined) =>
      void told.push(['end', failure?.error]),
    over: () => void told.push(['over']),
  };
  return { stream: new IncomingStream(1, { body: { type: 'menu' }, credit }, outlet), told, outlet };
}

/** Counts up for ever, and writes down that it was left. */
function counting() {
  const seen = { left: 0, last: 0 };
  async function* count() {
    try {
      for (;;) yield ++seen.last;
    } finally {
      seen.left++;
    }
  }
  return { seen, numbers: count() };
}

describe('IncomingStream', () => {
  it('sends what is iterated, then the end', async () => {
    const { stream, told } = setUp();

    const over = stream.reply(
      (async function* () {
        yield 'soup';
        yield undefined;
      })(),
    );

    expect(stream.settled).to.equal(false);
    await over;
    expect(told).to.deep.equal([['item', 'soup'], ['item', undefined], ['end', undefined], ['over']]);
    expect(stream.settled).to.equal(true);
  });

  it('takes any async iterable, but no other value', async () => {
    const { stream, told } = setUp();
    let number = 0;
    const next = async (): Promise<IteratorResult<number>> => ({ done: ++number > 2, value: number });
    await stream.reply({ [Symbol.asyncIterator]: () => ({ next }) });
    expect(told).to.deep.equal([['item', 1], ['item', 2], ['end', undefined], ['over']]);

    for (const value of [undefined, 'soup', ['soup'], new Map()]) {
      const other = setUp();
      expect(other.stream.reply(value)).to.equal(true);
      const [[, error], over] = other.told as [Told, Told];
      expect(error).to.be.instanceOf(WrongCallError).with.deep.property('details', { type: 'menu', use: 'request' });
      expect(over).to.deep.equal(['over']);
    }
  });

  it('ends with what the iterator throws, whenever it does', async () => {
    const { stream, told } = setUp();
    await stream.reply(
      (async function* () {
        yield 'soup';
        throw new Error('burnt');
      })(),
    );
    expect(told).to.have.nested.property('[1][1].message', 'burnt');
    expect(told.map(([kind]) => kind)).to.deep.equal(['item', 'end', 'over']);

    const other = setUp();
    await other.stream.reply({ [Symbol.asyncIterator]: () => expect.fail('no iterator') });
    expect(other.told).to.have.nested.property('[0][1].message', 'no iterator');
  });

  it('has one answer', async () => {
    const { stream, told } = setUp();
    const over = stream.reply(counting().numbers);

    expect(stream.reply(counting().numbers)).to.equal(false);
    expect(stream.fail('enough')).to.equal(true);
    expect(stream.fail('again')).to.equal(false);

    await over;
    expect(told.filter(([kind]) => kind === 'end')).to.deep.equal([['end', 'enough']]);
  });

  it('sends no more than the reader has room for', async () => {
    const { stream, told } = setUp({ credit: 2 });
    const { numbers, seen } = counting();
    void stream.reply(numbers);

    await settled();
    expect(seen.last).to.equal(2);
    stream.grant(3);
    await settled();

    expect(told.map(([, value]) => value)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('waits while too much is on its way', async () => {
    const { stream, outlet, told } = setUp({ credit: 3 });
    outlet.crowded = true;
    void stream.reply(counting().numbers);
    await settled();
    expect(told).to.deep.equal([]);

    outlet.crowded = false;
    outlet.room.resolve();
    await settled();

    expect(told).to.have.lengthOf(3);
  });

  describe('that nobody reads any longer', () => {
    it('leaves the iterator while that waits for room', async () => {
      const { stream, told } = setUp({ credit: 2 });
      const { numbers, seen } = counting();
      const over = stream.reply(numbers);
      await settled();

      stream.abort('enough');
      await over;

      expect(seen).to.deep.equal({ left: 1, last: 2 });
      expect(stream.signal.reason).to.equal('enough');
      expect(told).to.deep.equal([['item', 1], ['item', 2], ['over']]);
    });

    it('leaves a generator that awaits as soon as it yields, and drops what it yields', async () => {
      const { stream, told } = setUp();
      const soup = new Deferred<string>();
      let left = false;
      const over = stream.reply(
        (async function* () {
          try {
            yield await soup.promise;
          } finally {
            left = true;
          }
        })(),
      );
      await settled();

      stream.abort(undefined);
      await settled();
      expect([left, stream.signal.aborted]).to.deep.equal([false, true]);
      soup.resolve('soup');
      await over;

      expect(left).to.equal(true);
      expect(told).to.deep.equal([['over']]);
    });

    it('leaves other iterators at once', async () => {
      const { stream, told } = setUp();
      const dish = new Deferred<IteratorResult<string>>();
      const end = () => {
        dish.resolve({ done: true, value: undefined });
        return dish.promise;
      };
      const over = stream.reply({ [Symbol.asyncIterator]: () => ({ next: () => dish.promise, return: end }) });
      await settled();

      stream.abort(undefined);

      await over;
      expect(told).to.deep.equal([['over']]);
    });

    it('never starts what its handler brings too late', async () => {
      const { stream, told } = setUp();
      const { numbers, seen } = counting();
      stream.abort('enough');

      await stream.reply(numbers);

      expect(seen.last).to.equal(0);
      expect(await numbers.next()).to.deep.equal({ done: true, value: undefined });
      expect(told).to.deep.equal([['over']]);
    });

    it('tells nobody of an error, and is over all the same', async () => {
      const { stream, told } = setUp();
      const failing = setUp({ credit: 1 });
      const over = failing.stream.reply(
        (async function* () {
          try {
            yield 1;
          } finally {
            await Promise.reject(new Error('in vain'));
          }
        })(),
      );
      await settled();

      stream.abort('enough');
      failing.stream.abort('enough');
      stream.fail(new Error('in vain'));
      await over;

      expect(told).to.deep.equal([['over']]);
      expect(failing.told).to.deep.equal([['item', 1], ['over']]);
    });

    it('is told so only once, and not after its end', async () => {
      const { stream } = setUp();
      await stream.reply((async function* () {})());

      stream.abort('late');

      expect(stream.aborted).to.equal(false);
    });
  });

  it('leaves the iterator when it fails for another reason', async () => {
    const { stream, told } = setUp({ credit: 1 });
    const { numbers, seen } = counting();
    const over = stream.reply(numbers);
    await settled();

    stream.fail('cannot be sent');
    await over;

    expect(seen.left).to.equal(1);
    expect(told).to.deep.equal([['item', 1], ['end', 'cannot be sent'], ['over']]);
  });
});
