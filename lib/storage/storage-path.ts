/** Where something is in a store: checked, split once, and the same object for the same text as long as it is remembered. */
export interface StoragePath {
  /** In dot notation; a dot or backslash inside a segment has a backslash before it. Empty for the root. */
  readonly text: string;
  readonly segments: readonly string[];
}

/** How users write a path: `'users.anna.age'`, or `['users', 'anna', 'age']`. */
export type PathInput = string | readonly string[];

/**
 * Checks and splits a path; the empty string and the empty array are the root.
 *
 * @throws {@link StoragePathError} with code `CLUSTER_STORAGE_PATH`
 */
export declare function parsePath(input: unknown): StoragePath;
