import { Server } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkOption } from '../../lib/errors/check-option.js';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { describeValue } from '../../lib/util/check.js';
import { checkedRequest, checkedSend, checkedStream, statusRule } from '../../lib/worker/orders.js';

const selections = [{ group: 'kitchen' }, { select: 'hash', key: 'x' }, { group: 'kitchen', tag: undefined }];

describe('orders of a worker', () => {
  it('go to the primary, or to another worker', () => {
    for (const check of [checkedSend, checkedRequest, checkedStream]) {
      expect(check({ message: 1 })).to.include({ message: 1 });
      for (const to of ['primary', undefined, 3, 'cook', ...selections]) {
        expect(check({ message: 1, to })).to.deep.include({ message: 1, to });
      }
    }
  });

  it('that are messages may go to several', () => {
    for (const to of ['all', 'others', [], [3, 'cook', 'others'], { select: 'all' }, selections]) {
      expect(checkedSend({ message: 1, to })).to.deep.include({ to });
      for (const check of [checkedRequest, checkedStream]) {
        expect(() => check({ message: 1, to }), JSON.stringify(to)).to.throw(InvalidOptionError);
      }
    }
  });

  for (const to of [0, -1, 1.5, Number.NaN, '', null, true, { group: 7 }, { group: '' }, 'x'.repeat(8_193)]) {
    it(`go nowhere else, such as ${describeValue(to)}`, () => {
      const expected =
        /^Expected `to` to be "primary", a worker's id or name, a selection, "all", "others", or an array/;
      for (const check of [checkedSend, checkedRequest, checkedStream]) {
        expect(() => check({ message: 1, to })).to.throw(InvalidOptionError, expected);
      }
      expect(() => checkedSend({ message: 1, to: [3, to] })).to.throw(InvalidOptionError, expected);
    });
  }

  it('to several are not for the primary, and lists are not nested', () => {
    for (const to of [['primary'], [[3]], [undefined]]) {
      expect(() => checkedSend({ message: 1, to })).to.throw(InvalidOptionError);
    }
  });

  it('with a misspelt selection are told what was meant', () => {
    for (const check of [checkedSend, checkedRequest]) {
      expect(() => check({ message: 1, to: { grup: 'x' } })).to.throw(UnknownOptionError, 'group');
    }
  });

  it('take a handle to the primary only', () => {
    const handle = new Server();

    for (const check of [checkedSend, checkedRequest]) {
      expect(check({ message: 1, handle })).to.include({ handle });
      expect(() => check({ message: 1, handle, to: 3 })).to.throw(InvalidOptionError, '`handle`');
    }
  });

  it('are made again only where there is somebody else', () => {
    const retry = { attempts: 2 };

    for (const to of ['cook', ...selections])
      expect(checkedRequest({ message: 1, to, retry })).to.include({ attempts: 2 });
    for (const to of [undefined, 'primary', 3]) {
      expect(() => checkedRequest({ message: 1, to, retry })).to.throw(InvalidOptionError, '`retry`');
      expect(checkedRequest({ message: 1, to, retry: { attempts: 0 } })).to.include({ message: 1 });
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
