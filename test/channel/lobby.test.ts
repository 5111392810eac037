import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Lobby, type Mail } from '../../lib/channel/lobby.js';
import type { CheckedRequest, SendOrder } from '../../lib/channel/order.js';
import { RequestTimeoutError } from '../../lib/errors/errors.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';

describe('Lobby', () => {
  const message = { type: 'cook' };
  const setUp = () => {
    const clock = new FakeClock();
    const opened = new Deferred<Mail<string>>();
    const refused: unknown[][] = [];
    const orders: (SendOrder | CheckedRequest)[] = [];
    const mail: Mail<string> = {
      send: async order => {
        orders.push(order);
        return 'sent';
      },
      request: async <R>(order: CheckedRequest) => {
        orders.push(order);
        return 'answer' as R;
      },
    };
    const lobby = new Lobby<string>({
      clock,
      enter: () => opened.promise,
      refused: (...told) => void refused.push(told),
    });
    return { clock, opened, refused, orders, mail, lobby };
  };

  it('sends, in order, when it is time to', async () => {
    const { lobby, opened, mail, orders } = setUp();
    const first = lobby.send({ message: 1 });
    const second = lobby.send({ message: 2 });
    expect(orders).to.deep.equal([]);
    opened.resolve(mail);

    expect(await Promise.all([first, second])).to.deep.equal(['sent', 'sent']);
    expect(orders.map(order => order.message)).to.deep.equal([1, 2]);
  });

  it('tells of a message for which it is never time', async () => {
    const { lobby, opened, refused } = setUp();
    const failure = new Error('no start');
    const sent = lobby.send({ message });
    opened.reject(failure);

    expect(await rejection(sent)).to.equal(failure);
    expect(refused).to.deep.equal([[failure, message]]);
  });

  it('tells nobody of a message that its sender took back', async () => {
    const { lobby, refused } = setUp();
    const controller = new AbortController();
    const sent = lobby.send({ message, signal: controller.signal });
    controller.abort(new Error('changed my mind'));

    expect(await rejection(sent)).to.have.property('message', 'changed my mind');
    expect(refused).to.deep.equal([]);
  });

  it('asks with what the waiting has left of the timeout, in whole milliseconds', async () => {
    const { lobby, opened, mail, orders, clock } = setUp();
    const asked = lobby.request({ message, timeout: 100 });
    clock.advance(30.5);
    opened.resolve(mail);

    expect(await asked).to.equal('answer');
    expect(orders).to.deep.equal([{ message, timeout: 70 }]);
  });

  it('rejects a request when its timeout is over, and leaves no timer', async () => {
    const { lobby, clock } = setUp();
    const asked = lobby.request({ message, timeout: 100 });
    clock.advance(100);

    expect(await rejection(asked))
      .to.be.instanceOf(RequestTimeoutError)
      .with.property('message', '`cook` could not even be sent within 100 ms');
    expect(clock.pending).to.equal(0);
  });

  it('rejects a request when its signal aborts', async () => {
    const { lobby, clock } = setUp();
    const controller = new AbortController();
    const asked = lobby.request({ message, timeout: 100, signal: controller.signal });
    controller.abort(new Error('not hungry'));

    expect(await rejection(asked)).to.have.property('message', 'not hungry');
    expect(clock.pending).to.equal(0);
  });

  it('refuses what cannot be sent at all, and tells', async () => {
    const { lobby, refused } = setUp();
    const error = new TypeError('no order');

    expect(await rejection(lobby.refuse(error, 5))).to.equal(error);
    expect(refused).to.deep.equal([[error, 5]]);
  });
});
