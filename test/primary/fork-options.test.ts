import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { resolveForkOptions } from '../../lib/primary/fork-options.js';
import { optionContract } from '../support/option-contract.js';

describe('options of fork()', () => {
  optionContract(
    {
      workerCount: {
        expected: 'an integer >= 0',
        byDefault: 1,
        good: [0, 8],
        bad: [
          [-1, '`-1` (number)'],
          ['auto', '`"auto"` (string)'],
        ],
      },
      group: {
        expected: 'a non-empty string',
        byDefault: 'default',
        good: ['api'],
        bad: [
          ['', '`""` (string)'],
          [null, '`null`'],
        ],
      },
      name: {
        expected: 'a non-empty string',
        good: ['soup'],
        bad: [
          ['', '`""` (string)'],
          [1, '`1` (number)'],
        ],
      },
      env: {
        expected: 'an object in which every value is a string',
        good: [{ DISH: 'soup' }, { DISH: undefined }],
        bad: [[{ PORT: 80 }, '`Object` (object)']],
      },
      args: {
        expected: 'an array in which every item is a string',
        good: [[], ['--soup']],
        bad: [['--soup', '`"--soup"` (string)']],
      },
      restart: {
        expected: 'an object',
        good: [{ policy: 'temporary' }, { backoff: { initial: 0 } }],
        bad: [['temporary', '`"temporary"` (string)']],
      },
    },
    resolveForkOptions,
  );

  it('check what is nested in `restart`', () => {
    // @ts-expect-error no policy of this name
    expect(() => resolveForkOptions({ restart: { policy: 'always' } })).to.throw(
      InvalidOptionError,
      'Expected `restart.policy` to be one of "permanent", "transient", "temporary", got `"always"` (string)',
    );
    expect(() => resolveForkOptions({ restart: { backoff: { jitter: 2 } } })).to.throw(
      InvalidOptionError,
      'Expected `restart.backoff.jitter` to be a number >= 0 and <= 1, got `2` (number)',
    );
  });

  it('leave `intensity` to the group', () => {
    // @ts-expect-error it is an option of the whole group
    expect(() => resolveForkOptions({ restart: { intensity: 1 } })).to.throw(
      UnknownOptionError,
      'fork() has no option `restart.intensity`',
    );
  });

  it('are refused with a suggestion when the name is unknown', () => {
    // @ts-expect-error the name is misspelt
    expect(() => resolveForkOptions({ workerCuont: 2 })).to.throw(
      UnknownOptionError,
      'fork() has no option `workerCuont`; did you mean `workerCount`?',
    );
  });
});
