import type { Access } from './access.js';
import type { StoragePath } from './storage-path.js';
import type { StorageSource } from './storage-seam.js';
import type { Storable } from './store.js';

/** A source in which not all may be read: whoever tries hears of it, and does not take it for nothing. */
export class GuardedSource implements StorageSource {
  readonly #source: StorageSource;
  readonly #access: Access;

  constructor(source: StorageSource, access: Access) {
    this.#source = source;
    this.#access = access;
  }

  get version(): number {
    return this.#source.version;
  }

  peek(path: StoragePath): Storable | undefined {
    this.#access.assertRead(path);
    return this.#source.peek(path);
  }
}
