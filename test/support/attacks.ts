import type { Seeded } from './seeded.js';

/** Something to write to a channel: a value, or, for what no function of Node would write, the JSON itself. */
export type Attack = { readonly value: unknown } | { readonly text: string };

/** Ids that nobody has used; the first requests of a primary to a worker are numbered from 1. */
const unusedId = 1_000_000;
const usedIds = [1, 2, 3, 4, 5];

/** Every kind of frame and run, but `stop`: that one would end the worker, which is its right. */
const kinds = Array.from({ length: 30 }, (_, kind) => kind).filter(kind => kind !== 13);

/** Payloads by the name of what they try. */
export const attacks = {
  *'strings of 10 MB in many places'(random: Seeded): Generator<Attack> {
    const huge = 'x'.repeat(10 * 1024 * 1024);
    for (const value of inEveryFrame(huge)) if (random.chance(0.2)) yield { value };
    for (const value of inMessages(huge)) yield { value };
    for (const kind of [0, 2, 5, 11, 14]) yield { value: [[kind, 0, { [huge]: 1 }]] };
  },

  *'arrays nested 100,000 deep in every place'(): Generator<Attack> {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const value of inEveryPlace('DEEP')) yield { text: JSON.stringify(value).replaceAll('"DEEP"', deep) };
  },

  *'objects nested 100,000 deep in every place'(): Generator<Attack> {
    const deep = `${'{"cause":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    for (const value of inEveryPlace('DEEP')) yield { text: JSON.stringify(value).replaceAll('"DEEP"', deep) };
  },

  *'arrays of a million in many places'(random: Seeded): Generator<Attack> {
    const many = new Array(1_000_000).fill(7);
    for (const value of inEveryFrame(many)) if (random.chance(0.2)) yield { value };
    for (const value of inMessages(many)) yield { value };
  },

  *'names of the prototypes as keys, types and codes'(): Generator<Attack> {
    const names = [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      'destroy',
      '_eventWorkerReady',
    ];
    for (const name of names) {
      for (const value of inEveryPlace(name)) yield { value };
      for (const value of inEveryPlace('EVIL')) {
        const text = JSON.stringify(value).replaceAll('"EVIL"', `{"${name}":{"polluted":1,"${name}":{"polluted":1}}}`);
        yield { value: JSON.parse(text) };
      }
    }
  },

  *'batches of 100,000 frames'(): Generator<Attack> {
    const many = Array.from({ length: 100_000 }, (_, index) => index + unusedId);
    yield { value: many };
    yield { value: many.map(() => [2, 0, { type: 'known' }]) };
    yield { value: many.map(id => [3, id, { type: 'never' }]) };
    yield { value: many.map(id => [4, id, 1]) };
    yield { value: [[15, 0, many.map(() => ({ type: 'known' }))]] };
    for (const kind of [16, 17, 18]) yield { value: [[kind, many, many.map(() => ({ type: 'never' }))]] };
  },

  *'floods of garbage'(): Generator<Attack> {
    const garbage = [{ garbage: true }, 1, [[]], [[99, 0]], [[4, unusedId, 1]], [[15, 1, []]], [[17, [unusedId], [1]]]];
    for (let index = 0; index < 50_000; index++) yield { value: garbage[index % garbage.length] };
  },

  *'random values'(random: Seeded): Generator<Attack> {
    for (let round = 0; round < 2_000; round++) {
      yield { value: random.chance(0.5) ? notOfNode(randomValue(random, 5)) : [randomFrame(random)] };
    }
  },

  *'valid frames with changes'(random: Seeded): Generator<Attack> {
    for (let round = 0; round < 3_000; round++) {
      yield { value: Array.from({ length: random.integer(1, 5) }, () => mutated(random.pick(validFrames), random)) };
    }
  },

  *'messages in the name of Node'(random: Seeded): Generator<Attack> {
    for (let round = 0; round < 300; round++) yield { value: nodeMessage(random) };
  },
} satisfies Record<string, (random: Seeded) => Iterable<Attack>>;

/** What only structured clone carries. */
export const advancedAttacks = {
  *'arrays of four billion holes in every place'(): Generator<Attack> {
    for (const value of inEveryPlace(new Array(2 ** 32 - 1))) yield { value };
  },

  *'batches of runs of the same large value'(): Generator<Attack> {
    const large = new Array(100_000).fill(7);
    yield { value: [[15, 0, new Array(4_000).fill(large)]] };
    yield { value: [[16, Array.from({ length: 4_000 }, (_, id) => unusedId + id), new Array(4_000).fill(large)]] };
  },

  *'batches of runs of nothing but holes'(): Generator<Attack> {
    for (const kind of [15, 16, 17, 18]) {
      yield { value: new Array(4_000).fill([kind, kind === 15 ? 0 : new Array(4_000), new Array(4_000)]) };
    }
  },

  *'circles in every place'(): Generator<Attack> {
    const circle: unknown[] = [];
    circle.push(circle, { circle });
    for (const value of inEveryPlace(circle)) yield { value };
  },

  *'objects of every class in every place'(): Generator<Attack> {
    const strange = [
      new Map([[{}, 1]]),
      new Set([1]),
      new Date(Number.NaN),
      /x/,
      new Error('x'),
      1n,
      new Uint8Array(9),
    ];
    for (const something of [...strange, Object(1n), Object('x'), new ArrayBuffer(9), undefined, Number.NaN, -0]) {
      for (const value of inEveryPlace(something)) yield { value };
    }
  },
} satisfies Record<string, (random: Seeded) => Iterable<Attack>>;

/** The attack of this name. */
export function attackOf(name: string, random: Seeded): Iterable<Attack> {
  const all: Readonly<Record<string, (random: Seeded) => Iterable<Attack>>> = { ...attacks, ...advancedAttacks };
  return all[name]?.(random) ?? [];
}

/** Payloads that hold `it` wherever something can be held. */
function* inEveryPlace(it: unknown): Generator<unknown> {
  yield* inEveryFrame(it);
  yield* inMessages(it);
}

/** Where the library looks before it passes anything on. */
function* inEveryFrame(it: unknown): Generator<unknown> {
  yield* [it, [it], [[it]], [[it, 0, {}]], [[], it], { it }, [{ it }]];
  for (const kind of kinds) {
    yield* [[[kind, it]], [[kind, 0, it]], [[kind, unusedId + kind, it]], [[kind, 1, 2, it, it]], [[kind, [it], [it]]]];
  }
}

/** In what handlers, warnings and errors are given. */
function* inMessages(it: unknown): Generator<unknown> {
  yield* [[[2, 0, { type: it }]], [[2, 0, { type: 'known', it }]], [[15, 0, [it, { type: it }]]]];
  yield* [[[3, unusedId, { type: it }]], [[3, unusedId + 1, { type: 'echo', value: it }]]];
  yield* [[[16, [unusedId + 2], [{ type: 'echo', value: it }]]], [[16, [unusedId + 3], [{ type: it }]]]];
  yield [[5, unusedId, { name: it, message: it, code: it, stack: it, details: it, cause: it, errors: it }]];
  for (const id of usedIds)
    yield [[5, id, { name: it, message: it, code: it, stack: it, details: { it }, errors: [it] }]];
}

/** Frames as the library makes them, with all that they can hold. */
const validFrames: [unknown[], ...unknown[][]] = [
  [0, 0, { version: 1 }],
  [1, 0],
  [2, 0, { type: 'known', list: [1, { two: 2 }] }],
  [3, unusedId, { type: 'echo', value: 'x' }],
  [4, 1, { left: 3 }],
  [5, 2, { name: 'Error', message: 'no', code: 'E_NO', stack: 'at x', details: { a: 1 }, cause: { message: 'why' } }],
  [6, unusedId],
  [7, unusedId, 16, { type: 'menu' }],
  [8, 1, 'soup'],
  [9, 1, 16],
  [10, 1],
  [11, 1, { memory: 5 }],
  [12, 0, 'BUSY'],
  [14, 1, { set: 'a.b', value: 1 }],
  [15, 0, [{ type: 'known' }, { type: 'known' }]],
  [16, [unusedId + 1, unusedId + 2], [{ type: 'echo' }, { type: 'echo' }]],
  [17, [3, 4], ['x', 'y']],
  [18, [1, 1], ['soup', 'cake']],
  [19, 1],
];

/** A copy with one to three changes anywhere in it. Its kind stays away from `stop`. */
function mutated(frame: readonly unknown[], random: Seeded): unknown {
  const copy: unknown[] = structuredClone([...frame]);
  for (let change = random.integer(1, 3); change > 0; change--) mutate(copy, random);
  return copy[0] === 13 ? 13 : copy;
}

function mutate(container: object, random: Seeded): void {
  const keys = Object.keys(container);
  const key = keys[random.integer(0, keys.length)] ?? String(random.integer(0, 5));
  const inside: unknown = Reflect.get(container, key);
  if (typeof inside === 'object' && inside !== null && random.chance(0.6)) mutate(inside, random);
  else if (random.chance(0.2) && Array.isArray(container)) container.splice(random.integer(0, container.length), 1);
  else if (random.chance(0.25)) Reflect.deleteProperty(container, key);
  else if (key !== '__proto__') Reflect.set(container, key, randomValue(random, 3));
}

function randomFrame(random: Seeded): unknown[] {
  const rest = Array.from({ length: random.integer(0, 3) }, () => randomValue(random, 3));
  return [kinds[random.integer(0, kinds.length - 1)], ...rest];
}

const oddNumbers = [0, -0, -1, 0.5, 1, 2, 3, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, unusedId] as const;
const oddTexts = ['', 'known', 'echo', '__proto__', 'constructor', '\u0000', '\ud800', 'CLUSTER_REMOTE', '💥'] as const;

function randomValue(random: Seeded, depth: number): unknown {
  const leaf = depth <= 0 || random.chance(0.4);
  if (leaf)
    return random.pick([null, true, false, random.pick(oddNumbers), random.integer(0, 40), random.pick(oddTexts)]);

  const parts = Array.from({ length: random.integer(0, 4) }, () => randomValue(random, depth - 1));
  if (random.chance(0.5)) return parts;

  const keys = [
    'type',
    'message',
    'code',
    'details',
    'version',
    'reason',
    'cause',
    'errors',
    'value',
    'toJSON',
  ] as const;
  return Object.fromEntries(parts.map(part => [random.pick(keys), part]));
}

/** What Node would take for its own comes under another name. */
function notOfNode(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'cmd' in value ? [value] : value;
}

/** Never with a real address or descriptor: Node, in the primary, would open it. */
function nodeMessage(random: Seeded): unknown {
  const acts = [
    'queryServer',
    'listening',
    'online',
    'close',
    'accepted',
    'exitedAfterDisconnect',
    'toString',
  ] as const;
  return {
    cmd: random.pick(['NODE_CLUSTER', 'NODE_CLUSTER', 'NODE_HANDLE_ACK', 'NODE_HANDLE_NACK', 'NODE_ODD']),
    act: random.pick([...acts, randomValue(random, 1)]),
    address: random.pick(['192.0.2.1', 'nowhere.invalid', -1, {}]),
    addressType: random.pick([4, 6, 'udp4', 'udp6', -1, 'x']),
    port: random.pick([-1, 65_536, 'x', null, {}]),
    ...{ fd: random.pick([-1, undefined]), flags: 0, index: random.pick([0, -1, 'x']), key: randomValue(random, 1) },
    ...{ seq: random.pick([1, -1, 'x']), ack: randomValue(random, 1), data: randomValue(random, 2) },
  };
}
