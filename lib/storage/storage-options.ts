import type { OptionDeclarations } from '../lifecycle/option-table.js';
import { integer, number, type Rule, record } from '../util/check.js';
import { type AccessRules, accessRule } from './access.js';
import type { Store, StoreLimits } from './store.js';
import { deepestRoom } from './write-code.js';

/** How the shared storage of a cluster is kept. */
export interface StorageOptions {
  /** Where the data is. @default new MemoryStore() */
  readonly store?: Store | undefined;
  /** What is in a store that was never written to. @default {} */
  readonly initial?: object | undefined;
  /**
   * What the workers of a group may do: by group, then by path. The longest path that leads to something decides about it;
   * what none leads to, and what groups that are not named do, is allowed. Only groups that there are can be named. @default {}
   */
  readonly access?: { readonly [group: string]: AccessRules } | undefined;
  /** How deep: segments of the path and the levels of the value, together; at most 100. @default 32 */
  readonly maxDepth?: number | undefined;
  /** Properties of all objects of the storage. @default 1_000_000 */
  readonly maxKeys?: number | undefined;
  /** Bytes of all that is in the storage, roughly. @default 256 MiB */
  readonly maxBytes?: number | undefined;
  /** Bytes of one value, roughly. @default 1 MiB */
  readonly maxValueBytes?: number | undefined;
}

/** {@link StorageOptions} after every check, with every default. */
export interface ResolvedStorage extends StoreLimits {
  readonly store: Store | undefined;
  readonly initial: object | undefined;
  readonly access: { readonly [group: string]: AccessRules };
}

const mebibyte = 1024 * 1024;
const limit = integer({ min: 1, orInfinity: true });

/** Every method of a {@link Store}: so somebody hears of a wrong one before it is opened. */
const methods = ['open', 'peek', 'entry', 'keys', 'commit', 'snapshot', 'close'];
const store: Rule = {
  expected: 'a store, such as `new MemoryStore()` or `new LmdbStore({ path })`',
  accepts: value =>
    record.accepts(value) && methods.every(name => typeof Reflect.get(value as object, name) === 'function'),
};

export const storageDeclarations: OptionDeclarations = {
  store,
  initial: record,
  access: { default: Object.freeze({}), ...accessRule },
  maxDepth: { default: 32, ...integer({ min: 1, max: deepestRoom.maxDepth }) },
  maxKeys: { default: 1_000_000, ...limit },
  maxBytes: { default: 256 * mebibyte, ...number({ min: 1, orInfinity: true }) },
  maxValueBytes: { default: mebibyte, ...number({ min: 1, orInfinity: true }) },
};
