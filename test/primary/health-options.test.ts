import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownGroupError, UnknownOptionError } from '../../lib/errors/errors.js';
import { checkHealth, type HealthOptions } from '../../lib/primary/health-options.js';
import { optionContract } from '../support/option-contract.js';

const groups = ['default', 'api'] as const;
const check = (options: object) => checkHealth({ port: 1, ...options } as HealthOptions, groups);
const path = 'a path that begins with `/`, without query, fragment or spaces';

describe('options of serveHealth()', () => {
  optionContract(
    {
      port: {
        expected: 'an integer >= 0 and <= 65535',
        byDefault: 1,
        good: [0, 9000],
        bad: [
          [-1, '`-1` (number)'],
          [65_536, '`65536` (number)'],
          ['9000', '`"9000"` (string)'],
        ],
      },
      host: {
        expected: 'a non-empty string',
        good: ['127.0.0.1', '::1'],
        bad: [['', '`""` (string)']],
      },
      quorum: {
        expected: 'an integer >= 0, or an object with one for each group',
        byDefault: 1,
        good: [0, 3, {}, { api: 2 }, { api: 0, default: 1 }],
        bad: [
          [-1, '`-1` (number)'],
          [0.5, '`0.5` (number)'],
          ['all', '`"all"` (string)'],
          [null, '`null`'],
          [[1], '`Array(1)` (array)'],
        ],
      },
      'path.live': {
        expected: path,
        byDefault: '/livez',
        good: ['/', '/health/live'],
        bad: [['/a?b', '`"/a?b"` (string)']],
      },
      'path.ready': {
        expected: path,
        byDefault: '/readyz',
        good: ['/ready'],
        bad: [
          ['ready', '`"ready"` (string)'],
          ['/a b', '`"/a b"` (string)'],
        ],
      },
    },
    check,
  );

  it('must say the port', () => {
    expect(() => checkHealth({} as HealthOptions, groups))
      .to.throw(InvalidOptionError)
      .with.property('message', 'Expected `port` to be an integer >= 0 and <= 65535, got `undefined`');
    expect(() => Reflect.apply(checkHealth, undefined, [undefined, groups])).to.throw(InvalidOptionError, 'options of');
  });

  it('name the group whose quorum is none', () => {
    expect(() => check({ quorum: { api: -1 } }))
      .to.throw(InvalidOptionError)
      .with.property('message', 'Expected `quorum.api` to be an integer >= 0, got `-1` (number)');
  });

  it('take no quorum of a group that there is not', () => {
    expect(() => check({ quorum: { apy: 1 } }))
      .to.throw(UnknownGroupError)
      .with.deep.property('details', { group: 'apy', known: groups });
  });

  it('leave a group to the default whose quorum is `undefined`', () => {
    expect(check({ quorum: { api: undefined } }).quorum).to.deep.equal({});
  });

  it('take no two answers on one path', () => {
    expect(() => check({ path: { live: '/readyz' } }))
      .to.throw(InvalidOptionError)
      .with.property('message', 'Expected `path.ready` to be another than `path.live`, got `/readyz` for both');
  });

  it('are refused when they are unknown, with a suggestion', () => {
    expect(() => check({ quorom: 1 })).to.throw(
      UnknownOptionError,
      'serveHealth() has no option `quorom`; did you mean `quorum`?',
    );
    expect(() => check({ path: { life: '/' } })).to.throw(UnknownOptionError, 'path.live');
  });
});
