import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { InvalidOptionError } from '../../lib/errors/errors.js';
import { StorageDeniedError, StoragePathError } from '../../lib/errors/storage-errors.js';
import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import { Access, type AccessRules, accessRule } from '../../lib/storage/access.js';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { Storable, StoredChange, Write } from '../../lib/storage/store.js';
import { Tree } from '../../lib/storage/tree.js';
import { arbitraryPath, arbitraryValue, changeOf, expiryOf, partOfTree, pathTo } from '../support/changes.js';
import { FakeClock } from '../support/fake-clock.js';

function levelsAt(rules: AccessRules, ...paths: readonly string[]): string[] {
  const access = new Access('api', rules);
  return paths.map(text => {
    const path = pathTo(text);
    return access.mayWrite(path) ? 'write' : access.mayRead(path) ? 'read' : 'none';
  });
}

describe('Access', () => {
  it('allows everything where there is no rule', () => {
    const access = new Access('api');

    expect(levelsAt({}, '', 'a', 'a.b')).to.deep.equal(['write', 'write', 'write']);
    expect([access.restrictsReading, access.restrictsWriting]).to.deep.equal([false, false]);
  });

  it('follows the longest path that has a rule, by segments', () => {
    const rules: AccessRules = { a: 'read', 'a.b': 'write', 'a.b.c': 'none' };

    expect(levelsAt(rules, 'a', 'a.x', 'a.b.x', 'a.b.x.y', 'a.b.c', 'a.b.c.d', 'ab', 'b')).to.deep.equal([
      ...['read', 'read', 'write', 'write', 'none', 'none', 'write', 'write'],
    ]);
  });

  it('has a rule for the root as for any other', () => {
    expect(levelsAt({ '': 'none', a: 'read' }, 'b', 'a', 'a.b')).to.deep.equal(['none', 'read', 'read']);
  });

  it('allows to write only where that is so of everything below', () => {
    expect(levelsAt({ 'a.b.c': 'read' }, '', 'a', 'a.b', 'a.b.c', 'a.c')).to.deep.equal([
      ...['read', 'read', 'read', 'read', 'write'],
    ]);
    expect(levelsAt({ 'a.b': 'write' }, '', 'a')).to.deep.equal(['write', 'write']);
  });

  it('allows to read where there may be something to see below', () => {
    expect(levelsAt({ a: 'none', 'a.b.c': 'read' }, 'a', 'a.b', 'a.b.c', 'a.c')).to.deep.equal([
      ...['read', 'read', 'read', 'none'],
    ]);
  });

  it('says whether it restricts anything', () => {
    const [none, read, same] = (['none', 'read', 'write'] as const).map(level => new Access('api', { 'a.b': level }));

    expect([none, read, same].map(access => access?.restrictsReading)).to.deep.equal([true, false, false]);
    expect([none, read, same].map(access => access?.restrictsWriting)).to.deep.equal([true, true, false]);
  });

  it('takes paths in dot notation only if they are any', () => {
    expect(levelsAt({ 'a\\.b': 'none' }, 'a.b')).to.deep.equal(['write']);
    expect(new Access('api', { 'a\\.b': 'none' }).mayRead(parsePath(['a.b']))).to.equal(false);
    expect(() => new Access('api', { 'a..b': 'none' })).to.throw(StoragePathError);
  });

  it('keeps its rules, to be made again elsewhere', () => {
    const rules: AccessRules = { a: 'none' };

    expect(new Access('api', rules).rules).to.equal(rules);
  });

  describe('#assertRead and #assertWrite', () => {
    const access = new Access('api', { secret: 'none', fixed: 'read' });

    it('let pass what is allowed', () => {
      access.assertRead(pathTo('fixed.x'));
      access.assertWrite(pathTo('other'));
    });

    it('refuse what is not, and say who may not do what, and where', () => {
      expect(() => access.assertRead(pathTo('secret.x')))
        .to.throw(StorageDeniedError, 'The group `api` may not read `secret.x` in the storage')
        .with.deep.property('details', { path: 'secret.x', group: 'api', access: 'read' });
      expect(() => access.assertWrite(pathTo('')))
        .to.throw(StorageDeniedError, 'The group `api` may not write all of the storage')
        .with.deep.property('details', { path: '', group: 'api', access: 'write' });
      expect(() => access.assertWrite(pathTo('fixed.x'))).to.throw(StorageDeniedError);
    });
  });

  describe('#prune', () => {
    const access = new Access('api', { 'a.secret': 'none', hidden: 'none', 'hidden.b.public': 'read' });

    it('gives the value itself where nothing is hidden', () => {
      const value = Object.freeze({ b: 1 });

      expect(access.prune(value, pathTo('a'))).to.equal(value);
      expect(access.prune(value, pathTo('c'))).to.equal(value);
      expect(access.prune(undefined, pathTo('a'))).to.equal(undefined);
    });

    it('leaves out what is hidden, and shares the rest', () => {
      const rest = Object.freeze({ n: 1 });
      const seen = access.prune({ a: { secret: 1, rest }, hidden: 5, list: [1] }, pathTo(''));

      expect(seen).to.deep.equal({ a: { rest }, list: [1] });
      expect(partOfTree(seen, ['a', 'rest'])).to.equal(rest);
      expect(seen).to.be.frozen;
      expect(partOfTree(seen, ['a'])).to.be.frozen;
    });

    it('gives an object in which everything is hidden, if it may be read itself', () => {
      expect(access.prune({ secret: 1 }, pathTo('a'))).to.deep.equal({});
      expect(access.prune('text', pathTo('a'))).to.equal('text');
    });

    it('gives of what is hidden only what has a rule of its own', () => {
      const value = { x: 1, b: { y: 1, public: { n: 1 } } };

      expect(access.prune(value, pathTo('hidden'))).to.deep.equal({ b: { public: { n: 1 } } });
      expect(access.prune(value, pathTo(''))).to.equal(value);
      for (const nothing of [{ x: 1 }, { b: {} }, { b: 1 }, {}, 'text', [1]]) {
        expect(access.prune(nothing, pathTo('hidden')), JSON.stringify(nothing)).to.equal(undefined);
      }
    });

    it('always finds the root, empty or not', () => {
      expect(new Access('api', { '': 'none' }).prune({ a: 1 }, pathTo(''))).to.deep.equal({}).and.be.frozen;
      expect(new Access('api', { '': 'none' }).whole({ a: 1 })).to.deep.equal({});
    });

    it('takes nothing for a property that is inherited', () => {
      const odd = new Access('api', { a: 'none', 'a.toString': 'read', 'a.valueOf.x': 'read' });

      expect(odd.prune({ b: 1 }, pathTo('a'))).to.equal(undefined);
    });
  });

  describe('#entry and #snapshot', () => {
    const access = new Access('api', { 'a.secret': 'none', hidden: 'none', 'hidden.public': 'read' });

    it('show what the group sees', () => {
      const entry = { value: { n: 1, secret: 2 }, version: 7, expiresAt: 5 };

      expect(access.entry(entry, pathTo('a'))).to.deep.equal({ ...entry, value: { n: 1 } });
      expect(access.entry(entry, pathTo('b'))).to.equal(entry);
      expect(access.entry(entry, pathTo('hidden'))).to.equal(undefined);
    });

    it('name no path that the group does not see', () => {
      const expiries = ['a', 'a.secret', 'hidden', 'hidden.public', 'b'].map(path => ({
        path: pathTo(path),
        expiresAt: 5,
      }));
      const snapshot = { version: 7, value: { a: { secret: 1 }, hidden: { x: 1 }, b: 1 }, expiries };

      const seen = access.snapshot(snapshot);

      expect({ ...seen, expiries: seen.expiries.map(({ path }) => path.text) }).to.deep.equal({
        ...{ version: 7, value: { a: {}, b: 1 }, expiries: ['a', 'b'] },
      });
      expect(new Access('api', { a: 'read' }).snapshot(snapshot)).to.equal(snapshot);
    });
  });

  describe('#narrow', () => {
    const access = new Access('api', { 'a.secret': 'none', hidden: 'none', 'hidden.b.public': 'read' });

    it('leaves alone what is seen as it is', () => {
      const changes = [
        changeOf(1, 'b', 1),
        changeOf(1, 'a.c', 1),
        changeOf(1, 'a', { n: 1 }),
        changeOf(1, 'a'),
        expiryOf(1, 'hidden'),
      ];

      for (const change of changes) expect(access.narrow(change), change.path.text).to.equal(change);
    });

    it('is nothing where nothing is seen', () => {
      const changes = [
        changeOf(1, 'a.secret', 1),
        changeOf(1, 'hidden.x', 1),
        changeOf(1, 'hidden.b.x'),
        expiryOf(1, 'a.secret.x'),
      ];

      for (const change of changes) expect(access.narrow(change), change.path.text).to.equal(undefined);
    });

    it('shows of a value what is seen of it', () => {
      const change = { ...changeOf(3, 'a', { n: 1, secret: 2 }), expiresAt: 9 };

      expect(access.narrow(change)).to.deep.equal({ ...change, value: { n: 1 } });
    });

    it('is a deletion if nothing is seen any more', () => {
      const change = { ...changeOf(3, 'hidden', { x: 1 }), expiresAt: 9 };

      expect(access.narrow(change)).to.deep.equal({
        ...change,
        type: 'delete',
        value: undefined,
        expiresAt: undefined,
      });
    });

    it('shows an object that was made for something hidden', () => {
      const change = { ...changeOf(3, 'a.secret.x', 1), made: 2 };

      expect(access.narrow(change)).to.deep.include({ version: 3, type: 'set', value: {} });
      expect(access.narrow(change)?.path).to.deep.equal(pathTo('a'));
      expect(access.narrow({ ...change, made: 1 })).to.equal(undefined);
      expect(access.narrow({ ...changeOf(3, 'hidden.x.y', 1), made: 2 })).to.equal(undefined);
    });
  });

  it('shows each group exactly what its rules say, however that has come about', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRules, fc.array(arbitraryStep, { maxLength: 25 }), async (rules, steps) => {
        const trial = new Trial(rules);
        for (const step of steps) trial.take(step);
      }),
      { numRuns: 1_000 },
    );
  });

  it('allows what its rules say', () => {
    fc.assert(
      fc.property(arbitraryRules, arbitraryPath(4), (rules, path) => {
        const below = Object.keys(rules).filter(rule => startsWith(rule, path) && rule !== path);
        const levels = [levelOf(rules, path), ...below.map(rule => rules[rule])];
        const access = new Access('api', rules);

        expect(access.mayWrite(pathTo(path))).to.equal(levels.every(level => level === 'write'));
        expect(access.mayRead(pathTo(path))).to.equal(levels.some(level => level !== 'none'));
      }),
    );
  });
});

