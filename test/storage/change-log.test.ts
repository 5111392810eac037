import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type ChangeAmount, ChangeLog } from '../../lib/storage/change-log.js';
import type { StoredChange } from '../../lib/storage/store.js';
import { changeOf } from '../support/changes.js';
import { collectGarbage } from '../support/garbage.js';
import { settled } from '../support/settled.js';

const unbounded: ChangeAmount = { changes: Number.POSITIVE_INFINITY, weight: Number.POSITIVE_INFINITY };

/** One commit for each version. */
function logOf(versions: readonly number[], most = unbounded): ChangeLog {
  const log = new ChangeLog(most);
  for (const version of versions) log.add([changeOf(version, 'a')]);
  return log;
}

function versionsOf(changes: readonly StoredChange[] | undefined): number[] | undefined {
  return changes?.map(({ version }) => version);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** Whether the object lives on is up to the log alone. */
function addObject(log: ChangeLog, version: number): WeakRef<object> {
  const value = { version };
  log.add([changeOf(version, 'a', value)]);
  return new WeakRef(value);
}

describe('ChangeLog', () => {
  it('knows nothing, and misses nothing, at first', () => {
    const log = new ChangeLog();

    expect([log.oldest, log.newest, log.since(0), log.since(7)]).to.deep.equal([0, 0, [], []]);
  });

  it('gives the very objects that were added', () => {
    const [first, second] = [changeOf(1, 'a', 1), changeOf(2, 'b', 2)];
    const log = new ChangeLog();
    log.add([first, second]);

    expect(log.since(0)?.[0]).to.equal(first);
    expect(log.since(1)?.[0]).to.equal(second);
  });

  it('takes nothing for no change', () => {
    const log = logOf([1]);
    log.add([]);

    expect(log.newest).to.equal(1);
    expect(log.held).to.deep.equal({ changes: 1, weight: 1 });
  });

  it('remembers as many changes as it may', () => {
    const log = logOf(upTo(100), { ...unbounded, changes: 40 });

    expect(log.oldest).to.equal(60);
    expect(versionsOf(log.since(60))).to.deep.equal(upTo(100).slice(60));
    expect(log.since(59)).to.equal(undefined);
    expect(log.held.changes).to.equal(40);
  });

  it('remembers as much as it may', () => {
    const log = new ChangeLog({ ...unbounded, weight: 10 });
    for (const version of upTo(9)) log.add([changeOf(version, 'a', 1, 3)]);

    expect(versionsOf(log.since(log.oldest))).to.deep.equal([7, 8, 9]);
    expect(log.held).to.deep.equal({ changes: 3, weight: 9 });
  });

  it('remembers the last change even if that alone is too heavy', () => {
    const log = new ChangeLog({ ...unbounded, weight: 10 });
    log.add([changeOf(1, 'a', 1, 3)]);
    log.add([changeOf(2, 'a', 1, 50)]);

    expect(versionsOf(log.since(1))).to.deep.equal([2]);
    log.add([changeOf(3, 'a', 1, 3)]);
    expect(versionsOf(log.since(log.oldest))).to.deep.equal([3]);
  });

  it('holds 10,000 changes that nobody needs', () => {
    const log = new ChangeLog();
    for (let version = 1; version <= 10_005; version++) log.add([changeOf(version, 'a')]);

    expect(log.oldest).to.equal(5);
    expect(log.since(5)).to.have.lengthOf(10_000);
  });

  it('holds what is needed, and no longer than that', () => {
    const log = new ChangeLog();
    log.forgetUpTo(100);
    for (let version = 1; version <= 20_000; version++) log.add([changeOf(version, 'a')]);
    expect(log.oldest).to.equal(100);

    log.forgetUpTo(15_000);
    log.add([changeOf(20_001, 'a')]);
    expect(log.oldest).to.equal(10_001);
  });

  it('holds 100,000 changes at most unless told otherwise', () => {
    const log = new ChangeLog();
    log.forgetUpTo(0);
    for (let version = 1; version <= 100_005; version++) log.add([changeOf(version, 'a')]);

    expect(log.oldest).to.equal(5);
    expect(log.since(5)).to.have.lengthOf(100_000);
  });

  it('lets go of what it forgets', async () => {
    const log = new ChangeLog({ ...unbounded, changes: 2 });
    const values = [1, 2, 3].map(version => addObject(log, version));
    await settled();

    collectGarbage();

    expect(values.map(value => value.deref() !== undefined)).to.deep.equal([false, true, true]);
    expect(log.held).to.deep.equal({ changes: 2, weight: 2 });
  });

  describe('#next', () => {
    it('gives so many at most', () => {
      const log = logOf(upTo(10));

      expect(versionsOf(log.next(0, { ...unbounded, changes: 3 }))).to.deep.equal([1, 2, 3]);
      expect(versionsOf(log.next(3, { ...unbounded, weight: 2 }))).to.deep.equal([4, 5]);
      expect(versionsOf(log.next(9, unbounded))).to.deep.equal([10]);
      expect(log.next(10, unbounded)).to.deep.equal([]);
    });

    it('does not tear apart what took place together', () => {
      const log = logOf([1]);
      log.add([changeOf(2, 'a'), changeOf(3, 'b'), changeOf(4, 'c')]);

      expect(versionsOf(log.next(0, { ...unbounded, changes: 2 }))).to.deep.equal([1]);
      expect(versionsOf(log.next(1, { ...unbounded, changes: 2 }))).to.deep.equal([2, 3, 4]);
      expect(versionsOf(log.next(1, { ...unbounded, weight: 2 }))).to.deep.equal([2, 3, 4]);
      expect(versionsOf(log.next(2, { ...unbounded, changes: 1 }))).to.deep.equal([3, 4]);
    });

    it('gives at least one, however heavy it is', () => {
      const log = new ChangeLog(unbounded);
      log.add([changeOf(1, 'a', 1, 1_000)]);

      expect(versionsOf(log.next(0, { changes: 1, weight: 10 }))).to.deep.equal([1]);
    });

    it('says when something is forgotten', () => {
      expect(logOf(upTo(5), { ...unbounded, changes: 2 }).next(2, unbounded)).to.equal(undefined);
    });
  });

  describe('#reset', () => {
    it('begins anew', () => {
      const log = logOf(upTo(100));

      log.reset(500);

      expect([log.oldest, log.newest, log.since(500), log.since(499)]).to.deep.equal([500, 500, [], undefined]);
      log.add([changeOf(502, 'a')]);
      expect(versionsOf(log.since(500))).to.deep.equal([502]);
    });
  });

  it('agrees with a plain list, whatever is added', () => {
    const commit = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), weight: fc.nat(9) }), { maxLength: 6 });
    const limits = fc.record({ changes: fc.integer({ min: 1, max: 40 }), weight: fc.integer({ min: 1, max: 120 }) });
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 60 }), limits, limits, (commits, most, mostAtOnce) => {
        const log = new ChangeLog(most);
        const model = new Model(most);
        for (const each of commits) {
          const changes = model.commit(each);
          log.add(changes);
          model.add(changes);
        }
        expect(log.oldest).to.equal(model.oldest);
        for (let version = 0; version <= model.version + 1; version++) {
          expect(log.since(version)).to.deep.equal(model.since(version));
          expect(log.next(version, mostAtOnce)).to.deep.equal(model.next(version, mostAtOnce));
        }
      }),
      { numRuns: 300 },
    );
  });
});

