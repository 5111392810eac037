import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { declaredOptions, type ResolvedOptions } from '../../lib/lifecycle/option-table.js';
import { ClusterPrimary } from '../../lib/primary/cluster-primary.js';
import { textCodec } from '../support/codecs.js';
import { limitPromises } from '../support/limit-promises.js';
import { type OptionPromise, optionContract } from '../support/option-contract.js';

class OpenPrimary extends ClusterPrimary {
  get options(): ResolvedOptions {
    return this._options;
  }
}

function resolve(options: object): ResolvedOptions {
  return new OpenPrimary({ initialize: false, ...options }).options;
}

const { POSITIVE_INFINITY } = Number;

const strings = (good: readonly string[]): OptionPromise => ({
  expected: 'an array in which every item is a string',
  good: [[], good],
  bad: [
    ['--soup', '`"--soup"` (string)'],
    [[1], '`Array(1)` (array)'],
  ],
});
const milliseconds = (byDefault: number): OptionPromise => ({
  expected: 'a number >= 0 or Infinity',
  byDefault,
  good: [0, 0.5, POSITIVE_INFINITY],
  bad: [
    [-1, '`-1` (number)'],
    [Number.NaN, '`NaN` (number)'],
    ['1s', '`"1s"` (string)'],
  ],
});
const trueOrFalse: OptionPromise = { expected: 'a boolean', good: [true, false], bad: [[1, '`1` (number)']] };
const userId: OptionPromise = {
  expected: 'an integer >= 0',
  good: [0, 65_534],
  bad: [
    [-1, '`-1` (number)'],
    ['root', '`"root"` (string)'],
  ],
};

const limit: OptionPromise = {
  expected: 'a number > 0 or Infinity',
  byDefault: POSITIVE_INFINITY,
  good: [0.5, 1, POSITIVE_INFINITY],
  bad: [
    [0, '`0` (number)'],
    ['512 MiB', '`"512 MiB"` (string)'],
  ],
};
const signals = (byDefault: readonly string[]): OptionPromise => ({
  expected: 'an array of signal names, none of them SIGKILL or SIGSTOP, which nobody can catch',
  byDefault,
  good: [[], ['SIGHUP']],
  bad: [
    [['SIGKILL'], '`Array(1)` (array)'],
    ['SIGINT', '`"SIGINT"` (string)'],
  ],
});

