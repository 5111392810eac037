/** A store that keeps shared data on the disk: `phased-cluster/lmdb` needs the package `lmdb`. */
export type { LmdbStoreOptions } from './lmdb/lmdb-store.js';
export { LmdbStore } from './lmdb/lmdb-store.js';
