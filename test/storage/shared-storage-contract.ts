import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { SharedStorage } from '../../lib/storage/shared-storage.js';
import type { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';
import { describeLocks } from './shared-lock-contract.js';
import { describeWatches } from './shared-watch-contract.js';

/** Two who share a storage, each in a process of its own or not. */
export interface Sides extends AsyncDisposable {
  /** What is tested. */
  readonly mine: SharedStorage;
  /** Somebody else's. */
  readonly theirs: SharedStorage;
  /** It began at the epoch, some time ago. */
  readonly clock: FakeClock;
  /** Resolves when nothing is on its way any more. */
  quiet(): Promise<void>;
}

/** Gives the sides of the test that runs. */
export type Get = () => Sides;

/** Every sentence of the interface `SharedStorage`, told to one way of being connected to the data. */
export function sharedStorageContract(name: string, make: () => Promise<Sides>): void {
  describe(`${name}, as a shared storage`, () => {
    let current: Sides;
    beforeEach(async () => {
      current = await make();
    });
    afterEach(() => current[Symbol.asyncDispose]());

    const sides = () => current;
    describeArguments(sides);
    describeReads(sides);
    describePeeks(sides);
    describeSets(sides);
    describeOtherWrites(sides);
    describeUpdates(sides);
    describeTransactions(sides);
    describeExpiries(sides);
    describeSnapshots(sides);
    describeWatches(sides);
    describeLocks(sides);
  });
}

/** Whether nobody can change anything of it. */
function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

type Call = (storage: SharedStorage) => unknown;

/** What is wrong with the arguments, each with what is said about it. */
const mistakes: readonly (readonly [message: string, call: Call])[] = [
  ['set() has no option `tll`; did you mean `ttl`?', s => s.set('a', 1, { tll: 5 } as object)],
  ['Expected `ttl` to be a number > 0 or Infinity, got `0` (number)', s => s.set('a', 1, { ttl: 0 })],
  ['Expected `ttl` to be a number > 0 or Infinity, got `NaN` (number)', s => s.create('a', 1, { ttl: Number.NaN })],
  ['Expected `ifVersion` to be an integer >= 0, got `1.5` (number)', s => s.set('a', 1, { ifVersion: 1.5 })],
  ['Expected `the options of set()` to be an object, got `5` (number)', s => s.set('a', 1, 5 as never)],
  ['create() has no option `ifVersion`', s => s.create('a', 1, { ifVersion: 1 } as object)],
  ['Expected `by` to be a number, got `"1"` (string)', s => s.increment('a', '1' as never)],
  ['Expected `by` to be a number, got `Infinity` (number)', s => s.increment('a', Number.POSITIVE_INFINITY)],
  ['Expected `ifVersion` to be an integer >= 0, got `-1` (number)', s => s.delete('a', { ifVersion: -1 })],
  ['delete() has no option `ttl`', s => s.delete('a', { ttl: 5 } as object)],
  ['Expected `change` to be a function, got `1` (number)', s => s.update('a', 1 as never)],
  ['update() has no option `attempt`; did you mean `attempts`?', s => s.update('a', x => x, { attempt: 1 } as object)],
  [
    'Expected `attempts` to be an integer >= 1 or Infinity, got `0` (number)',
    s => s.update('a', x => x, { attempts: 0 }),
  ],
  ['Expected `ttl` to be a number > 0 or Infinity, got `-1` (number)', s => s.update('a', x => x, { ttl: -1 })],
  ['Expected `the options of update()` to be an object, got `null`', s => s.update('a', x => x, null as never)],
  [
    'Expected `the operations of transaction()` to be an array of at most 10000 operations, got `Object` (object)',
    s => s.transaction({} as never),
  ],
  [
    'Expected `the operations of transaction()` to be an array of at most 10000 operations, got `Array(10001)` (array)',
    s => s.transaction(Array.from({ length: 10_001 }, () => ({ type: 'delete', path: 'a' }))),
  ],
  ['Expected `an operation of transaction()` to be an object, got `null`', s => s.transaction([null as never])],
  [
    'Expected `type` to be one of "set", "create", "increment", "delete", "check", got `"get"` (string)',
    s => s.transaction([{ type: 'get', path: 'a' } as never]),
  ],
  ['transaction() has no option `ttl`', s => s.transaction([{ type: 'delete', path: 'a', ttl: 5 } as never])],
  [
    'Expected `ifVersion` to be an integer >= 0, got `undefined`',
    s => s.transaction([{ type: 'check', path: 'a' } as never]),
  ],
  ['Expected `snapshot` to be an object, got `5` (number)', s => s.restore(5 as never)],
  ['Expected `snapshot.value` to be an object, got `undefined`', s => s.restore({} as never)],
  ['Expected `snapshot.value` to be an object, got `Array(0)` (array)', s => s.restore({ value: [] } as never)],
  [
    'Expected `snapshot.expiries` to be an object, got `Array(0)` (array)',
    s => s.restore({ version: 1, value: {}, expiries: [] as never }),
  ],
  [
    'Expected `snapshot.expiries["a.b"]` to be a number, got `"soon"` (string)',
    s => s.restore({ version: 1, value: {}, expiries: { 'a.b': 'soon' as never } }),
  ],
  ['watch() has no option `sinc`; did you mean `since`?', s => s.watch('a', { sinc: 1 } as object)],
  ['Expected `since` to be an integer >= 0, got `-1` (number)', s => s.watch('a', { since: -1 })],
  ['Expected `initial` to be a boolean, got `1` (number)', s => s.watch('a', { initial: 1 as never })],
  ['Expected `maxQueued` to be an integer >= 1 or Infinity, got `0` (number)', s => s.watch('a', { maxQueued: 0 })],
  [
    'Expected `signal` to be an instance of AbortSignal, got `Object` (object)',
    s => s.watch('a', { signal: {} as never }),
  ],
  [
    'A watch begins with what is there (`initial`) or with what has changed `since` a version, not with both',
    s => s.watch('a', { initial: true, since: 1 }),
  ],
  ['Expected `name` to be a non-empty string of at most 256 characters, got `""` (string)', s => s.lock('')],
  ['lock() has no option `tt`; did you mean `ttl`?', s => s.lock('a', { tt: 1 } as object)],
  ['Expected `ttl` to be a number > 0 or Infinity, got `0` (number)', s => s.lock('a', { ttl: 0 })],
  [
    'Expected `signal` to be an instance of AbortSignal, got `Object` (object)',
    s => s.lock('a', { signal: {} as never }),
  ],
  ['Expected `the options of lock()` to be an object, got `null`', s => s.lock('a', null as never)],
];

/** Every method that takes a path. */
const pathTakers: Readonly<Record<string, (storage: SharedStorage, path: never) => unknown>> = {
  get: (s, path) => s.get(path),
  peek: (s, path) => s.peek(path),
  entry: (s, path) => s.entry(path),
  keys: (s, path) => s.keys(path),
  set: (s, path) => s.set(path, 1),
  create: (s, path) => s.create(path, 1),
  update: (s, path) => s.update(path, () => 1),
  increment: (s, path) => s.increment(path),
  delete: (s, path) => s.delete(path),
  watch: (s, path) => s.watch(path),
  transaction: (s, path) => s.transaction([{ type: 'set', path, value: 1 }]),
};

function describeArguments(sides: Get): void {
  describe('arguments', () => {
    for (const [message, call] of mistakes) {
      it(`are refused: ${message}`, async () => {
        const error = await rejection(() => call(sides().mine));

        expect(error).to.have.property('message', message);
        expect(error)
          .to.have.property('code')
          .that.matches(/^CLUSTER_(INVALID|UNKNOWN)_OPTION$/);
        expect(await sides().theirs.entry('')).to.deep.include({ value: {}, version: 0 });
      });
    }

    for (const [method, call] of Object.entries(pathTakers)) {
      it(`of \`${method}\` include a path, which is checked`, async () => {
        await sides().mine.attach();
        for (const path of ['a..b', '__proto__.x', ['a', 'constructor'], 'a\\b', 5, null, ['']]) {
          const error = await rejection(() => call(sides().mine, path as never));
          expect(error, `${path}`).to.include({ name: 'StoragePathError', code: 'CLUSTER_STORAGE_PATH' });
          expect(error.details).to.have.property('path', path);
        }
      });
    }

    it('that only look like a failure reject, and are not thrown, where there is a promise', () => {
      for (const [method, call] of Object.entries(pathTakers)) {
        if (method === 'peek' || method === 'watch') continue;

        const promise = call(sides().mine, 'a..b' as never);
        expect(promise, method).to.be.instanceOf(Promise);
        (promise as Promise<unknown>).catch(() => {});
      }
    });
  });
}

function describeReads(sides: Get): void {
  describe('#get', () => {
    it('resolves with what anybody has written, and with `undefined` for nothing', async () => {
      const { mine, theirs } = sides();
      await theirs.set('a', { b: { c: [1, null, 'x'] } });

      expect(await mine.get('a.b')).to.deep.equal({ c: [1, null, 'x'] });
      expect(await mine.get('')).to.deep.equal({ a: { b: { c: [1, null, 'x'] } } });
      expect(await mine.get('a.b.c.0')).to.equal(undefined);
      expect(await mine.get('a.toString')).to.equal(undefined);
      expect(await mine.get('x')).to.equal(undefined);
    });

    it('tells values apart that look like something else on their way', async () => {
      const { mine, theirs } = sides();
      for (const value of [
        null,
        0,
        '',
        false,
        [],
        {},
        [[]],
        [undefined as never].slice(1),
        { error: { code: 'X' } },
        [7, [1]],
      ]) {
        await theirs.set('a', value);
        expect(await mine.get('a')).to.deep.equal(value);
      }
    });

    it('takes a path as an array, in which dots are nothing special', async () => {
      const { mine, theirs } = sides();
      await mine.set(['a.b', 'c'], 1);

      expect(await theirs.get(['a.b', 'c'])).to.equal(1);
      expect(await theirs.get('a\\.b.c')).to.equal(1);
      expect(await theirs.get('a.b.c')).to.equal(undefined);
    });

    it('gives what nobody can change', async () => {
      const { mine } = sides();
      await mine.set('a', { b: [{ c: 1 }] });

      expect(isDeepFrozen(await mine.get('a'))).to.equal(true);
      expect(isDeepFrozen(mine.peek(''))).to.equal(true);
      expect(isDeepFrozen((await mine.entry('a'))?.value)).to.equal(true);
    });
  });

  describe('#entry', () => {
    it('resolves with the value, its version, and when it expires', async () => {
      const { mine, theirs, clock } = sides();
      const first = await theirs.set('a.b', 1, { ttl: 500 });
      const second = await theirs.set('a.c', 2);

      expect(await mine.entry('a.b')).to.deep.equal({ value: 1, version: first, expiresAt: clock.date() + 500 });
      expect(await mine.entry('a')).to.deep.equal({ value: { b: 1, c: 2 }, version: second, expiresAt: undefined });
      expect(await mine.entry('x')).to.equal(undefined);
    });
  });

  describe('#keys', () => {
    it('resolves with the names in an object; without a path, in the root', async () => {
      const { mine, theirs } = sides();
      await theirs.set('a', { b: 1, 'c.d': 2, list: [1] });

      expect(await mine.keys()).to.deep.equal(['a']);
      expect((await mine.keys('a')).sort()).to.deep.equal(['b', 'c.d', 'list']);
      for (const path of ['a.b', 'a.list', 'x']) expect(await mine.keys(path), path).to.deep.equal([]);
    });

    it('gives an array of its own', async () => {
      const { mine } = sides();
      await mine.set('a', 1);
      const keys: string[] = await mine.keys();
      keys.push('b');

      expect(await mine.keys()).to.deep.equal(['a']);
    });
  });
}

function describePeeks(sides: Get): void {
  describe('#peek', () => {
    it('reads without waiting, once it is attached', async () => {
      const { mine, theirs } = sides();
      await theirs.set('a', { b: 1 });
      await mine.attach();

      expect(mine.peek('a.b')).to.equal(1);
      expect(mine.peek(['a'])).to.deep.equal({ b: 1 });
      expect(mine.peek('x')).to.equal(undefined);
    });

    it('is as new as every write that was awaited', async () => {
      const { mine } = sides();
      await mine.set('a', { b: 1 });
      expect(mine.peek('')).to.deep.equal({ a: { b: 1 } });
      await mine.increment('a.b', 4);
      expect(mine.peek('a.b')).to.equal(5);
      await mine.update('a', ({ b }) => ({ c: b }));
      expect(mine.peek('a')).to.deep.equal({ c: 5 });
      await mine.transaction([
        { type: 'create', path: 'x.y', value: [1] },
        { type: 'delete', path: 'nothing' },
        { type: 'increment', path: 'n', by: -1 },
        { type: 'check', path: 'nothing', ifVersion: 0 },
        { type: 'set', path: 'a.d', value: null },
      ]);
      expect(mine.peek('')).to.deep.equal({ a: { c: 5, d: null }, x: { y: [1] }, n: -1 });
      await mine.delete('a.c');
      expect(mine.peek('a')).to.deep.equal({ d: null });
      await mine.delete('');
      expect(mine.peek('')).to.deep.equal({});
    });

    it('is as new as every read that was awaited', async () => {
      const { mine, theirs } = sides();
      await mine.attach();
      for (let number = 1; number <= 20; number++) {
        await theirs.set('a', number);
        const read = number % 2 === 0 ? await mine.get('a') : (await mine.entry('a'))?.value;
        expect([read, mine.peek('a')]).to.deep.equal([number, number]);
      }
    });

    it('comes to what others have written', async () => {
      const { mine, theirs, quiet } = sides();
      await mine.attach();
      await theirs.set('a.b', 1);
      await theirs.set('a.c', 2);
      await theirs.delete('a.b');
      await quiet();

      expect(mine.peek('')).to.deep.equal({ a: { c: 2 } });
    });

    it('gives snapshots, which later writes leave alone', async () => {
      const { mine, theirs, quiet } = sides();
      await mine.set('a', { b: { c: 1 }, d: 2 });
      const before = mine.peek('');
      await mine.set('a.b.c', 3);
      await theirs.set('a.d', 4);
      await quiet();

      expect(before).to.deep.equal({ a: { b: { c: 1 }, d: 2 } });
      expect(mine.peek('')).to.deep.equal({ a: { b: { c: 3 }, d: 4 } });
      expect(isDeepFrozen(before)).to.equal(true);
    });
  });
}

function describeSets(sides: Get): void {
  describe('#set', () => {
    it('replaces what is there, makes parents, and resolves with a version that rises', async () => {
      const { mine, theirs } = sides();
      const versions = [await mine.set('a.b.c', 1), await theirs.set('a.b', { d: 2 }), await mine.set('x', 3)];

      expect(versions).to.deep.equal([1, 2, 3]);
      expect(await theirs.get('')).to.deep.equal({ a: { b: { d: 2 } }, x: 3 });
    });

    it('keeps a copy, without what is `undefined`', async () => {
      const { mine, theirs } = sides();
      const value = { list: [1], gone: undefined, nested: { x: 1 } };
      const written = mine.set('a', value);
      value.list.push(2);
      value.nested.x = 2;
      await written;

      expect(await theirs.get('a')).to.deep.equal({ list: [1], nested: { x: 1 } });
      expect(mine.peek('a')).to.deep.equal({ list: [1], nested: { x: 1 } });
      expect(Object.isFrozen(value.list)).to.equal(false);
    });

    for (const [what, value] of [
      ['nothing', undefined],
      ['a function', { a: () => {} }],
      ['a Map', [new Map()]],
      ['NaN', Number.NaN],
      ['a bigint', 5n],
      ['a key that leads elsewhere', JSON.parse('{"__proto__":{"x":1}}')],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { mine, theirs } = sides();
        expect(await rejection(mine.set('a', value))).to.include({ code: 'CLUSTER_STORAGE_VALUE' });
        const step = { type: 'set', path: 'b', value } as const;
        expect(await rejection(mine.transaction([{ type: 'increment', path: 'n' }, step]))).to.include({
          code: 'CLUSTER_STORAGE_VALUE',
        });
        expect(await theirs.get('')).to.deep.equal({});
      });
    }

    it('refuses to write beneath a value, and says what is there', async () => {
      const { mine, theirs } = sides();
      await theirs.set('a.list', [1]);
      const error = await rejection(mine.set('a.list.0', 2));

      expect(error).to.include({ name: 'StorageTypeError', code: 'CLUSTER_STORAGE_TYPE' });
      expect(error.details).to.deep.include({ path: 'a.list' });
      expect(await mine.get('a')).to.deep.equal({ list: [1] });
    });

    it('refuses what exceeds a limit, and says which', async () => {
      const { mine } = sides();
      const tooMuch = await rejection(mine.set('a', 'x'.repeat(200_000)));
      const tooDeep = await rejection(mine.set('a.b.c', JSON.parse(`${'{"x":'.repeat(40)}1${'}'.repeat(40)}`)));

      expect(tooMuch).to.include({ name: 'StorageLimitError', code: 'CLUSTER_STORAGE_LIMIT' });
      expect(tooMuch.details).to.deep.equal({ limit: 'maxValueBytes', most: 100_000 });
      expect(tooDeep.details).to.deep.include({ limit: 'maxDepth' });
      expect(await mine.get('')).to.deep.equal({});
    });

    it('writes under a condition only if the version is the expected one', async () => {
      const { mine, theirs } = sides();
      const version = await theirs.set('a', 1);
      const error = await rejection(mine.set('a', 2, { ifVersion: version + 1 }));
      expect(error).to.include({ name: 'StorageConflictError', code: 'CLUSTER_STORAGE_CONFLICT' });
      expect(error.details).to.deep.equal({ path: 'a', expected: version + 1, version });

      await mine.set('a', 3, { ifVersion: version });
      await mine.set('b', 1, { ifVersion: 0 });

      expect(await rejection(mine.set('b', 2, { ifVersion: 0 }))).to.include({ code: 'CLUSTER_STORAGE_CONFLICT' });
      expect(await theirs.get('')).to.deep.equal({ a: 3, b: 1 });
    });
  });
}