describe('accessRule', () => {
  const resolve = (access: unknown) => resolveOptions({ access }, { access: accessRule }, 'storage').access;

  it('takes levels by group and path, and freezes them', () => {
    const access = { api: { '': 'read', 'a.b': 'none' }, jobs: {} };

    expect(resolve(access)).to.deep.equal(access).and.be.frozen;
    expect((resolve(access) as typeof access).api).to.be.frozen;
    expect(resolve(undefined)).to.deep.equal({});
  });

  it('says exactly what is wrong', () => {
    const complaints = [
      [5, 'Expected `access` to be an object, got `5` (number)'],
      [{ '': {} }, 'Expected `a name in access` to be a non-empty string, got `""` (string)'],
      [{ api: 'read' }, 'Expected `access.api` to be an object, got `"read"` (string)'],
      [
        { api: { 'a..b': 'read' } },
        'Expected `a name in access.api` to be a path of the storage, got `"a..b"` (string)',
      ],
      [{ api: { 'a.b': 'rw' } }, 'Expected `access.api.a.b` to be one of "none", "read", "write", got `"rw"` (string)'],
    ] as const;
    for (const [given, message] of complaints) expect(() => resolve(given)).to.throw(InvalidOptionError, message);
  });
});

const arbitraryRules: fc.Arbitrary<AccessRules> = fc.dictionary(
  arbitraryPath(),
  fc.constantFrom('none', 'none', 'read', 'write'),
  { maxKeys: 4, noNullPrototype: true },
);

