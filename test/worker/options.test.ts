import { expect } from 'chai';
import { describe, it } from 'mocha';
import { UnknownOptionError } from '../../lib/errors/errors.js';
import { declaredOptions, type ResolvedOptions } from '../../lib/lifecycle/option-table.js';
import { ClusterWorker } from '../../lib/worker/cluster-worker.js';
import { textCodec } from '../support/codecs.js';
import { limitPromises } from '../support/limit-promises.js';
import { type OptionPromise, optionContract } from '../support/option-contract.js';

class OpenWorker extends ClusterWorker {
  get options(): ResolvedOptions {
    return this._options;
  }
}

function resolve(options: object): ResolvedOptions {
  return new OpenWorker({ initialize: false, ...options }).options;
}

const promises: Readonly<Record<string, OptionPromise>> = {
  initialize: { expected: 'a boolean', byDefault: false, good: [false], bad: [['no', '`"no"` (string)']] },
  drainTimeout: {
    expected: 'a number >= 0 or Infinity',
    byDefault: 30_000,
    good: [0, Number.POSITIVE_INFINITY],
    bad: [
      [-1, '`-1` (number)'],
      ['1s', '`"1s"` (string)'],
    ],
  },
  codec: {
    expected: 'a codec: `name`, `encode()` and `decode()`, and perhaps `carries`, which is "json" or "advanced"',
    good: [textCodec],
    bad: [
      ['msgpackr', '`"msgpackr"` (string)'],
      [{ ...textCodec, name: '' }, '`Object` (object)'],
    ],
  },
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

describe('options of ClusterWorker', () => {
  optionContract(promises, resolve);

  it('are all promised above', () => {
    expect(Object.keys(promises)).to.have.members(Object.keys(declaredOptions(ClusterWorker)));
  });

  it('are refused with a suggestion when the name is unknown', () => {
    expect(() => resolve({ drainTimeuot: 1 })).to.throw(
      UnknownOptionError,
      'OpenWorker has no option `drainTimeuot`; did you mean `drainTimeout`?',
    );
  });
});
