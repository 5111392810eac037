import type { SnapshotPart } from './snapshot-parts.js';
import { parsePath, type StoragePath } from './storage-path.js';
import type { Storable, StoredChange } from './store.js';
import { Tree } from './tree.js';

/** A copy of a store in another process: told of every change in order, and of nothing else. */
export class ReplicaStore {
  readonly #tree = new Tree();
  #version = 0;

  /** The last version that it was told of. */
  get version(): number {
    return this.#version;
  }

  /** What is at the path; frozen; `undefined` for nothing. */
  peek(path: StoragePath): Storable | undefined {
    return this.#tree.read(path.segments);
  }

  /** Takes what it begins with, piece by piece. */
  fill(parts: readonly SnapshotPart[]): void {
    for (const [path, value] of parts) this.#tree.set(parsePath(path).segments, value);
  }

  /** All pieces are there, and every change up to this version. */
  filled(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  /** The values are the replica's from now on. */
  apply(changes: readonly StoredChange[]): void {
    for (const { version, path, value } of changes) {
      if (path.segments.length === 0) this.#tree.replaceAll((value ?? {}) as { readonly [key: string]: Storable });
      else if (value === undefined) this.#tree.delete(path.segments);
      else this.#tree.set(path.segments, value);
      this.#version = version;
    }
  }
}
