import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkOption } from '../../lib/errors/check-option.js';
import { InvalidOptionError } from '../../lib/errors/errors.js';
import { checkedRequest, checkedSend, checkedStream, statusRule } from '../../lib/worker/orders.js';

describe('orders of a worker', () => {
  it('go to the primary', () => {
    for (const check of [checkedSend, checkedRequest, checkedStream]) {
      expect(check({ message: 1, to: 'primary' })).to.include({ message: 1 });
      expect(check({ message: 1 })).to.include({ message: 1 });
      expect(() => check({ message: 1, to: 3 })).to.throw(
        InvalidOptionError,
        'Expected `to` to be one of "primary", got `3` (number)',
      );
    }
  });

  it('of a status are short strings', () => {
    for (const status of ['IDLE', 'x'.repeat(128)]) checkOption('status', status, statusRule);
    for (const status of ['', 'x'.repeat(129), undefined, 1]) {
      expect(() => checkOption('status', status, statusRule)).to.throw(
        InvalidOptionError,
        'Expected `status` to be a string of 1 to 128 characters, got ',
      );
    }
  });
});