function describeOtherWrites(sides: Get): void {
  describe('#create', () => {
    it('writes where there is nothing, and nowhere else', async () => {
      const { mine, theirs, clock } = sides();
      expect(await mine.create('a.b', 1, { ttl: 100 })).to.equal(1);
      const error = await rejection(theirs.create('a.b', 2));

      expect(error.details).to.deep.equal({ path: 'a.b', expected: 0, version: 1 });
      expect(await mine.entry('a.b')).to.deep.equal({ value: 1, version: 1, expiresAt: clock.date() + 100 });
    });

    it('lets one of many through', async () => {
      const { mine, theirs } = sides();
      const all = await Promise.allSettled([mine, theirs, mine, theirs].map((each, who) => each.create('a', who)));

      const winners = all.flatMap(({ status }, who) => (status === 'fulfilled' ? [who] : []));
      expect(winners).to.have.lengthOf(1);
      expect(await mine.get('a')).to.equal(winners[0]);
    });
  });

  describe('#increment', () => {
    it('adds, and resolves with the sum', async () => {
      const { mine, theirs } = sides();

      expect([
        await mine.increment('n'),
        await theirs.increment('n', 5),
        await mine.increment('n', -0.5),
      ]).to.deep.equal([...[1, 6, 5.5]]);
    });

    it('loses nothing, however many add at once', async () => {
      const { mine, theirs } = sides();
      const sums = await Promise.all(
        Array.from({ length: 100 }, (_, turn) => (turn % 2 ? mine : theirs).increment('n')),
      );

      expect(sums.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 100 }, (_, turn) => turn + 1));
    });

    it('refuses what is no number', async () => {
      const { mine, theirs } = sides();
      await theirs.set('a', 'one');

      expect(await rejection(mine.increment('a'))).to.include({ code: 'CLUSTER_STORAGE_TYPE' });
      expect(await mine.get('a')).to.equal('one');
    });

    it('keeps the expiry', async () => {
      const { mine, clock } = sides();
      await mine.set('n', 1, { ttl: 100 });
      await mine.increment('n');

      expect(await mine.entry('n')).to.deep.include({ value: 2, expiresAt: clock.date() + 100 });
    });
  });

  describe('#delete', () => {
    it('removes what is there with all below, and says whether there was something', async () => {
      const { mine, theirs } = sides();
      await theirs.set('a.b', { c: 1 });

      expect(await mine.delete('a.b')).to.equal(true);
      expect(await mine.delete('a.b')).to.equal(false);
      expect(await mine.delete('a.b.c')).to.equal(false);
      expect(await theirs.get('')).to.deep.equal({ a: {} });
    });

    it('removes only the expected version', async () => {
      const { mine, theirs } = sides();
      const version = await theirs.set('a', 1);

      expect(await rejection(mine.delete('a', { ifVersion: version + 1 }))).to.include({
        name: 'StorageConflictError',
      });
      expect(await mine.delete('a', { ifVersion: version })).to.equal(true);
      expect(await mine.delete('a', { ifVersion: 0 })).to.equal(false);
    });
  });
}

