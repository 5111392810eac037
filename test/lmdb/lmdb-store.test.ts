import { describe } from 'mocha';
import { LmdbStore } from '../../lib/lmdb/lmdb-store.js';
import { storeContract } from '../storage/store-contract.js';
import { scratch } from '../support/scratch.js';

describe('LmdbStore', () => {
  const directory = scratch();

  storeContract('LmdbStore', () => ({ store: new LmdbStore({ path: directory(), sync: false }) }));
});