class Model {
  readonly #most: ChangeAmount;
  #known: { readonly change: StoredChange; readonly commit: readonly StoredChange[] }[] = [];
  version = 0;
  oldest = 0;

  constructor(most: ChangeAmount) {
    this.#most = most;
  }

  commit(parts: readonly { readonly gap: number; readonly weight: number }[]): StoredChange[] {
    return parts.map(({ gap, weight }) => {
      this.version += gap;
      return changeOf(this.version, 'a', this.version, weight);
    });
  }

  add(commit: readonly StoredChange[]): void {
    this.#known.push(...commit.map(change => ({ change, commit })));
    while (this.#known.length > 1 && this.#isTooMuch()) this.oldest = this.#known.shift()?.change.version ?? 0;
  }

  since(version: number): StoredChange[] | undefined {
    if (version < this.oldest) return undefined;
    return this.#known.map(({ change }) => change).filter(change => change.version > version);
  }

  next(version: number, most: ChangeAmount): StoredChange[] | undefined {
    const all = this.since(version);
    if (all === undefined) return undefined;

    const commits = [...new Set(this.#known.map(({ commit }) => commit))].map(commit =>
      commit.filter(c => all.includes(c)),
    );
    let taken: StoredChange[] = [];
    for (const commit of commits) {
      const more = [...taken, ...commit];
      if (taken.length > 0 && (more.length > most.changes || weigh(more) > most.weight)) break;
      taken = more;
    }
    return taken;
  }

  #isTooMuch(): boolean {
    return (
      this.#known.length > this.#most.changes || weigh(this.#known.map(({ change }) => change)) > this.#most.weight
    );
  }
}

function weigh(changes: readonly StoredChange[]): number {
  return changes.reduce((sum, { weight }) => sum + weight, 0);
}
