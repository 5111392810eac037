/** A store that keeps shared data on the disk; needs the package `lmdb`. */
export { LmdbStore, type LmdbStoreOptions } from './lmdb/lmdb-store.js';
