import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterError } from '../../lib/errors/cluster-error.js';

class KitchenError extends ClusterError<{ readonly table: number }> {
  readonly code = 'CLUSTER_KITCHEN';
}

describe('ClusterError', () => {
  it('is an Error with a code, frozen details and a cause', () => {
    const cause = new Error('fire');
    const error = new KitchenError('no food', { table: 4 }, { cause });

    expect(error).to.be.instanceOf(Error).and.include({ message: 'no food', code: 'CLUSTER_KITCHEN', cause });
    expect(error.details).to.deep.equal({ table: 4 }).and.to.be.frozen;
  });

  it('has the name of its class, which is not printed twice', () => {
    const error = new KitchenError('no food', { table: 4 });

    expect([error.name, error.toString()]).to.deep.equal(['KitchenError', 'KitchenError: no food']);
    expect(Object.keys(error)).not.to.include('name');
  });

  it('has no cause unless it was given one', () => {
    expect(new KitchenError('no food', { table: 4 })).not.to.have.property('cause');
  });
});
