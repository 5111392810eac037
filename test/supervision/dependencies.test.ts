import { expect } from 'chai';
import { describe, it } from 'mocha';
import { dependenciesOf, dependentsOf } from '../../lib/supervision/dependencies.js';

const all = [
  { name: 'store', dependsOn: [] },
  { name: 'api', dependsOn: ['store'] },
  { name: 'web', dependsOn: ['api', 'store'] },
  { name: 'jobs', dependsOn: ['store', 'mail'] },
];

describe('dependenciesOf', () => {
  it('finds all, direct ones and further ones', () => {
    expect([...dependenciesOf('web', all)]).to.have.members(['api', 'store']);
    expect([...dependenciesOf('store', all)]).to.deep.equal([]);
  });

  it('names those too that nobody knows', () => {
    expect([...dependenciesOf('jobs', all)]).to.have.members(['store', 'mail']);
    expect([...dependenciesOf('mail', all)]).to.deep.equal([]);
  });

  it('ends in a circle', () => {
    const circle = [
      { name: 'hen', dependsOn: ['egg'] },
      { name: 'egg', dependsOn: ['hen'] },
    ];

    expect([...dependenciesOf('hen', circle)]).to.have.members(['hen', 'egg']);
  });
});

describe('dependentsOf', () => {
  it('finds all, direct ones and further ones', () => {
    expect([...dependentsOf('store', all)]).to.have.members(['api', 'web', 'jobs']);
    expect([...dependentsOf('web', all)]).to.deep.equal([]);
  });
});
