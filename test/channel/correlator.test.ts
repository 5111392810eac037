import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Correlator, type PendingRequest } from '../../lib/channel/correlator.js';
import { RequestTimeoutError } from '../../lib/errors/errors.js';
import { FakeClock } from '../support/fake-clock.js';

function setUp() {
  const clock = new FakeClock();
  const abandoned: number[] = [];
  const correlator = new Correlator<string>({
    clock,
    peer: 'Worker 3',
    abandoned: ({ id }: PendingRequest<string>) => abandoned.push(id),
  });
  return { clock, abandoned, correlator };
}

const forEver = { type: 'status', timeout: Number.POSITIVE_INFINITY };

function outcome(request: PendingRequest<string>): Promise<unknown> {
  return request.reply.catch(error => error);
}

describe('Correlator', () => {
  it('settles a request with its answer, once', async () => {
    const { correlator } = setUp();
    const request = correlator.open(forEver);

    expect(correlator.settle(request.id, 'idle')).to.equal(true);
    expect(correlator.settle(request.id, 'busy')).to.equal(false);

    expect(await request.reply).to.equal('idle');
    expect(correlator.size).to.equal(0);
  });

  it('tells requests apart', async () => {
    const { correlator } = setUp();
    const [first, second] = [correlator.open(forEver), correlator.open(forEver)];

    correlator.settle(second.id, 'second');
    correlator.settle(first.id, 'first');

    expect(await Promise.all([first.reply, second.reply])).to.deep.equal(['first', 'second']);
  });

  it('fails a request', async () => {
    const { correlator } = setUp();
    const request = correlator.open(forEver);

    expect(correlator.fail(request.id, 'no')).to.equal(true);
    expect(correlator.fail(request.id, 'no')).to.equal(false);

    expect(await outcome(request)).to.equal('no');
  });

  it('knows which requests wait, and which ever did', () => {
    const { correlator } = setUp();
    const { id } = correlator.open(forEver);
    correlator.settle(id, undefined);

    expect(correlator.has(id)).to.equal(false);
    expect(correlator.wasOpened(id)).to.equal(true);
    expect(correlator.wasOpened(id + 1)).to.equal(false);
    expect(correlator.wasOpened(0)).to.equal(false);
  });

  describe('timeout', () => {
    it('fails a request when its time is up', async () => {
      const { clock, abandoned, correlator } = setUp();
      const request = correlator.open({ type: 'status', timeout: 100 });

      clock.advance(99);
      expect(correlator.size).to.equal(1);
      clock.advance(1);

      const error = await outcome(request);
      expect(error).to.be.instanceOf(RequestTimeoutError);
      expect(error).to.have.property('message', 'Worker 3 did not answer `status` within 100 ms');
      expect(error).to.have.deep.property('details', { type: 'status', timeout: 100 });
      expect(abandoned).to.deep.equal([request.id]);
    });

    it('names no type where there is none', async () => {
      const { clock, correlator } = setUp();
      const request = correlator.open({ type: undefined, timeout: 5 });

      clock.advance(5);

      expect(await outcome(request)).to.have.property('message', 'Worker 3 did not answer a request within 5 ms');
    });

    it('serves all deadlines with one timer, in any order', () => {
      const { clock, abandoned, correlator } = setUp();
      for (const timeout of [300, 100, 200, Number.POSITIVE_INFINITY]) {
        correlator.open({ type: 'status', timeout }).reply.catch(() => {});
      }

      expect(clock.pending).to.equal(1);
      clock.advance(100);
      expect(abandoned).to.deep.equal([2]);
      clock.advance(100);
      expect(abandoned).to.deep.equal([2, 3]);
      clock.advance(100);
      expect(abandoned).to.deep.equal([2, 3, 1]);
      expect(clock.pending).to.equal(0);
      expect(correlator.size).to.equal(1);
    });

    it('sets no timer for requests that wait for ever', () => {
      const { clock, correlator } = setUp();
      correlator.open(forEver);

      expect(clock.pending).to.equal(0);
    });

    it('leaves the timer alone when a request is answered, and lets it run out', () => {
      const { clock, correlator } = setUp();
      correlator.settle(correlator.open({ type: 'a', timeout: 100 }).id, 1);
      correlator.settle(correlator.open({ type: 'b', timeout: 100 }).id, 2);
      expect(clock.pending).to.equal(1);

      clock.advance(100);

      expect(clock.pending).to.equal(0);
    });

    it('keeps the deadline of a request that is made because another timed out', async () => {
      const clock = new FakeClock();
      const retries: PendingRequest<string>[] = [];
      const abandoned = ({ id }: PendingRequest<string>) => {
        if (id === 1) retries.push(correlator.open({ type: 'again', timeout: 50 }));
      };
      const correlator: Correlator<string> = new Correlator({ clock, peer: 'Worker 3', abandoned });
      correlator.open({ type: 'status', timeout: 100 }).reply.catch(() => {});
      correlator.open({ type: 'status', timeout: 500 }).reply.catch(() => {});

      clock.advance(149);
      expect(correlator.size).to.equal(2);
      clock.advance(1);

      expect(correlator.size).to.equal(1);
      for (const retry of retries) expect(await outcome(retry)).to.be.instanceOf(RequestTimeoutError);
    });

    it('does not keep the process alive', () => {
      const { clock } = setUp();
      const asked: unknown[] = [];
      const correlator = new Correlator<string>({
        clock: {
          now: () => clock.now(),
          date: () => clock.date(),
          every: clock.every.bind(clock),
          after(delay, callback, options) {
            asked.push(options);
            return clock.after(delay, callback);
          },
        },
        peer: 'Worker 3',
        abandoned: () => {},
      });

      correlator.open({ type: 'status', timeout: 100 });

      expect(asked).to.deep.equal([{ keepAlive: false }]);
    });
  });

  describe('abort', () => {
    it('fails the request with the reason, and tells', async () => {
      const { abandoned, correlator } = setUp();
      const controller = new AbortController();
      const request = correlator.open({ ...forEver, signal: controller.signal });

      controller.abort('enough');

      expect(await outcome(request)).to.equal('enough');
      expect(abandoned).to.deep.equal([request.id]);
    });

    it('changes nothing once the request is answered', async () => {
      const { abandoned, correlator } = setUp();
      const controller = new AbortController();
      const request = correlator.open({ ...forEver, signal: controller.signal });
      correlator.settle(request.id, 'answer');

      controller.abort('enough');

      expect(await request.reply).to.equal('answer');
      expect(abandoned).to.deep.equal([]);
    });

    it('can have come before, and then there is nothing to tell', async () => {
      const { abandoned, correlator } = setUp();

      const request = correlator.open({ ...forEver, signal: AbortSignal.abort('no') });

      expect(await outcome(request)).to.equal('no');
      expect(correlator.has(request.id)).to.equal(false);
      expect(abandoned).to.deep.equal([]);
    });
  });

  describe('#close', () => {
    it('fails every request, with its own error if it has one, and stops the timer', async () => {
      const { clock, correlator } = setUp();
      const plain = correlator.open({ type: 'a', timeout: 100 });
      const own = correlator.open({ type: 'b', timeout: 100, errorWhenClosed: () => 'worker 3 exited' });

      correlator.close('closed');

      expect(await outcome(plain)).to.equal('closed');
      expect(await outcome(own)).to.equal('worker 3 exited');
      expect(clock.pending).to.equal(0);
      expect(correlator.size).to.equal(0);
    });
  });

  describe('#lose', () => {
    it('fails one request', async () => {
      const { correlator } = setUp();
      const request = correlator.open(forEver);

      expect(correlator.lose(request.id, 'closed')).to.equal(true);
      expect(correlator.lose(request.id, 'closed')).to.equal(false);

      expect(await outcome(request)).to.equal('closed');
    });
  });
});