const promises: Readonly<Record<string, OptionPromise>> = {
  initialize: { ...trueOrFalse, byDefault: false, good: [false] },
  workerCount: {
    expected: '"auto" or an integer >= 0',
    byDefault: 0,
    good: [0, 8, 'auto'],
    bad: [
      [-1, '`-1` (number)'],
      [1.5, '`1.5` (number)'],
      ['all', '`"all"` (string)'],
      [null, '`null`'],
    ],
  },
  workerScript: {
    expected: 'a file: URL or a non-empty string',
    good: ['./worker.js', new URL('file:///worker.js')],
    bad: [
      ['', '`""` (string)'],
      [new URL('https://example.org/worker.js'), '`URL` (object)'],
      [7, '`7` (number)'],
    ],
  },
  workerArgs: strings(['--soup']),
  workerExecArgv: strings(['--no-warnings']),
  workerEnv: {
    expected: 'an object in which every value is a string',
    byDefault: {},
    good: [{ DISH: 'soup' }, { DISH: undefined }],
    bad: [
      [{ PORT: 80 }, '`Object` (object)'],
      [['DISH=soup'], '`Array(1)` (array)'],
    ],
  },
  workerCwd: { expected: 'a non-empty string', good: ['/tmp'], bad: [['', '`""` (string)']] },
  workerSilent: trueOrFalse,
  workerStdio: {
    expected: 'one of "pipe", "overlapped", "ignore", "inherit", or an array that contains "ipc" once',
    good: ['inherit', 'pipe', ['ignore', 1, 2, 'ipc', null]],
    bad: [
      [['ignore', 'pipe', 'pipe'], '`Array(3)` (array)'],
      [['ipc', 'ipc'], '`Array(2)` (array)'],
      ['ipe', '`"ipe"` (string)'],
    ],
  },
  workerUid: userId,
  workerGid: userId,
  workerWindowsHide: trueOrFalse,
  workerInspectPort: {
    expected: 'an integer >= 0 and <= 65535 or a function',
    good: [0, 9_229],
    bad: [
      [65_536, '`65536` (number)'],
      ['9229', '`"9229"` (string)'],
    ],
  },
  serialization: {
    expected: 'one of "json", "advanced"',
    byDefault: 'json',
    good: ['json', 'advanced'],
    bad: [['xml', '`"xml"` (string)']],
  },
  codec: {
    expected: 'a codec: `name`, `encode()` and `decode()`, and perhaps `carries`, which is "json" or "advanced"',
    good: [textCodec],
    bad: [
      ['msgpackr', '`"msgpackr"` (string)'],
      [{ ...textCodec, name: '' }, '`Object` (object)'],
    ],
  },
  readyOn: {
    expected: 'one of "hello", "message", "listening", "online"',
    byDefault: 'hello',
    good: ['hello', 'message', 'listening', 'online'],
    bad: [['ready', '`"ready"` (string)']],
  },
  restart: {
    expected: 'an object',
    byDefault: {
      policy: 'permanent',
      intensity: 5,
      period: 10_000,
      stable: 10_000,
      backoff: defaultBackoff(),
    },
    good: [],
    bad: [
      ['permanent', '`"permanent"` (string)'],
      [null, '`null`'],
    ],
  },
  storage: {
    expected: 'an object',
    byDefault: {
      store: undefined,
      initial: undefined,
      access: {},
      maxDepth: 32,
      maxKeys: 1_000_000,
      maxBytes: 256 * 1024 * 1024,
      maxValueBytes: 1024 * 1024,
    },
    good: [],
    bad: [
      [true, '`true` (boolean)'],
      [null, '`null`'],
    ],
  },
  'restart.policy': {
    expected: 'one of "permanent", "transient", "temporary"',
    byDefault: 'permanent',
    good: ['permanent', 'transient', 'temporary'],
    bad: [['always', '`"always"` (string)']],
  },
  'restart.intensity': {
    expected: 'an integer >= 0 or Infinity',
    byDefault: 5,
    good: [0, POSITIVE_INFINITY],
    bad: [
      [-1, '`-1` (number)'],
      [0.5, '`0.5` (number)'],
    ],
  },
  'restart.period': {
    expected: 'a number > 0 or Infinity',
    byDefault: 10_000,
    good: [1, POSITIVE_INFINITY],
    bad: [[0, '`0` (number)']],
  },
  'restart.stable': milliseconds(10_000),
  'restart.backoff': {
    expected: 'an object',
    byDefault: defaultBackoff(),
    good: [],
    bad: [[100, '`100` (number)']],
  },
  'restart.backoff.initial': milliseconds(defaultBackoff().initial),
  'restart.backoff.max': milliseconds(defaultBackoff().max),
  'restart.backoff.factor': {
    expected: 'a number >= 1',
    byDefault: defaultBackoff().factor,
    good: [1, 1.5],
    bad: [
      [0.9, '`0.9` (number)'],
      [POSITIVE_INFINITY, '`Infinity` (number)'],
    ],
  },
  'restart.backoff.jitter': {
    expected: 'a number >= 0 and <= 1',
    byDefault: defaultBackoff().jitter,
    good: [0, 0.3, 1],
    bad: [[1.1, '`1.1` (number)']],
  },
  readyTimeout: {
    expected: 'a number > 0 or Infinity',
    byDefault: 30_000,
    good: [1, POSITIVE_INFINITY],
    bad: [[0, '`0` (number)']],
  },
  drainTimeout: milliseconds(30_000),
  killTimeout: milliseconds(5_000),
  heartbeat: {
    expected: 'an object or false',
    byDefault: { interval: 2_000, misses: 3 },
    good: [false],
    bad: [
      [true, '`true` (boolean)'],
      [2_000, '`2000` (number)'],
      [null, '`null`'],
    ],
  },
  'heartbeat.interval': {
    expected: 'a number > 0',
    byDefault: 2_000,
    good: [0.5, 60_000],
    bad: [
      [0, '`0` (number)'],
      [POSITIVE_INFINITY, '`Infinity` (number)'],
    ],
  },
  'heartbeat.misses': {
    expected: 'an integer >= 1',
    byDefault: 3,
    good: [1, 10],
    bad: [
      [0, '`0` (number)'],
      [1.5, '`1.5` (number)'],
    ],
  },
  watchdog: { ...trueOrFalse, byDefault: true },
  sticky: {
    expected: 'an object or false',
    good: [false],
    bad: [
      [true, '`true` (boolean)'],
      ['ip', '`"ip"` (string)'],
    ],
  },
  'sticky.by': {
    expected: 'one of "ip" or a function',
    good: ['ip', () => 'key'],
    bad: [
      ['cookie', '`"cookie"` (string)'],
      [null, '`null`'],
    ],
  },
  'sticky.readHead': trueOrFalse,
  'sticky.headTimeout': {
    expected: 'a number > 0',
    good: [0.5, 60_000],
    bad: [
      [0, '`0` (number)'],
      [POSITIVE_INFINITY, '`Infinity` (number)'],
    ],
  },
  recycle: {
    expected: 'an object',
    byDefault: { every: POSITIVE_INFINITY, memory: POSITIVE_INFINITY, messages: POSITIVE_INFINITY, jitter: 0.1 },
    good: [],
    bad: [
      [false, '`false` (boolean)'],
      [60_000, '`60000` (number)'],
    ],
  },
  'recycle.every': limit,
  'recycle.memory': limit,
  'recycle.messages': {
    ...limit,
    expected: 'an integer >= 1 or Infinity',
    good: [1, POSITIVE_INFINITY],
    bad: [
      [0, '`0` (number)'],
      [0.5, '`0.5` (number)'],
    ],
  },
  'recycle.jitter': {
    expected: 'a number >= 0 and <= 1',
    byDefault: 0.1,
    good: [0, 0.5, 1],
    bad: [
      [1.1, '`1.1` (number)'],
      [-0.1, '`-0.1` (number)'],
    ],
  },
  standby: {
    expected: 'an integer >= 0',
    byDefault: 0,
    good: [0, 2],
    bad: [
      [-1, '`-1` (number)'],
      [true, '`true` (boolean)'],
    ],
  },
  startConcurrency: {
    expected: 'an integer >= 1 or Infinity',
    byDefault: POSITIVE_INFINITY,
    good: [1, POSITIVE_INFINITY],
    bad: [
      [0, '`0` (number)'],
      [1.5, '`1.5` (number)'],
    ],
  },
  whenGroupFails: {
    expected: 'one of "continue", "exit"',
    byDefault: 'continue',
    good: ['continue', 'exit'],
    bad: [['die', '`"die"` (string)']],
  },
  dependsOn: {
    expected: 'an array in which every item is a non-empty string',
    byDefault: [],
    good: [[], ['api', 'jobs']],
    bad: [
      ['api', '`"api"` (string)'],
      [[''], '`Array(1)` (array)'],
    ],
  },
  groups: {
    expected: 'an object',
    byDefault: {},
    good: [{}],
    bad: [
      ['api', '`"api"` (string)'],
      [['api'], '`Array(1)` (array)'],
    ],
  },
  gracefulOnSignals: signals(['SIGINT', 'SIGTERM']),
  reloadOnSignals: signals([]),
  schedulingPolicy: { expected: 'one of "rr", "none"', good: ['rr', 'none'], bad: [['random', '`"random"` (string)']] },
  ...limitPromises,
  schemas: {
    expected: 'an object of Standard Schemas by section and type',
    good: [{}, { workerMessage: undefined }],
    bad: [
      ['zod', '`"zod"` (string)'],
      [{ workerMesage: {} }, '`Object` (object)'],
    ],
  },
};

