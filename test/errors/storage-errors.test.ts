import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterError } from '../../lib/errors/cluster-error.js';
import { RemoteError } from '../../lib/errors/errors.js';
import * as errors from '../../lib/errors/storage-errors.js';
import { fromPrimaryError, fromWireError, toWireError } from '../../lib/errors/wire-error.js';

/** What a worker can be answered with. */
const answers = [
  new errors.StoragePathError('bad', { path: ['a', ''], reason: 'a segment is empty' }),
  new errors.StorageValueError('bad', { path: 'a[1]', found: 'a Date' }),
  new errors.StorageTypeError('bad', { path: 'a', found: 'a number' }),
  new errors.StorageLimitError('bad', { limit: 'maxKeys', most: 7 }),
  new errors.StorageConflictError('bad', { path: 'a', expected: 0, version: 7 }),
  new errors.StorageDeniedError('bad', { path: 'a', group: 'guests', access: 'write' }),
  new errors.StorageFailedError('bad', { store: './data' }, { cause: new Error('the disk is full') }),
  new errors.VersionGoneError('bad', { since: 3, oldest: 5 }),
];
/** What nobody says to anybody else. */
const others = [
  new errors.StorageCorruptError('bad', { store: './data', reason: 'torn' }),
  new errors.ReplicaNotReadyError('bad', {}),
  new errors.WatchOverflowError('bad', { path: 'a', version: 5 }),
  new errors.LockLostError('bad', { name: 'leader', token: 5 }),
];
const travelled = (error: ClusterError): unknown => JSON.parse(JSON.stringify(toWireError(error, { stack: false })));

describe('the errors of the storage', () => {
  it('are all here', () => {
    const here = [...answers, ...others].map(error => error.constructor);

    expect(new Set(here)).to.deep.equal(new Set(Object.values(errors)));
  });

  for (const error of answers) {
    it(`${error.name} comes to a worker as what it was`, () => {
      const revived = fromPrimaryError(travelled(error));

      expect(revived).to.be.instanceOf(error.constructor).and.to.be.instanceOf(ClusterError);
      expect(revived).to.deep.include({ code: error.code, message: error.message, details: error.details });
      expect((revived.cause as Error | undefined)?.message).to.equal((error.cause as Error | undefined)?.message);
    });
  }

  it('cannot be claimed by a worker', () => {
    for (const error of answers) expect(fromWireError(travelled(error)), error.name).to.be.instanceOf(RemoteError);
  });

  it('come as errors of elsewhere where they are about this process alone', () => {
    for (const error of others) {
      expect(fromPrimaryError(travelled(error)))
        .to.be.instanceOf(RemoteError)
        .with.nested.property('details.remoteCode', error.code);
    }
  });
});
