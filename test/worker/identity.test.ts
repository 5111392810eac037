import { expect } from 'chai';
import { describe, it } from 'mocha';
import { moved, readIdentity } from '../../lib/worker/identity.js';

describe('readIdentity', () => {
  it('reads what the primary has written', () => {
    const env = {
      CLUSTER_NAME: 'cook',
      CLUSTER_GROUP: 'kitchen',
      CLUSTER_SLOT: '3',
      CLUSTER_SERIALIZATION: 'advanced',
      CLUSTER_CODEC: 'msgpackr',
      CLUSTER_STANDBY: '1',
    };

    expect(readIdentity(env)).to.deep.equal({
      ...{ id: 0, name: 'cook', group: 'kitchen', slot: 3, serialization: 'advanced', codec: 'msgpackr' },
      isStandby: true,
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
      isStandby: false,
    });
  });

  it('ignores nonsense', () => {
    expect(readIdentity({ CLUSTER_SLOT: 'first', CLUSTER_SERIALIZATION: 'xml', CLUSTER_STANDBY: 'yes' })).to.include({
      slot: 0,
      serialization: 'json',
      isStandby: false,
    });
  });

  it('reads the environment of this process unless it is given one', () => {
    expect(readIdentity()).to.deep.equal(readIdentity(process.env));
  });
});

describe('moved', () => {
  const written = { CLUSTER_NAME: 'spare', CLUSTER_GROUP: 'kitchen', CLUSTER_SLOT: '0', CLUSTER_STANDBY: '1' };

  it('is the same worker in another place, and no spare one', () => {
    const spare = readIdentity({ ...written });

    expect(moved(spare, { name: 'cook', slot: 3 }, {})).to.deep.equal({
      ...spare,
      ...{ name: 'cook', slot: 3, isStandby: false },
    });
    expect(spare).to.include({ name: 'spare', slot: 0, isStandby: true });
  });

  it('is what the environment says from then on', () => {
    const env: NodeJS.ProcessEnv = { ...written, DISH: 'soup' };
    const now = moved(readIdentity(env), { name: 'cook', slot: 3 }, env);

    expect(readIdentity(env)).to.deep.equal(now);
    expect(env).to.deep.equal({ CLUSTER_NAME: 'cook', CLUSTER_GROUP: 'kitchen', CLUSTER_SLOT: '3', DISH: 'soup' });
  });
});
