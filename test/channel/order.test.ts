import { Server } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  checkRequest,
  checkRequestToOne,
  checkRetriable,
  checkSend,
  checkSendToOne,
  checkStream,
  checkStreamToOne,
  defaultRequestTimeout,
} from '../../lib/channel/order.js';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';

const message = { type: 'cook' };
const { signal } = new AbortController();

describe('order', () => {
  for (const [where, check] of [
    ['send()', checkSend],
    ['request()', checkRequest],
    ['stream()', checkStream],
  ] as const) {
    describe(where, () => {
      it('lets through what is known', () => {
        expect(check({ message, to: 3, signal })).to.include({ message, to: 3, signal });
      });

      it('keeps the difference between no `to` and an undefined one', () => {
        expect(check({ message })).not.to.have.property('to');
        expect(check({ message, to: undefined })).to.have.property('to', undefined);
      });

      it('takes any message, also `undefined`', () => {
        for (const each of [undefined, null, 0, '', []])
          expect(check({ message: each })).to.have.property('message', each);
      });

      it('wants a message', () => {
        expect(() => check({ to: 3 })).to.throw(InvalidOptionError, `Expected \`message\` to be given to ${where}`);
      });

      it('wants an object', () => {
        for (const order of [undefined, null, 'cook', [message]]) {
          expect(() => check(order)).to.throw(InvalidOptionError, `Expected \`${where}\` to be an object, got`);
        }
      });

      it('refuses an unknown name with a suggestion', () => {
        expect(() => check({ mesage: message })).to.throw(
          UnknownOptionError,
          `${where} has no option \`mesage\`; did you mean \`message\`?`,
        );
      });

      it('refuses a signal that is none', () => {
        expect(() => check({ message, signal: 'SIGTERM' })).to.throw(
          InvalidOptionError,
          'Expected `signal` to be an instance of AbortSignal, got `"SIGTERM"` (string)',
        );
      });
    });
  }

  it('knows no `to` where there is only one to send to', () => {
    expect(checkSendToOne({ message, signal })).to.include({ message, signal });
    expect(checkRequestToOne({ message })).to.include({ message, timeout: defaultRequestTimeout });
    expect(checkStreamToOne({ message, signal })).to.include({ message, signal });
    expect(() => checkStreamToOne({ message, to: 3 })).to.throw(UnknownOptionError, 'stream() has no option `to`');
    expect(() => checkSendToOne({ message, to: 3 })).to.throw(UnknownOptionError, 'send() has no option `to`');
    expect(() => checkRequestToOne({ message, to: 3 })).to.throw(UnknownOptionError, 'request() has no option `to`');
  });

  it('lets what is left out be undefined', () => {
    const order = { message, handle: undefined, signal: undefined };

    expect([checkSend(order), checkRequest(order)].map(checked => checked.message)).to.deep.equal([message, message]);
  });

  it('knows neither a timeout nor a handle for streams', () => {
    expect(() => checkStream({ message, timeout: 1 })).to.throw(UnknownOptionError, 'stream() has no option `timeout`');
    expect(() => checkStream({ message, handle: {} })).to.throw(UnknownOptionError, 'stream() has no option `handle`');
  });

  it('knows a timeout only for requests', () => {
    expect(() => checkSend({ message, timeout: 1 })).to.throw(UnknownOptionError, 'send() has no option `timeout`');
  });

  describe('timeout', () => {
    it('is half a minute unless it is given', () => {
      expect(checkRequest({ message }).timeout).to.equal(defaultRequestTimeout).and.equal(30_000);
      expect(checkRequest({ message, timeout: undefined }).timeout).to.equal(30_000);
      expect(checkRequest({ message, timeout: Number.POSITIVE_INFINITY }).timeout).to.equal(Number.POSITIVE_INFINITY);
    });

    it('is more than nothing', () => {
      for (const timeout of [0, -1, Number.NaN]) {
        expect(() => checkRequest({ message, timeout })).to.throw(
          InvalidOptionError,
          `Expected \`timeout\` to be a number > 0 or Infinity, got \`${timeout}\` (number)`,
        );
      }
    });
  });

  describe('retry', () => {
    it('costs nothing where it is left out', () => {
      for (const order of [{ message }, { message, retry: undefined }])
        expect(checkRetriable(order)).to.not.have.property('attempts');
    });

    it('is a number of attempts, in an order that is checked as any other', () => {
      expect(checkRetriable({ message, to: 'cook', timeout: 5, retry: { attempts: 3 } })).to.deep.equal({
        ...{ message, to: 'cook', timeout: 5, handle: undefined, signal: undefined, attempts: 3 },
      });
      expect(checkRetriable({ message, retry: { attempts: 0 } }))
        .to.include({ attempts: 0 })
        .and.not.have.property('to');
      expect(() => checkRetriable({ message, timeout: 0, retry: { attempts: 1 } })).to.throw(InvalidOptionError);
    });

    for (const attempts of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '3', undefined]) {
      it(`refuses ${attempts} attempts`, () => {
        expect(() => checkRetriable({ message, retry: { attempts } })).to.throw(
          InvalidOptionError,
          'Expected `retry.attempts` to be an integer >= 0, got',
        );
      });
    }

    it('refuses what is no object, and an unknown name with a suggestion', () => {
      expect(() => checkRetriable({ message, retry: 3 })).to.throw(
        InvalidOptionError,
        'Expected `retry` to be an object',
      );
      expect(() => checkRetriable({ message, retry: { attempt: 3 } })).to.throw(
        UnknownOptionError,
        'retry has no option `attempt`; did you mean `attempts`?',
      );
    });

    it('refuses a handle, which the first worker would have taken', () => {
      const handle = new Server();
      expect(() => checkRetriable({ message, handle, retry: { attempts: 1 } })).to.throw(
        InvalidOptionError,
        'Expected `retry` to be left out of a request with a `handle`',
      );
      expect(checkRetriable({ message, handle, retry: { attempts: 0 } })).to.include({ handle });
    });

    it('is known only where there may be another to ask', () => {
      for (const check of [checkRequest, checkRequestToOne, checkSend])
        expect(() => check({ message, retry: { attempts: 1 } })).to.throw(UnknownOptionError, 'has no option `retry`');
    });
  });
});
