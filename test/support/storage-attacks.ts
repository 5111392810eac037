import type { Seeded } from './seeded.js';

/** What is written to the channel in the name of the shared storage: a body, and whether its id is a new one. */
export interface StorageAttack {
  readonly body: unknown;
  /** @default 'next' */
  readonly id?: 'next' | 'reused' | 'zero';
}

const prototypes = ['__proto__', 'constructor', 'prototype'] as const;

const badPaths: readonly [unknown, ...unknown[]] = [
  ...prototypes,
  ...prototypes.flatMap(name => [`${name}.polluted`, `a.${name}.polluted`, `a.${name}`, `${name}.${name}.polluted`]),
  ...['constructor.prototype.polluted', 'a.constructor.prototype.polluted', 'menu.constructor.prototype', '.', '..'],
  ...['a.', '.a', 'a..b', 'a\\b', 'a\\', '\ud800', 'a.\udfff.b', 'x'.repeat(257), `a.${'x'.repeat(5_000)}`],
  ...[
    'a.'.repeat(32).concat('a'),
    'a.'.repeat(600).concat('a'),
    '💥'.repeat(300),
    'x'.repeat(200_000),
    'a.'.repeat(1e5),
  ],
  ...[null, 0, -1, 1.5, true, {}, { length: 3 }, { toString: 'a' }, [[]], [['a']], [null], ['__proto__', 'polluted']],
  ...[['a', '__proto__'], ['a', 7], [''], new Array(5_000).fill('a'), { segments: ['a'], text: 'a' }],
];

/** Names that are allowed, though all objects inherit something of the name. */
const oddPaths: readonly [string, ...string[]] = [
  ...([
    'toString',
    'hasOwnProperty',
    'valueOf.a',
    'menu.toString',
    'length',
    '0',
    'then',
    'toJSON.a',
    'isPrototypeOf',
  ] as const),
  ...['__defineGetter__.a', 'a b', '\u0000', '$', 'menu.\\.', ' '],
];

/** As JSON, since that can say what a literal cannot. */
const badJson: readonly [string, ...string[]] = [
  ...(['{"__proto__":{"polluted":1}}', '{"a":{"__proto__":{"polluted":1}}}', '[{"__proto__":[1]}]'] as const),
  ...['{"constructor":{"prototype":{"polluted":1}}}', '{"prototype":1}', '{"":1}', '{"\\ud800":1}', '{"a":{"":{}}}'],
  `{"${'x'.repeat(300)}":1}`,
];
/** What JSON makes `null` of when it is sent. */
const endless: readonly [string, ...string[]] = ['1e400', '[1e999]', '{"a":-1e999}'];

const kinds: readonly [string, ...string[]] = ['set', 'increment', 'delete', 'check', 'restore'];
const oddTypes: readonly [unknown, ...unknown[]] = [
  '',
  ...['SET', 'constructor', '__proto__', 'toString', 'valueOf', 'all ', 'get', 'create', 'update', 'drop'],
  ...[null, 7, {}, [], ['set'], true, { type: 'set' }],
];
const oddNumbers: readonly [unknown, ...unknown[]] = [
  -1,
  ...[-0, 0.5, 2 ** 53, -(2 ** 53), 1e308, 'x', '7', null, {}, [], true, [1], { valueOf: 1 }],
];

/** Ten thousand requests, hardly any of which is right. */
export function* storageAttacks(random: Seeded, count = 10_000): Generator<StorageAttack> {
  const attacks: readonly [Maker, ...Maker[]] = [
    ...([paths, paths, inherited, values, values, deep, types, numbers, conditions, transactions, restores] as const),
    ...[locks, others, junk, reused, full, full],
  ];
  for (let made = 0; made < count; made++) {
    // Some megabytes each: more than a few hundred of them would be a test of the operating system.
    yield made % 100 === 99 ? huge(random) : random.pick(attacks)(random);
  }
}

/** The arguments of `set`, for who calls methods. */
export function* hostileArguments(random: Seeded, count: number): Generator<readonly unknown[]> {
  const makers: readonly [() => readonly unknown[], ...(() => readonly unknown[])[]] = [
    () => [random.pick(badPaths), 1],
    () => [random.pick(badPaths), { a: 1 }],
    () => ['a.b', JSON.parse(random.pick(badJson))],
    () => ['a.b', nested(random.integer(33, 2_000), random)],
    () => ['a.b', 1, { ttl: random.pick(oddNumbers) }],
    () => ['a.b', 1, { ifVersion: random.pick(oddNumbers), [random.pick(kinds)]: 1 }],
    () => [
      'a.b',
      random.pick<unknown>([() => 1, Symbol('x'), 1n, Number.NaN, new Date(), new Map(), undefined, circle()]),
    ],
  ];
  for (let made = 0; made < count; made++) yield random.pick(makers)();
}

type Maker = (random: Seeded) => StorageAttack;

const paths: Maker = random => {
  const path = random.pick(badPaths);
  const type = random.pick([...kinds, 'entry', 'keys', 'get'] as [string, ...string[]]);
  return { body: type === 'get' && typeof path === 'string' ? path : [type, path, 1] };
};