function describeUpdates(sides: Get): void {
  describe('#update', () => {
    it('replaces a value by what is made of it, and resolves with that', async () => {
      const { mine, theirs } = sides();
      expect(await mine.update('a', (value = { count: 0 }) => ({ count: value.count + 1 }))).to.deep.equal({
        count: 1,
      });
      expect(await mine.update('a', async value => ({ count: value.count + 1 }))).to.deep.equal({ count: 2 });

      expect(await theirs.get('a')).to.deep.equal({ count: 2 });
    });

    it('loses nothing when others write at the same time', async () => {
      const { mine, theirs } = sides();
      const add = (value = 0) => value + 1;
      await Promise.all(Array.from({ length: 20 }, (_, turn) => (turn % 2 ? mine : theirs).update('n', add)));

      expect(await mine.get('n')).to.equal(20);
    });

    it('calls again when somebody was faster, with what is there then', async () => {
      const { mine, theirs } = sides();
      const seen: unknown[] = [];
      await mine.update('a', async value => {
        seen.push(value);
        if (seen.length < 3) await theirs.set('a', seen.length);
        return `mine after ${value}`;
      });

      expect(seen).to.deep.equal([undefined, 1, 2]);
      expect(await theirs.get('a')).to.equal('mine after 2');
    });

    it('gives up after the last attempt', async () => {
      const { mine, theirs } = sides();
      let calls = 0;
      const error = await rejection(
        mine.update('a', () => theirs.set('a', ++calls).then(() => 'mine'), { attempts: 3 }),
      );

      expect(error).to.include({ name: 'StorageConflictError', code: 'CLUSTER_STORAGE_CONFLICT' });
      expect(calls).to.equal(3);
      expect(await mine.get('a')).to.equal(3);
    });

    it('writes nothing for `undefined`, and resolves with what is there', async () => {
      const { mine, theirs } = sides();
      const version = await theirs.set('a', { b: 1 });

      expect(await mine.update('a', () => undefined)).to.deep.equal({ b: 1 });
      expect(await mine.update('x', () => undefined)).to.equal(undefined);
      expect(await mine.entry('')).to.deep.include({ version });
    });

    it('fails with what is thrown, and writes nothing', async () => {
      const { mine } = sides();
      const error = new Error('no');
      const thrower = () => {
        throw error;
      };

      expect(await rejection(mine.update('a', thrower))).to.equal(error);
      expect(await rejection(mine.update('a', () => Promise.reject(error)))).to.equal(error);
      expect(await mine.get('')).to.deep.equal({});
    });

    it('fails at once with anything but a conflict', async () => {
      const { mine, theirs } = sides();
      await theirs.set('a', 1);
      let calls = 0;
      const error = await rejection(mine.update('a.b', () => ++calls));

      expect(error).to.include({ code: 'CLUSTER_STORAGE_TYPE' });
      expect(calls).to.equal(1);
    });

    it('gives what cannot be changed, and resolves with a frozen copy', async () => {
      const { mine } = sides();
      await mine.set('a', { b: [1] });
      const made = { b: [2] };
      const result = await mine.update('a', value => {
        expect(isDeepFrozen(value)).to.equal(true);
        return made;
      });

      expect(isDeepFrozen(result)).to.equal(true);
      expect(result).to.deep.equal(made);
      expect(Object.isFrozen(made)).to.equal(false);
    });

    it('keeps the expiry, unless it gets one', async () => {
      const { mine, clock } = sides();
      await mine.set('a', 1, { ttl: 100 });
      clock.advance(10);
      await mine.update('a', () => 2);
      expect(await mine.entry('a')).to.deep.include({ value: 2, expiresAt: clock.date() + 90 });

      await mine.update('a', () => 3, { ttl: 500 });
      expect(await mine.entry('a')).to.deep.include({ expiresAt: clock.date() + 500 });

      await mine.update('a', () => 4, { ttl: Number.POSITIVE_INFINITY });
      expect(await mine.entry('a')).to.deep.include({ value: 4, expiresAt: undefined });
    });
  });
}

