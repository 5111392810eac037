import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  checkRequest,
  checkRequestToOne,
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
});