const arbitraryStep = fc.record({
  path: arbitraryPath(4),
  value: fc.option(arbitraryValue, { nil: undefined }),
  ttl: fc.option(fc.nat(3), { nil: undefined }),
  isOwn: fc.boolean(),
});

/** A store, and next to it what a group with such rules has been told of it. */
class Trial {
  readonly #clock = new FakeClock();
  readonly #store = new MemoryStore();
  readonly #access: Access;
  readonly #rules: AccessRules;
  readonly #seen = new Tree();
  #isOwn = false;

  constructor(rules: AccessRules) {
    this.#rules = rules;
    this.#access = new Access('api', rules);
    const most = 1_000_000;
    this.#store.open({
      clock: this.#clock,
      limits: { maxDepth: 32, maxKeys: most, maxBytes: most, maxValueBytes: most },
      committed: changes => this.#tell(changes),
    });
  }

  take({
    path,
    value,
    ttl,
    isOwn,
  }: {
    path: string;
    value: Storable | undefined;
    ttl: number | undefined;
    isOwn: boolean;
  }): void {
    const at = pathTo(path);
    this.#isOwn = isOwn && this.#access.mayWrite(at);
    const expiresAt = ttl === undefined ? undefined : this.#clock.date() + ttl;
    const write: Write =
      value === undefined ? { type: 'delete', path: at } : { type: 'set', path: at, value, expiresAt };
    // Nothing goes beneath a value, and the root is an object.
    attemptTo(() => this.#store.commit([write]));
    this.#isOwn = false;
    this.#clock.advance(1);
    this.#compare(at.segments);
  }

  #tell(changes: readonly StoredChange[]): void {
    for (const change of changes) {
      // What a group has written itself, it need not be told.
      const seen = this.#isOwn && change.type !== 'expire' ? change : this.#access.narrow(change);
      if (seen === undefined) continue;

      const { value, path } = seen;
      if (value === undefined && path.segments.length > 0) this.#access.removeFrom(this.#seen, path);
      else this.#seen.set(path.segments, value === undefined ? {} : value);
    }
  }

  #compare(segments: readonly string[]): void {
    const snapshot = this.#store.snapshot();
    const expected = seenBy(this.#rules, snapshot.value, []) ?? {};
    expect(this.#seen.snapshot()).to.deep.equal(expected);
    expect(this.#access.whole(snapshot.value)).to.deep.equal(expected);

    const path = { text: segments.join('.'), segments };
    const here = this.#access.prune(partOfTree(snapshot.value, segments), path);
    expect(here).to.deep.equal(partOfTree(expected, segments));
  }
}

function attemptTo(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).to.have.property('code', 'CLUSTER_STORAGE_TYPE');
  }
}

/** What somebody with such rules sees of a value: by the book, and without a thought for speed. */
function seenBy(rules: AccessRules, value: Storable, path: readonly string[]): Storable | undefined {
  const mayRead = levelOf(rules, path.join('.')) !== 'none';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return mayRead ? value : undefined;

  const parts = Object.entries(value)
    .map(([name, part]) => [name, seenBy(rules, part, [...path, name])] as const)
    .filter(([, part]) => part !== undefined);
  return mayRead || parts.length > 0 ? (Object.fromEntries(parts) as Storable) : undefined;
}

function levelOf(rules: AccessRules, path: string): string {
  const [longest] = Object.keys(rules)
    .filter(rule => startsWith(path, rule))
    .sort((one, other) => other.length - one.length);
  return longest === undefined ? 'write' : (rules[longest] as string);
}

function startsWith(path: string, prefix: string): boolean {
  return prefix === '' || path === prefix || path.startsWith(`${prefix}.`);
}