function describeTransactions(sides: Get): void {
  describe('#transaction', () => {
    it('carries out all operations, and resolves with what each returns', async () => {
      const { mine, theirs, clock } = sides();
      const version = await theirs.set('old', { x: 1 });
      const results = await mine.transaction([
        { type: 'check', path: 'old', ifVersion: version },
        { type: 'set', path: 'a', value: 1, ttl: 100 },
        { type: 'create', path: 'b', value: { c: 2 } },
        { type: 'increment', path: 'b.c', by: 5 },
        { type: 'increment', path: 'n' },
        { type: 'delete', path: 'old.x' },
        { type: 'delete', path: 'nothing' },
        { type: 'set', path: 'a', value: 2, ifVersion: version + 1 },
      ]);

      expect(results).to.deep.equal([version, version + 1, version + 2, 7, 1, true, false, version + 6]);
      expect(await theirs.get('')).to.deep.equal({ a: 2, b: { c: 7 }, n: 1, old: {} });
      expect(await mine.entry('a')).to.deep.include({ expiresAt: undefined });
      expect(clock.pending).to.equal(0);
    });

    it('writes nothing if one of them fails, and takes no number', async () => {
      const { mine, theirs } = sides();
      const version = await theirs.set('a', { b: 1 });
      for (const last of [
        { type: 'create', path: 'a', value: 1 },
        { type: 'check', path: 'a', ifVersion: 0 },
        { type: 'delete', path: 'a.b', ifVersion: 0 },
        { type: 'increment', path: 'a' },
        { type: 'set', path: 'a.b.c', value: 1 },
      ] as const) {
        const first = { type: 'set', path: 'a.b', value: 2 } as const;
        const error = await rejection(mine.transaction([{ type: 'increment', path: 'n' }, first, last]));
        expect(error.code, last.type).to.match(/^CLUSTER_STORAGE_(CONFLICT|TYPE)$/);
      }

      expect(await theirs.entry('')).to.deep.include({ value: { a: { b: 1 } }, version });
      expect(mine.peek('')).to.deep.equal({ a: { b: 1 } });
    });

    it('does nothing without operations', async () => {
      const { mine, theirs } = sides();

      expect(await mine.transaction([])).to.deep.equal([]);
      expect(await theirs.set('a', 1)).to.equal(1);
    });
  });
}

