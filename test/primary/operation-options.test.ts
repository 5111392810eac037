import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownGroupError, UnknownOptionError } from '../../lib/errors/errors.js';
import { changeText } from '../../lib/primary/editions.js';
import {
  checkGroupChoice,
  checkReload,
  checkScale,
  chosenGroup,
  chosenGroups,
  type ReloadOptions,
  reloadOrder,
} from '../../lib/primary/operation-options.js';
import { type OptionPromise, optionContract } from '../support/option-contract.js';
import { groupsOf } from '../support/resolved-groups.js';

const group: OptionPromise = {
  expected: 'a non-empty string',
  good: ['api'],
  bad: [
    ['', '`""` (string)'],
    [['api'], '`Array(1)` (array)'],
  ],
};

describe('options of reload()', () => {
  const controller = new AbortController();
  optionContract(
    {
      group,
      script: {
        expected: 'a file: URL or a non-empty string',
        good: ['./worker.js', new URL('file:///worker.js')],
        bad: [
          ['', '`""` (string)'],
          [new URL('https://example.org/worker.js'), '`URL` (object)'],
        ],
      },
      args: {
        expected: 'an array in which every item is a string',
        good: [[], ['--soup']],
        bad: [['--soup', '`"--soup"` (string)']],
      },
      env: {
        expected: 'an object in which every value is a string',
        good: [{ DISH: 'soup' }, { DISH: undefined }],
        bad: [[{ PORT: 80 }, '`Object` (object)']],
      },
      signal: {
        expected: 'an instance of AbortSignal',
        good: [controller.signal],
        bad: [[controller, '`AbortController` (object)']],
      },
      stride: {
        expected: 'an integer >= 1',
        byDefault: 1,
        good: [1, 100],
        bad: [
          [0, '`0` (number)'],
          [1.5, '`1.5` (number)'],
          [Number.POSITIVE_INFINITY, '`Infinity` (number)'],
        ],
      },
      stability: {
        expected: 'a number >= 0',
        byDefault: 1_000,
        good: [0, 0.5],
        bad: [
          [-1, '`-1` (number)'],
          [Number.POSITIVE_INFINITY, '`Infinity` (number)'],
        ],
      },
      rollback: { expected: 'a boolean', byDefault: false, good: [true, false], bad: [[1, '`1` (number)']] },
    },
    checkReload,
  );

  it('are refused with a suggestion when the name is unknown', () => {
    // @ts-expect-error the name is misspelt
    expect(() => checkReload({ rolback: true })).to.throw(
      UnknownOptionError,
      'reload() has no option `rolback`; did you mean `rollback`?',
    );
  });
});

describe('options of scale()', () => {
  optionContract({ group }, options => checkScale({ workerCount: 1, ...options }));

  for (const workerCount of [0, 8, 'auto'] as const) {
    it(`take a workerCount of ${workerCount}`, () => {
      expect(checkScale({ workerCount })).to.deep.equal({ group: undefined, workerCount });
    });
  }

  for (const [workerCount, shown] of [
    [undefined, '`undefined`'],
    [-1, '`-1` (number)'],
    [1.5, '`1.5` (number)'],
    ['2', '`"2"` (string)'],
  ] as const) {
    it(`refuse a workerCount of ${workerCount}: there is no default`, () => {
      expect(() => checkScale({ workerCount: workerCount as number })).to.throw(
        InvalidOptionError,
        `Expected \`workerCount\` to be "auto" or an integer >= 0, got ${shown}`,
      );
    });
  }

  it('are refused with a suggestion when the name is unknown', () => {
    expect(() => checkScale({ workerCount: 1, ...{ gruop: 'api' } })).to.throw(
      UnknownOptionError,
      'scale() has no option `gruop`; did you mean `group`?',
    );
  });
});

describe('checkGroupChoice', () => {
  optionContract({ group }, options => checkGroupChoice(options, 'drain()'));

  it('names the method whose options they are', () => {
    // @ts-expect-error the name is misspelt
    expect(() => checkGroupChoice({ groups: ['api'] }, 'drain()')).to.throw(
      UnknownOptionError,
      'drain() has no option `groups`',
    );
    // @ts-expect-error no object
    expect(() => checkGroupChoice('api', 'drain()')).to.throw(
      InvalidOptionError,
      'Expected `the options of drain()` to be an object, got `"api"` (string)',
    );
  });
});

describe('chosenGroups', () => {
  const groups = groupsOf({ groups: { web: { dependsOn: ['api'] }, api: {} } });

  it('are all when none is named, in the order in which they start', () => {
    expect(chosenGroups({}, groups)).to.deep.equal(['default', 'api', 'web']);
  });

  it('are the one that is named', () => {
    expect(chosenGroups({ group: 'web' }, groups)).to.deep.equal(['web']);
  });

  it('refuse a name that is no group', () => {
    expect(() => chosenGroups({ group: 'apo' }, groups)).to.throw(UnknownGroupError, 'There is no group `apo`');
  });
});

describe('reloadOrder', () => {
  const several = groupsOf({ groups: { api: {}, web: { dependsOn: ['api'] } } });
  const order = (options: ReloadOptions, groups = several) => reloadOrder(checkReload(options), groups);

  it('is about all groups, in the order in which they start, or the one that is named', () => {
    expect(order({}).groups).to.deep.equal(['default', 'api', 'web']);
    expect(order({ env: { SALT: 'yes' } }).groups).to.deep.equal(['default', 'api', 'web']);
    expect(order({ group: 'web' }).groups).to.deep.equal(['web']);
  });

  it('is about one group when it says what that runs', () => {
    expect(order({ args: [] }, groupsOf()).groups).to.deep.equal(['default']);
    expect(() => order({ args: [] })).to.throw(InvalidOptionError, 'there are several groups');
    expect(() => order({ script: './cook.js' })).to.throw(InvalidOptionError, 'there are several groups');
  });

  it('says how, and what is changed', () => {
    expect(order({ stride: 2, stability: 5, rollback: true, env: { SALT: 'yes' } })).to.deep.include({
      ...{ kind: 'reload', stride: 2, stability: 5, rollback: true },
      change: changeText({ env: { SALT: 'yes' } }),
    });
  });
});

describe('chosenGroup', () => {
  it('is the one that is named, also of several', () => {
    expect(chosenGroup({ group: 'api' }, groupsOf({ groups: { api: {}, web: {} } }))).to.equal('api');
  });

  it('is the only one', () => {
    expect(chosenGroup({}, groupsOf())).to.equal('default');
    expect(chosenGroup({}, groupsOf({ groups: { api: {} } }))).to.equal('api');
  });

  it('has to be named where there are several', () => {
    expect(() => chosenGroup({}, groupsOf({ groups: { api: {}, web: {} } })))
      .to.throw(InvalidOptionError, 'Expected `group` to be given, since there are several groups')
      .with.deep.property('details', { option: 'group', value: undefined });
  });

  it('is none that nobody knows', () => {
    expect(() => chosenGroup({ group: 'apo' }, groupsOf())).to.throw(UnknownGroupError);
  });
});
