import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readIdentity } from '../../lib/worker/identity.js';

describe('readIdentity', () => {
  it('reads what the primary has written', () => {
    const env = {
      CLUSTER_NAME: 'cook',
      CLUSTER_GROUP: 'kitchen',
      CLUSTER_SLOT: '3',
      CLUSTER_SERIALIZATION: 'advanced',
      CLUSTER_CODEC: 'msgpackr',
    };

    expect(readIdentity(env)).to.deep.equal({
      ...{ id: 0, name: 'cook', group: 'kitchen', slot: 3, serialization: 'advanced', codec: 'msgpackr' },
    });
  });

  it('has neutral values where nothing is written', () => {
    expect(readIdentity({})).to.deep.equal({
      id: 0,
      name: 'worker-0',
      group: 'default',
      slot: 0,
      serialization: 'json',
      codec: undefined,
    });
  });

  it('ignores nonsense', () => {
    expect(readIdentity({ CLUSTER_SLOT: 'first', CLUSTER_SERIALIZATION: 'xml' })).to.include({
      slot: 0,
      serialization: 'json',
    });
  });

  it('reads the environment of this process unless it is given one', () => {
    expect(readIdentity()).to.deep.equal(readIdentity(process.env));
  });
});
