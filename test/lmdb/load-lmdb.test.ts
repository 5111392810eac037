import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StorageFailedError } from '../../lib/errors/storage-errors.js';
import { type Lmdb, loadLmdb } from '../../lib/lmdb/load-lmdb.js';
import { rejection } from '../support/thrown.js';

function missing(what: string): () => Promise<Lmdb> {
  return async () => {
    throw Object.assign(new Error(`Cannot find package '${what}' imported from here`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
  };
}

describe('loadLmdb', () => {
  it('loads the package', async () => expect((await loadLmdb('here')).open).to.be.a('function'));

  it('says how to install it', async () => {
    const error = await rejection(loadLmdb('here', missing('lmdb')));

    expect(error).to.be.an.instanceof(StorageFailedError);
    expect(error.message).to.equal('LmdbStore needs the package `lmdb`, which is not installed: npm install lmdb');
    expect(error.details).to.deep.equal({ store: 'here' });
    expect(error.cause).to.have.property('code', 'ERR_MODULE_NOT_FOUND');
  });

  it('says what is wrong if it is installed, and does not run', async () => {
    const error = await rejection(loadLmdb('here', missing('msgpackr')));
    const reasons = [rejection(loadLmdb('here', () => Promise.reject(new Error('No native build was found'))))];
    reasons.push(rejection(loadLmdb('here', () => Promise.reject('no'))));

    expect(error.message).to.match(/which could not be loaded: Cannot find package 'msgpackr'/);
    expect((await Promise.all(reasons)).map(({ message }) => message)).to.deep.equal([
      'LmdbStore needs the package `lmdb`, which could not be loaded: No native build was found',
      'LmdbStore needs the package `lmdb`, which could not be loaded: no',
    ]);
  });
});