function describeExpiries(sides: Get): void {
  describe('a ttl', () => {
    it('ends what was written, on both sides', async () => {
      const { mine, theirs, clock, quiet } = sides();
      await theirs.attach();
      await mine.set('a.b', 1, { ttl: 100 });
      await theirs.set('a.c', 2, { ttl: 200 });
      clock.advance(99);
      expect(await theirs.get('a')).to.deep.equal({ b: 1, c: 2 });

      clock.advance(1);
      await quiet();
      expect([mine.peek('a'), theirs.peek('a')]).to.deep.equal([{ c: 2 }, { c: 2 }]);

      clock.advance(100);
      expect(await mine.get('a')).to.deep.equal({});
      expect(await mine.entry('')).to.deep.include({ version: 4 });
      expect(clock.pending).to.equal(0);
    });

    it('begins anew with each write, and is gone with one that has none', async () => {
      const { mine, clock } = sides();
      await mine.set('a', 1, { ttl: 100 });
      await mine.set('b', 1, { ttl: 100 });
      clock.advance(60);
      await mine.set('a', 2, { ttl: 100 });
      await mine.set('b', 2);
      clock.advance(60);

      expect(await mine.get('')).to.deep.equal({ a: 2, b: 2 });
      clock.advance(40);
      expect(await mine.get('')).to.deep.equal({ b: 2 });
    });
  });
}

