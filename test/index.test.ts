import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterError } from '../lib/errors/cluster-error.js';
import * as errors from '../lib/errors/errors.js';
import * as library from '../lib/index.js';

describe('the package', () => {
  it('exports the classes to use and to extend', () => {
    const classes = Object.keys(library).filter(name => !name.endsWith('Error'));

    expect(classes).to.have.members(['ClusterPrimary', 'ClusterWorker', 'Initializable', 'Pubsub', 'WorkerHandle']);
  });

  it('exports every error, and their base', () => {
    const exported = Object.entries(library).filter(([name]) => name.endsWith('Error'));

    expect(Object.fromEntries(exported)).to.deep.equal({ ...errors, ClusterError });
  });
});
