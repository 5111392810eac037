import type { Clock } from '../util/clock.js';
import type { StoragePath } from './storage-path.js';
import type { StorageRequest } from './storage-request.js';
import type { Storable, StoredChange } from './store.js';
import type { Watches } from './watches.js';
import type { ValueRoom } from './write-code.js';

/** What can be read without waiting. */
export interface StorageSource {
  /** The last write that it knows of. */
  readonly version: number;
  mayRead(path: StoragePath): boolean;
  /** Frozen. @throws {@link StorageDeniedError} with code `CLUSTER_STORAGE_DENIED` */
  peek(path: StoragePath): Storable | undefined;
}

/** What is different about a shared storage where the data is, and elsewhere. */
export interface StorageSeam {
  readonly clock: Clock;
  /** How large a value may be that is handed on; the process that owns the data may still refuse it. */
  readonly room: ValueRoom;
  readonly watches: Watches;
  /** `undefined` as long as there is nothing to read from. */
  readonly source: StorageSource | undefined;
  /** Whether `source` hears of every change: if not, it may once {@link attach} has resolved. */
  readonly isLive: boolean;
  /** Resolves when there is, and that is up to date; rejects when the data is out of reach for ever. */
  attach(): Promise<void>;
  /** @param answered called with the answer before anything that came after it takes effect. */
  ask(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown>;
  /** Calls `begin` with what has changed after a version, at a moment when `source` knows just that. */
  history(since: number, begin: (changes: readonly StoredChange[]) => void): Promise<void>;
}
