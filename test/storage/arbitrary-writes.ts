import fc from 'fast-check';
import { storable } from '../../lib/storage/storable.js';
import { parsePath, type StoragePath } from '../../lib/storage/storage-path.js';
import type { Storable, Write } from '../../lib/storage/store.js';
import { roomy } from './opened-store.js';

/** What is done to a store: a commit, some time, or a look at everything, which freezes it. */
export type Action =
  | { readonly type: 'commit'; readonly writes: readonly Write[] }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'look' };

/** Stands for the version that the path has. */
const right = -1;

const names = ['a', 'b', 'c', 'd.e', 'toString'];

const segments = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 });
/** The root seldom: whatever is done there undoes the rest. */
export const arbitraryPath = fc.oneof(
  { arbitrary: segments.map(parsePath), weight: 15 },
  { arbitrary: fc.constant(parsePath('')), weight: 1 },
);

/** Few and small, so that things happen at the same places. */
const { value } = fc.letrec<{ value: unknown; fields: object }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 0, 1.5, 'text', [], [1, { a: 1 }]),
    tie('fields'),
  ),
  fields: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 3, noNullPrototype: true }),
}));
const stored = value.map(each => storable(each, roomy).value);
const fields = stored.filter(each => typeof each === 'object' && each !== null && !Array.isArray(each));

/** The clock begins at 1,000: some are over from the start, many are the same. */
const time = fc.constantFrom(999, 1_004, 1_010, 1_030);
const expiresAt = fc.oneof(fc.constant(undefined), time);
const expected = fc.oneof({ arbitrary: fc.constant(right), weight: 20 }, { arbitrary: fc.nat({ max: 9 }), weight: 1 });
const ifVersion = fc.oneof({ arbitrary: fc.constant(undefined), weight: 9 }, { arbitrary: expected, weight: 1 });

/** A single write, of any kind. */
export const arbitraryWrite: fc.Arbitrary<Write> = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant('set' as const),
      path: arbitraryPath,
      value: stored,
      expiresAt,
      keepExpiry: fc.boolean(),
      ifVersion,
    }),
    weight: 6,
  },
  { arbitrary: fc.record({ type: fc.constant('delete' as const), path: arbitraryPath, ifVersion }), weight: 3 },
  {
    arbitrary: fc.record({
      type: fc.constant('increment' as const),
      path: arbitraryPath,
      by: fc.constantFrom(1, -0.5),
      ifVersion,
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({ type: fc.constant('check' as const), path: arbitraryPath, ifVersion: expected }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      type: fc.constant('restore' as const),
      path: fc.constant(parsePath('')),
      value: fields as fc.Arbitrary<{ readonly [key: string]: Storable }>,
      expiries: fc.array(fc.record({ path: arbitraryPath, expiresAt: time }), { maxLength: 3 }),
    }),
    weight: 1,
  },
);

/** A life of a store. */
export const arbitraryActions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    {
      arbitrary: fc.record({
        type: fc.constant('commit' as const),
        writes: fc.array(arbitraryWrite, { minLength: 1, maxLength: 1 }),
      }),
      weight: 6,
    },
    {
      arbitrary: fc.record({
        type: fc.constant('commit' as const),
        writes: fc.array(arbitraryWrite, { maxLength: 5, size: 'max' }),
      }),
      weight: 3,
    },
    { arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat({ max: 12 }) }), weight: 2 },
    { arbitrary: fc.constant({ type: 'look' as const }), weight: 1 },
  ),
  { maxLength: 40, size: 'max' },
);

/** The same writes, where those that want the right version do so. */
export function withVersions(writes: readonly Write[], versionOf: (path: StoragePath) => number): Write[] {
  return writes.map(each => {
    const expects = each.type !== 'restore' && each.ifVersion === right;
    return expects ? { ...each, ifVersion: versionOf(each.path) } : each;
  });
}