function describeSnapshots(sides: Get): void {
  describe('#snapshot and #restore', () => {
    it('carry everything, expiries too, by way of JSON', async () => {
      const { mine, theirs, clock } = sides();
      await theirs.set('a.b', [1, { c: 2 }]);
      await mine.set(['x.y', 'z'], 'text', { ttl: 100 });
      const snapshot = await mine.snapshot();
      expect(snapshot).to.deep.equal({
        version: 2,
        value: { a: { b: [1, { c: 2 }] }, 'x.y': { z: 'text' } },
        expiries: { 'x\\.y.z': clock.date() + 100 },
      });
      await theirs.set('a', 5);
      await theirs.set('new', 1);

      expect(await mine.restore(JSON.parse(JSON.stringify(snapshot)))).to.equal(5);

      expect(mine.peek('')).to.deep.equal(snapshot.value);
      expect(await theirs.snapshot()).to.deep.equal({ ...snapshot, version: 5 });
      clock.advance(100);
      expect(await theirs.get('')).to.deep.equal({ a: { b: [1, { c: 2 }] }, 'x.y': {} });
    });

    it('leave out what has expired', async () => {
      const { mine, theirs, clock, quiet } = sides();
      await Promise.all([mine.attach(), theirs.attach()]);
      const value = { a: { b: 1, c: 2 }, d: 3 };
      const expiries = { 'a.b': clock.date() - 1, d: clock.date(), 'a.c': clock.date() + 1, nothing: clock.date() + 5 };

      await mine.restore({ version: 1, value, expiries });
      await quiet();

      expect(mine.peek('')).to.deep.equal({ a: { c: 2 } });
      expect(theirs.peek('')).to.deep.equal({ a: { c: 2 } });
      expect(await mine.snapshot()).to.deep.include({ expiries: { 'a.c': clock.date() + 1 } });
    });

    it('give what nobody can change', async () => {
      const { mine } = sides();
      await mine.set('a', { b: [1] });

      expect(isDeepFrozen((await mine.snapshot()).value)).to.equal(true);
    });

    it('refuse values and paths that the storage does not hold', async () => {
      const { mine } = sides();
      const value = { a: new Date() as never };
      expect(await rejection(mine.restore({ version: 1, value, expiries: {} }))).to.include({
        code: 'CLUSTER_STORAGE_VALUE',
      });
      expect(await rejection(mine.restore({ version: 1, value: {}, expiries: { 'a..b': 1 } }))).to.include({
        code: 'CLUSTER_STORAGE_PATH',
      });
    });
  });
}
