import { Access } from './access.js';
import type { ReplicaRules } from './feed.js';
import type { SnapshotPart } from './snapshot-parts.js';
import type { StoragePath } from './storage-path.js';
import type { StorageSource } from './storage-seam.js';
import type { Storable, StoredChange } from './store.js';
import { Tree } from './tree.js';

/** A copy of a store in another process, or of what that may see of it: told of every change, in order. */
export class ReplicaStore implements StorageSource {
  readonly #tree = new Tree();
  /** Only if there is something that it may not read. */
  readonly #access: Access | undefined;
  #version = 0;

  constructor({ group, rules }: ReplicaRules) {
    this.#access = rules && new Access(group, rules);
  }

  /** The last version that it was told of. */
  get version(): number {
    return this.#version;
  }

  mayRead(path: StoragePath): boolean {
    return this.#access?.mayRead(path) ?? true;
  }

  /**
   * What is at the path; frozen; `undefined` for nothing.
   *
   * @throws {@link StorageDeniedError} with code `CLUSTER_STORAGE_DENIED`: what may not be read is not taken for nothing
   */
  peek(path: StoragePath): Storable | undefined {
    this.#access?.assertRead(path);
    return this.#tree.read(path.segments);
  }

  /** Takes what it begins with, piece by piece. */
  fill(parts: readonly SnapshotPart[]): void {
    for (const [segments, value] of parts) this.#tree.set(segments, value);
  }

  /** All pieces are there, and every change up to this version. */
  filled(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  /** The values are the replica's from now on. */
  apply(changes: readonly StoredChange[]): void {
    for (const { version, path, value } of changes) {
      if (path.segments.length === 0) this.#tree.replaceAll((value ?? {}) as { readonly [key: string]: Storable });
      else if (value !== undefined) this.#tree.set(path.segments, value);
      else if (this.#access) this.#access.removeFrom(this.#tree, path);
      else this.#tree.delete(path.segments);
      this.#version = version;
    }
  }
}
