import { parsePath } from './storage-path.js';
import type { Storable, StoredChange } from './store.js';

/** Changes as they travel: each property in an array of its own, which JSON reads and writes fastest. */
export interface ChangeCode {
  readonly versions: readonly number[];
  readonly paths: readonly string[];
  /** `null` for what is gone. */
  readonly values: readonly (Storable | null)[];
  /** Left out if all of them set something. */
  readonly types?: readonly StoredChange['type'][];
}

export function encodeChanges(changes: readonly StoredChange[]): ChangeCode {
  const versions: number[] = [];
  const paths: string[] = [];
  const values: Storable[] = [];
  let types: StoredChange['type'][] | undefined;
  for (const { version, path, value, type } of changes) {
    if (type !== 'set') types ??= versions.map(() => 'set' as const);
    types?.push(type);
    versions.push(version);
    paths.push(path.text);
    values.push(value ?? null);
  }
  return types ? { versions, paths, values, types } : { versions, paths, values };
}

/** The changes, as the process that owns the data has written them: nothing is checked. */
export function decodeChanges({ versions, paths, values, types }: ChangeCode): StoredChange[] {
  return versions.map((version, place) => {
    const type = types?.[place] ?? 'set';
    const value = type === 'set' ? values[place] : undefined;
    return { version, type, path: parsePath(paths[place]), value, expiresAt: undefined, weight: 0 };
  });
}
