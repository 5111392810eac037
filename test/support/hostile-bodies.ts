import fc from 'fast-check';

/** What JSON and structured clone can bring, and more. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withNullPrototype: true,
  withObjectString: true,
  withBoxedValues: true,
  maxDepth: 4,
});

const evilName = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty');
const evilPath = fc.oneof(
  fc.array(evilName, { minLength: 1, maxLength: 3 }).map(names => names.join('.')),
  fc.array(evilName, { maxLength: 3 }),
  fc.constantFrom('a..b', '.', '\\', 'a\\', '\ud800', 'x'.repeat(5_000), 'a.'.repeat(600), 'a'),
  anything,
);

/** Nested so deep that recursion without bounds would overflow the stack. */
const deep = fc.constantFrom('array', 'object').map(kind => {
  let value: unknown = 1;
  for (let level = 0; level < 20_000; level++) value = kind === 'array' ? [value] : { a: value };
  return value;
});
const polluting = evilName.map(name => JSON.parse(`{"${name}":{"polluted":true},"a":{"${name}":{"polluted":true}}}`));
const large = fc.constantFrom<unknown>(
  new Array(2 ** 32 - 1),
  new Array(100_000).fill(1),
  'x'.repeat(2_000_000),
  Object.fromEntries(Array.from({ length: 20_000 }, (_, place) => [`key${place}`, place])),
);
const value = fc.oneof(anything, polluting, large, deep);

const write = fc.oneof(
  fc.tuple(fc.constantFrom('set', 'increment', 'delete', 'check', 'restore'), evilPath, value, anything),
  fc.tuple(fc.constant('restore'), value, fc.oneof(value, fc.array(fc.tuple(evilPath, anything)))),
  fc.tuple(fc.constant('set'), fc.constantFrom('a', 'b.c'), value),
);

/** Bodies of requests to a shared storage that mean no good; some of them make sense all the same. */
export const hostileBody: fc.Arbitrary<unknown> = fc.oneof(
  value,
  write,
  evilPath,
  fc.tuple(fc.constant('all'), fc.oneof(value, fc.array(write))),
  fc.tuple(fc.constantFrom('get', 'entry', 'keys', 'history', 'unlock', 'attach', 'snapshot', '__proto__'), evilPath),
  fc.tuple(fc.constantFrom('lock', 'renew'), fc.oneof(fc.nat({ max: 3 }), anything), anything, evilPath),
);