/** As promised to whoever gives none. */
function defaultBackoff() {
  return { initial: 100, max: 10_000, factor: 2, jitter: 0.2 };
}

/** What groups may have of their own: by its name at the top level, its name in a group. */
const perGroup: Readonly<Record<string, string>> = {
  workerCount: 'workerCount',
  workerScript: 'script',
  workerArgs: 'args',
  workerExecArgv: 'execArgv',
  workerEnv: 'env',
  workerCwd: 'cwd',
  workerSilent: 'silent',
  workerStdio: 'stdio',
  workerUid: 'uid',
  workerGid: 'gid',
  workerWindowsHide: 'windowsHide',
  workerInspectPort: 'inspectPort',
  serialization: 'serialization',
  codec: 'codec',
  readyOn: 'readyOn',
  'restart.policy': 'restart.policy',
  'restart.intensity': 'restart.intensity',
  'restart.period': 'restart.period',
  'restart.stable': 'restart.stable',
  'restart.backoff.initial': 'restart.backoff.initial',
  'restart.backoff.max': 'restart.backoff.max',
  'restart.backoff.factor': 'restart.backoff.factor',
  'restart.backoff.jitter': 'restart.backoff.jitter',
  readyTimeout: 'readyTimeout',
  drainTimeout: 'drainTimeout',
  killTimeout: 'killTimeout',
  'heartbeat.interval': 'heartbeat.interval',
  'heartbeat.misses': 'heartbeat.misses',
  watchdog: 'watchdog',
  'sticky.by': 'sticky.by',
  'sticky.readHead': 'sticky.readHead',
  'sticky.headTimeout': 'sticky.headTimeout',
  'recycle.every': 'recycle.every',
  'recycle.memory': 'recycle.memory',
  'recycle.messages': 'recycle.messages',
  'recycle.jitter': 'recycle.jitter',
  standby: 'standby',
  startConcurrency: 'startConcurrency',
  whenGroupFails: 'whenGroupFails',
  dependsOn: 'dependsOn',
  maxQueuedMessages: 'maxQueuedMessages',
  maxQueuedBytes: 'maxQueuedBytes',
  maxPendingRequests: 'maxPendingRequests',
  maxMessageBytes: 'maxMessageBytes',
};

