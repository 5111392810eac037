import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkKnown, checkOption } from '../../lib/errors/check-option.js';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { integer } from '../../lib/util/check.js';

describe('checkOption', () => {
  it('lets a good value pass', () => {
    expect(() => checkOption('workerCount', 2, integer({ min: 0 }))).not.to.throw();
  });

  it('throws an InvalidOptionError with the facts', () => {
    expect(() => checkOption('workerCount', -1, integer({ min: 0 })))
      .to.throw(InvalidOptionError, 'Expected `workerCount` to be an integer >= 0, got `-1` (number)')
      .with.deep.property('details', { option: 'workerCount', value: -1 });
  });
});

describe('checkKnown', () => {
  const names = ['workerCount', 'restart'];

  it('lets known names pass', () => {
    expect(() => checkKnown(names, { restart: undefined }, 'ClusterPrimary')).not.to.throw();
  });

  it('suggests the name that was meant', () => {
    expect(() => checkKnown(names, { workercount: 1 }, 'ClusterPrimary'))
      .to.throw(UnknownOptionError, 'ClusterPrimary has no option `workercount`; did you mean `workerCount`?')
      .with.deep.property('details', { option: 'workercount', suggestion: 'workerCount' });
  });

  it('suggests nothing when no name is near', () => {
    expect(() => checkKnown(names, { storage: 1 }, 'groups.api'))
      .to.throw(UnknownOptionError, /^groups\.api has no option `storage`$/)
      .with.nested.property('details.suggestion', undefined);
  });

  it('finds an own `__proto__` unknown', () => {
    expect(() => checkKnown(names, JSON.parse('{"__proto__": 1}'), 'ClusterPrimary')).to.throw(UnknownOptionError);
  });
});
