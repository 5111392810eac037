import { StorageFailedError } from '../errors/storage-errors.js';

/** The package `lmdb`. */
export type Lmdb = typeof import('lmdb');

/**
 * Loads the package `lmdb`, which does not come with this one.
 *
 * @param store where the data is kept, for messages.
 * @throws {@link StorageFailedError} with code `CLUSTER_STORAGE_FAILED`, if it is not installed or does not run here.
 */
export async function loadLmdb(store: string, load: () => Promise<Lmdb> = importLmdb): Promise<Lmdb> {
  try {
    return await load();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = isMissing(cause)
      ? 'LmdbStore needs the package `lmdb`, which is not installed: npm install lmdb'
      : `LmdbStore needs the package \`lmdb\`, which could not be loaded: ${reason}`;
    throw new StorageFailedError(message, { store }, { cause });
  }
}

function importLmdb(): Promise<Lmdb> {
  return import('lmdb');
}

/** Whether the package itself is not there, and not something that it needs. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') &&
    /['"]lmdb['"]/.test(error.message)
  );
}