describe('options of a group', () => {
  const inGroup = Object.entries(perGroup).map(([name, own]) => {
    return [`groups.api.${own}`, { ...(promises[name] as OptionPromise), byDefault: undefined }];
  });
  optionContract(Object.fromEntries(inGroup), given => resolve({ groups: { api: {} }, ...given }));

  it('may switch heartbeats off', () => {
    expect(resolve({ groups: { api: { heartbeat: false } } })).to.have.nested.property('groups.api.heartbeat', false);
    expect(() => resolve({ groups: { api: { heartbeat: true } } })).to.throw(
      InvalidOptionError,
      'Expected `groups.api.heartbeat` to be an object or false, got `true` (boolean)',
    );
  });

  it('are all promised above', () => {
    const { api } = resolve({ groups: { api: {} } }).groups as { readonly api: object };

    expect(Object.keys(api)).to.have.members([
      ...new Set(Object.values(perGroup).map(name => name.replace(/\..*/, ''))),
    ]);
  });
});

describe('options of ClusterPrimary', () => {
  optionContract(promises, resolve);

  it('are all promised above', () => {
    expect(Object.keys(promises).filter(name => !name.includes('.'))).to.have.members(
      Object.keys(declaredOptions(ClusterPrimary)),
    );
  });

  it('takes a function that returns a port', () => {
    const workerInspectPort = () => 9_230;

    expect(resolve({ workerInspectPort })).to.include({ workerInspectPort });
  });

  it('are refused with a suggestion when the name is unknown', () => {
    expect(() => resolve({ workerScritp: './worker.js' })).to.throw(
      UnknownOptionError,
      'OpenPrimary has no option `workerScritp`; did you mean `workerScript`?',
    );
    expect(() => resolve({ restart: { intensty: 1 } })).to.throw(
      UnknownOptionError,
      'OpenPrimary has no option `restart.intensty`; did you mean `restart.intensity`?',
    );
  });

  it('keep the other defaults when one nested option is given', () => {
    expect(resolve({ restart: { backoff: { factor: 3 } } })).to.have.deep.nested.property('restart.backoff', {
      ...defaultBackoff(),
      factor: 3,
    });
  });
});
