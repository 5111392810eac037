import fc from 'fast-check';
import { storable } from '../../lib/storage/storable.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { Storable, Write } from '../../lib/storage/store.js';
import { roomy } from './opened-store.js';

/** What is done to a store: a commit, some time, or a look at everything, which freezes it. */
export type Action =
  | { readonly type: 'commit'; readonly writes: readonly Write[] }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'look' };

const names = ['a', 'b', 'c', 'd.e', 'toString'];

const segments = fc.array(fc.constantFrom(...names), { maxLength: 4 });
const path = segments.map(parsePath);

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

/** Relative to the time of the commit: some are over already. */
const expiresAt = fc.option(fc.integer({ min: 999, max: 1_060 }), { nil: undefined, freq: 2 });
const ifVersion = fc.option(fc.nat({ max: 12 }), { nil: undefined, freq: 4 });

const write: fc.Arbitrary<Write> = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant('set' as const),
      path,
      value: stored,
      expiresAt,
      keepExpiry: fc.boolean(),
      ifVersion,
    }),
    weight: 6,
  },
  { arbitrary: fc.record({ type: fc.constant('delete' as const), path, ifVersion }), weight: 3 },
  {
    arbitrary: fc.record({ type: fc.constant('increment' as const), path, by: fc.constantFrom(1, -0.5), ifVersion }),
    weight: 3,
  },
  { arbitrary: fc.record({ type: fc.constant('check' as const), path, ifVersion: fc.nat({ max: 12 }) }), weight: 1 },
  {
    arbitrary: fc.record({
      type: fc.constant('restore' as const),
      path: fc.constant(parsePath('')),
      value: fields as fc.Arbitrary<{ readonly [key: string]: Storable }>,
      expiries: fc.array(fc.record({ path, expiresAt: fc.integer({ min: 999, max: 1_060 }) }), { maxLength: 3 }),
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
        writes: fc.array(write, { minLength: 1, maxLength: 1 }),
      }),
      weight: 6,
    },
    {
      arbitrary: fc.record({ type: fc.constant('commit' as const), writes: fc.array(write, { maxLength: 5 }) }),
      weight: 3,
    },
    { arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat({ max: 20 }) }), weight: 2 },
    { arbitrary: fc.constant({ type: 'look' as const }), weight: 1 },
  ),
  { maxLength: 30 },
);