const inherited: Maker = random => {
  const path = random.pick(oddPaths);
  return { body: random.chance(0.5) ? path : [random.pick(['delete', 'entry', 'keys'] as const), path] };
};

const values: Maker = random => {
  return { body: ['set', 'a.b', JSON.parse(random.pick(random.chance(0.9) ? badJson : endless))] };
};

const deep: Maker = random => ({ body: ['set', 'a.b', nested(random.integer(32, 1_500), random)] });

const types: Maker = random => {
  const rest = Array.from({ length: random.integer(0, 4) }, () => random.pick<unknown>(['a', 1, null, {}, []]));
  return { body: [random.pick(oddTypes), ...rest] };
};

const numbers: Maker = random => {
  const odd = random.pick(oddNumbers);
  return {
    body: random.pick([
      ['increment', 'count', odd],
      ['increment', 'menu', 1],
      ['increment', 'menu.soup', 1, odd],
      ['set', 'a', 1, { expiresAt: odd }],
      ['set', 'a', 1, odd],
      ['delete', 'a', odd],
      ['check', 'a', odd],
      ['history', odd],
    ]),
  };
};

const conditions: Maker = random => {
  const ifVersion = random.integer(1, 5);
  return { body: ['set', 'menu.soup.salt.deeper', ifVersion, { ifVersion, keepExpiry: random.pick(oddNumbers) }] };
};

const transactions: Maker = random => {
  const good = ['set', 'never', 'half of it'];
  return {
    body: random.pick([
      ['all', [good, ['set', random.pick(badPaths), 1]]],
      ['all', [good, ['set', 'b', JSON.parse(random.pick(badJson))]]],
      ['all', [good, ['all', [good]]]],
      ['all', [good, ['attach']]],
      ['all', [good, ['check', 'never', 999_999]]],
      ['all', new Array(10_001).fill(0)],
      ['all', { length: 2 }],
      ['all', 'text'],
      ['all'],
      ['all', [[], null, good]],
      ['all', new Array(5)],
    ]),
  };
};

/** Never a right one: that would be a way to take all that others have. */
const restores: Maker = random => ({
  body: random.pick([
    ['restore', [], []],
    ['restore', null, []],
    ['restore', JSON.parse('{"__proto__":{"polluted":1}}'), []],
    ['restore', {}, {}],
    ['restore', {}, [[random.pick(badPaths), 1]]],
    ['restore', {}, [['a', random.pick<unknown>(['x', null, {}])]]],
    ['restore', {}, [7]],
    ['restore', {}, new Array(1_000)],
    ['restore', nested(200, random), []],
  ]),
});

const locks: Maker = random => ({
  body: random.pick([
    ['lock', random.pick(oddNumbers), null, 'x'],
    ['lock', 1, random.pick([-1, 0, 'x', {}]), 'x'],
    ['lock', 1, null, random.pick(['', null, 7, {}, 'x'.repeat(300), 'x'.repeat(100_000)])],
    ['renew', random.integer(5, 1e9), 1],
    ['unlock', random.integer(5, 1e9)],
    ['renew', random.pick(oddNumbers), random.pick(oddNumbers)],
    ['unlock', random.pick(oddNumbers)],
  ]),
});

const others: Maker = random => ({ body: random.pick(['', 'menu', ['snapshot'], ['keys', ''], ['entry', '']]) });

const junk: Maker = random => ({
  body: random.pick([null, 0, 7, true, {}, [], [[]], { type: 'set' }, { error: {} }, { versions: [1] }, [[[[]]]]]),
});

const reused: Maker = random => ({
  id: random.chance(0.5) ? 'reused' : 'zero',
  body: random.pick([
    ['increment', 'never'],
    ['set', 'never', 1],
    { versions: [1], paths: ['never'], values: [1] },
    { behind: true },
    { parts: [['never', 1]], first: { group: 'x' } },
  ]),
});

/** Right, but there is no room for all of them. */
const full: Maker = random => ({ body: ['set', `full.k${random.integer(0, 1e6)}`, 'x'.repeat(random.size(1, 1_000))] });

const huge: Maker = random => ({
  body: random.pick([
    ['set', 'a', 'x'.repeat(random.size(1.1e6, 4e6))],
    ['set', 'a', new Array(random.integer(2e5, 1e6)).fill(7)],
    ['set', 'a', Object.fromEntries(Array.from({ length: random.integer(2e4, 6e4) }, (_, key) => [`k${key}`, key]))],
    ['set', 'x'.repeat(3e6), 1],
    ['set', 'a', { ['x'.repeat(2e6)]: 1 }],
    ['all', new Array(10_000).fill(['set', 'a', 'x'.repeat(100), 0])],
    ['lock', 7, null, 'x'.repeat(1e6)],
    ['x'.repeat(3e6), 'x'.repeat(1e6)],
    'x'.repeat(3e6),
  ]),
});

function nested(depth: number, random: Seeded): unknown {
  const [open, close] = random.chance(0.5) ? ['[', ']'] : ['{"a":', '}'];
  return JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`);
}

function circle(): object {
  const round: Record<string, unknown> = {};
  round.round = round;
  return round;
}
