import { expect } from 'chai';
import { describe, it } from 'mocha';
import { limitDeclarations } from '../../lib/channel/limit-options.js';
import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import { limitPromises } from '../support/limit-promises.js';
import { optionContract } from '../support/option-contract.js';

describe('limit options', () => {
  optionContract(limitPromises, options => resolveOptions(options, limitDeclarations, 'limits'));

  it('are all promised above', () => {
    expect(Object.keys(limitDeclarations)).to.have.members(Object.keys(limitPromises));
  });
});
