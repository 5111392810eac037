import type { Access } from './access.js';
import type { Feed } from './feed.js';

/** A process that uses the storage, as the one that owns the data sees it. */
export interface StorageUser {
  /** For errors: `worker 3`. */
  readonly name: string;
  readonly access: Access;
  /** What keeps its replica up to date; none if it needs no replica. */
  readonly feed: Feed | undefined;
  /** A lock that it has asked for by this id was taken away. */
  lockLost(id: number): void;
}
