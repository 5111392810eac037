import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { checkRestart } from '../../lib/supervision/check-restart.js';
import { defaultRestart } from '../../lib/supervision/restart-policy.js';

describe('checkRestart', () => {
  for (const [what, options] of [
    ['nothing', undefined],
    ['the defaults', defaultRestart],
    ['no limit', { intensity: Number.POSITIVE_INFINITY }],
    ['parts', { policy: 'transient', backoff: { jitter: 0 } }],
    ['undefined parts', { stable: undefined, backoff: undefined }],
  ] as const) {
    it(`lets ${what} pass`, () => {
      expect(() => checkRestart(options)).not.to.throw();
    });
  }

  for (const [options, message] of [
    ['always', 'Expected `restart` to be an object, got `"always"` (string)'],
    [
      { policy: 'always' },
      'Expected `restart.policy` to be one of "permanent", "transient", "temporary", got `"always"` (string)',
    ],
    [{ intensity: -1 }, 'Expected `restart.intensity` to be an integer >= 0 or Infinity, got `-1` (number)'],
    [{ period: 0 }, 'Expected `restart.period` to be a number > 0 or Infinity, got `0` (number)'],
    [{ stable: '1s' }, 'Expected `restart.stable` to be a number >= 0 or Infinity, got `"1s"` (string)'],
    [{ backoff: 5 }, 'Expected `restart.backoff` to be an object, got `5` (number)'],
    [{ backoff: { initial: -1 } }, 'Expected `restart.backoff.initial` to be a number >= 0, got `-1` (number)'],
    [
      { backoff: { max: Number.POSITIVE_INFINITY } },
      'Expected `restart.backoff.max` to be a number >= 0, got `Infinity` (number)',
    ],
    [{ backoff: { factor: 0.5 } }, 'Expected `restart.backoff.factor` to be a number >= 1, got `0.5` (number)'],
    [{ backoff: { jitter: 2 } }, 'Expected `restart.backoff.jitter` to be a number >= 0 and <= 1, got `2` (number)'],
  ] as const) {
    it(`says: ${message}`, () => {
      expect(() => checkRestart(options)).to.throw(InvalidOptionError, message);
    });
  }

  it('says whose option is wrong', () => {
    expect(() => checkRestart({ intensity: 0.5 }, 'groups.api.restart')).to.throw('`groups.api.restart.intensity`');
  });

  it('suggests the option that was meant', () => {
    expect(() => checkRestart({ intensty: 5 })).to.throw(UnknownOptionError, 'did you mean `intensity`?');
    expect(() => checkRestart({ backoff: { initail: 5 } })).to.throw(UnknownOptionError, 'did you mean `initial`?');
  });
});
