import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type ItemCheck, StreamReader, type StreamReaderOptions } from '../../lib/channel/stream-reader.js';
import { rejection } from '../support/thrown.js';

const done = { done: true, value: undefined };
const item = (value: unknown) => ({ done: false, value });

/** A reader whose source writes down what it is told. */
function setUp({ check, ...options }: Partial<StreamReaderOptions> & { readonly check?: ItemCheck } = {}) {
  const told: (number | 'cancel')[] = [];
  let openings = 0;
  const source = { credit: (count: number) => void told.push(count), cancel: () => void told.push('cancel') };
  const open = (each: StreamReader) => {
    openings++;
    each.connect(source, check);
  };
  const reader = new StreamReader({ window: 4, open, ...options });
  return { reader, told, opened: () => openings };
}

describe('StreamReader', () => {
  it('opens with the first next(), once', () => {
    const { reader, opened } = setUp();
    expect(opened()).to.equal(0);

    void reader.next();
    void reader.next();

    expect(opened()).to.equal(1);
  });

  it('gives the items in order, whoever is first', async () => {
    const { reader } = setUp();
    const early = [reader.next(), reader.next()];

    for (const value of ['a', undefined, 'c']) reader.take(value);
    reader.end();

    expect(await Promise.all(early)).to.deep.equal([item('a'), item(undefined)]);
    expect([await reader.next(), await reader.next(), await reader.next()]).to.deep.equal([item('c'), done, done]);
  });

  it('iterates itself', () => {
    const { reader } = setUp();

    expect(reader[Symbol.asyncIterator]()).to.equal(reader);
  });

  describe('the window', () => {
    it('is replenished when half of it was read', async () => {
      const { reader, told } = setUp();
      void reader.next();
      for (const value of [1, 2, 3, 4]) reader.take(value);
      expect(told).to.deep.equal([]);

      await reader.next();
      expect(told).to.deep.equal([2]);
      await reader.next();
      await reader.next();
      expect(told).to.deep.equal([2, 2]);
    });

    it('lets in no more', async () => {
      const { reader } = setUp();
      void reader.next();

      expect([1, 2, 3, 4, 5, 6].map(value => reader.take(value))).to.deep.equal([true, true, true, true, false, false]);
    });

    it('is not replenished for a source that has ended', async () => {
      const { reader, told } = setUp({ window: 2 });
      const first = reader.next();
      reader.end();

      expect(await first).to.deep.equal(done);
      await reader.next();
      expect(told).to.deep.equal([]);
    });

    it('can be as small as one', async () => {
      const { reader, told } = setUp({ window: 1 });
      for (const value of [1, 2, 3]) {
        const next = reader.next();
        expect(reader.take(value)).to.equal(true);
        expect(await next).to.deep.equal(item(value));
      }
      expect(told).to.deep.equal([1, 1, 1]);
    });
  });

  describe('an end with an error', () => {
    it('comes after the items, once', async () => {
      const { reader } = setUp();
      const first = reader.next();
      reader.take('soup');
      reader.take('salad');
      reader.end({ reason: new Error('burnt') });
      reader.end();

      expect([await first, await reader.next()]).to.deep.equal([item('soup'), item('salad')]);
      expect(await rejection(reader.next())).to.have.property('message', 'burnt');
      expect(await reader.next()).to.deep.equal(done);
    });

    it('rejects the first that waits, and ends the others', async () => {
      const { reader } = setUp();
      const [first, second] = [rejection(reader.next()), reader.next()];

      reader.end({ reason: 'burnt' });

      expect([await first, await second]).to.deep.equal(['burnt', done]);
    });

    it('is what open throws, or rejects with', async () => {
      const thrown = new StreamReader({ open: () => expect.fail('no cook') });
      const rejected = new StreamReader({ open: () => Promise.reject('no cook') });

      expect(await rejection(thrown.next())).to.have.property('message', 'no cook');
      expect(await rejection(rejected.next())).to.equal('no cook');
    });
  });

  describe('return()', () => {
    it('cancels the source, once, and drops what waits', async () => {
      const { reader, told } = setUp();
      void reader.next();
      for (const value of [1, 2, 3]) reader.take(value);

      expect(await reader.return()).to.deep.equal(done);
      await reader.return();

      expect(told).to.deep.equal(['cancel']);
      expect(await reader.next()).to.deep.equal(done);
    });

    it('ends those that wait', async () => {
      const { reader } = setUp();
      const waiting = [reader.next(), reader.next()];

      void reader.return();

      expect(await Promise.all(waiting)).to.deep.equal([done, done]);
    });

    it('before the first next() opens nothing', async () => {
      const { reader, opened } = setUp();

      await reader.return();

      expect(await reader.next()).to.deep.equal(done);
      expect(opened()).to.equal(0);
    });

    it('drops an error that nobody has seen', async () => {
      const { reader } = setUp();
      void reader.next();
      reader.take(1);
      reader.end({ reason: 'burnt' });

      await reader.return();

      expect(await reader.next()).to.deep.equal(done);
    });

    it('is what leaving a loop does, and disposing', async () => {
      const { reader, told } = setUp();
      const other = setUp();
      void other.reader.next();
      queueMicrotask(() => reader.take('soup'));

      for await (const dish of reader) {
        expect(dish).to.equal('soup');
        break;
      }
      await other.reader[Symbol.asyncDispose]();

      expect([told, other.told]).to.deep.equal([['cancel'], ['cancel']]);
    });
  });

  it('throw() cancels too, and rejects', async () => {
    const { reader, told } = setUp();
    void reader.next();

    expect(await rejection(reader.throw('enough'))).to.equal('enough');
    expect(told).to.deep.equal(['cancel']);
    expect(await reader.next()).to.deep.equal(done);
  });

  describe('a check', () => {
    it('makes what is read of each item', async () => {
      const { reader } = setUp({ check: value => `${value}!` });
      const first = reader.next();

      reader.take('soup');

      expect(await first).to.deep.equal(item('soup!'));
    });

    it('that throws ends the stream, after what came before, and cancels the source', async () => {
      const check = (value: unknown) => (value === 3 ? expect.fail('three') : value);
      const { reader, told } = setUp({ check });
      const first = reader.next();

      for (const value of [1, 2, 3]) expect(reader.take(value)).to.equal(true);

      expect(told).to.deep.equal(['cancel']);
      expect([await first, await reader.next()]).to.deep.equal([item(1), item(2)]);
      expect(await rejection(reader.next())).to.have.property('message', 'three');
    });
  });

  describe('the signal', () => {
    it('that is aborted already opens nothing', async () => {
      const { reader, opened } = setUp({ signal: AbortSignal.abort('enough') });

      expect(await rejection(reader.next())).to.equal('enough');
      expect(await reader.next()).to.deep.equal(done);
      expect(opened()).to.equal(0);
    });

    it('rejects who waits, and cancels the source', async () => {
      const controller = new AbortController();
      const { reader, told } = setUp({ signal: controller.signal });
      const waiting = rejection(reader.next());

      controller.abort('enough');

      expect(await waiting).to.equal('enough');
      expect(told).to.deep.equal(['cancel']);
    });

    it('rejects who comes later, in place of what waits', async () => {
      const controller = new AbortController();
      const { reader } = setUp({ signal: controller.signal });
      void reader.next();
      for (const value of [1, 2, 3]) reader.take(value);
      reader.end();

      controller.abort('enough');

      expect(await rejection(reader.next())).to.equal('enough');
      expect(await reader.next()).to.deep.equal(done);
    });

    it('is listened to only as long as something may come', async () => {
      const { signal } = new AbortController();
      const { reader } = setUp({ signal });
      const left = setUp({ signal });
      expect(getEventListeners(signal, 'abort')).to.have.lengthOf(0);

      void reader.next();
      void left.reader.next();
      for (const value of [1, 2]) reader.take(value);
      reader.end();
      await left.reader.return();
      expect(getEventListeners(signal, 'abort')).to.have.lengthOf(1);

      await reader.next();
      expect(getEventListeners(signal, 'abort')).to.have.lengthOf(0);
    });
  });

  describe('#signal', () => {
    it('tells who looks for a source that none is needed any longer', async () => {
      const { reader } = setUp({ open: () => {} });
      const { signal } = reader;
      void reader.next();
      expect(signal.aborted).to.equal(false);

      await reader.return();

      expect([signal.aborted, reader.ended]).to.deep.equal([true, true]);
    });

    it('is aborted already when it is first read after that', async () => {
      const { reader } = setUp();
      await reader.return();

      expect(reader.signal.aborted).to.equal(true);
    });
  });
});
