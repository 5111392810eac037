import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { parsePath, pathOf } from '../../lib/storage/storage-path.js';
import type { StoredChange, StoreLimits, Write } from '../../lib/storage/store.js';
import { attempt } from '../../lib/util/attempt.js';
import { FakeClock } from '../support/fake-clock.js';
import { rejection } from '../support/thrown.js';
import { type Action, arbitraryActions, withVersions } from './arbitrary-writes.js';
import { OpenedStore, roomy, write } from './opened-store.js';
import { storeContract } from './store-contract.js';
import { pictureOf, StoreModel } from './store-model.js';

storeContract('MemoryStore', () => ({ store: new MemoryStore() }));

/** A store and its model, to which the same happens. */
class Both {
  readonly #clock = new FakeClock(1_000);
  readonly #store = new MemoryStore();
  readonly #model: StoreModel;
  readonly #told: StoredChange[] = [];

  constructor(limits: Partial<StoreLimits>) {
    const both = { ...roomy, ...limits };
    this.#model = new StoreModel(both);
    this.#store.open({ clock: this.#clock, limits: both, committed: changes => this.#told.push(...changes) });
  }

  act(action: Action): void {
    if (action.type === 'wait') this.#clock.advance(action.ms);
    else if (action.type === 'look') this.compare();
    else this.#commit(action.writes);
  }

  #commit(all: readonly Write[]): void {
    const writes = withVersions(all, path => this.#store.entry(path)?.version ?? 0);
    const results = attempt(() => this.#store.commit(writes).results, undefined);
    expect(results).to.deep.equal(this.#model.commit(writes, this.#clock.date()));
  }

  compare(): void {
    this.#model.expire(this.#clock.date());
    const picture = pictureOf(this.#store.snapshot(), path => this.#store.entry(pathOf(path))?.version ?? 0);
    expect(picture).to.deep.equal(this.#model.picture());
    expect(this.#told.map(({ weight, path, ...rest }) => ({ ...rest, path: path.text }))).to.deep.equal(
      this.#model.changes,
    );
  }
}

describe('MemoryStore', () => {
  const open = () => OpenedStore.open({ store: new MemoryStore() });

  it('does what a store does that copies everything', () => {
    const limits = fc.constantFrom<Partial<StoreLimits>>({}, { maxKeys: 12 }, { maxBytes: 200 });
    fc.assert(
      fc.property(arbitraryActions, limits, (actions, some) => {
        const both = new Both(some);
        for (const action of actions) both.act(action);
        both.compare();
      }),
      { numRuns: 1_000 },
    );
  });

  it('answers at once', () => {
    const store = new MemoryStore();
    store.open({ clock: new FakeClock(), limits: roomy, committed: () => {} });

    expect(store.commit([write.set('a.b', 1)])).to.deep.equal({ version: 1, results: [1] });
    expect(store.entry(parsePath('a'))).to.deep.equal({ value: { b: 1 }, version: 1, expiresAt: undefined });
    expect(store.keys(parsePath('a'))).to.deep.equal(['b']);
  });

  it('refuses to work before it is open, and after it is closed', async () => {
    const store = new MemoryStore();
    const uses = [
      () => store.peek(parsePath('a')),
      () => store.entry(parsePath('a')),
      () => store.keys(parsePath('a')),
      () => store.commit([]),
      () => store.snapshot(),
    ];
    for (const use of uses) expect(await rejection(use)).to.have.property('code', 'CLUSTER_STORAGE_FAILED');
    store.open({ clock: new FakeClock(), limits: roomy, committed: () => {} });
    for (const use of uses) use();
    store.close();
    for (const use of uses) expect(await rejection(use)).to.have.property('code', 'CLUSTER_STORAGE_FAILED');
  });

  it('tells before it answers, so that who is told may look and write', () => {
    const store = new MemoryStore();
    const seen: unknown[] = [];
    const committed = ([change]: readonly StoredChange[]) => {
      seen.push(change?.version, store.version, store.peek(parsePath('a')));
      if (change?.version === 1) seen.push(store.commit([write.set('b', 1)]));
    };
    store.open({ clock: new FakeClock(), limits: roomy, committed });

    expect(store.commit([write.set('a', 1)])).to.deep.equal({ version: 1, results: [1] });
    expect(seen).to.deep.equal([1, 1, 1, 2, 2, 1, { version: 2, results: [2] }]);
  });

  it('has done its work when who is told throws', () => {
    const store = new MemoryStore();
    const clock = new FakeClock(1_000);
    let told = 0;
    const committed = () => {
      told++;
      throw new Error('no');
    };
    store.open({ clock, limits: roomy, committed });

    expect(() => store.commit([write.set('a', 1, { expiresAt: 2_000 })])).to.throw('no');
    expect(store.entry(parsePath('a'))).to.include({ value: 1, version: 1 });
    expect(() => clock.advance(5_000)).to.throw('no');
    expect([store.peek(parsePath('a')), store.version, told]).to.deep.equal([undefined, 2, 2]);
  });

  it('lets who is told of an expiry look and write', async () => {
    const store = new MemoryStore();
    const clock = new FakeClock(1_000);
    const log: string[] = [];
    const committed = (changes: readonly StoredChange[]) => {
      log.push(changes.map(({ version, type, path }) => `${version} ${type} ${path.text}`).join(', '));
      if (changes[0]?.type === 'expire') store.commit([write.set('a', store.keys(parsePath('')).length)]);
    };
    store.open({ clock, limits: roomy, committed });
    store.commit(['a', 'b', 'c'].map(path => write.set(path, 1, { expiresAt: 2_000 })));

    clock.advance(1_000);

    expect(log).to.deep.equal(['1 set a, 2 set b, 3 set c', '4 expire a, 5 expire b, 6 expire c', '7 set a']);
    expect(store.peek(parsePath(''))).to.deep.equal({ a: 0 });
  });

  it('has one timer, however many there are to expire and however often they are renewed', async () => {
    const opened = await open();
    for (let second = 0; second < 1_000; second++) {
      const writes = ['a', 'b', 'c'].map(path => write.set(path, second, { expiresAt: opened.clock.date() + 5_000 }));
      await opened.commit(...writes);
      expect(opened.clock.pending).to.equal(1);
      opened.clock.advance(1_000);
    }

    expect(await opened.keys('')).to.deep.equal(['a', 'b', 'c']);
    opened.clock.advance(5_000);
    expect([await opened.keys(''), opened.clock.pending]).to.deep.equal([[], 0]);
  });

  it('has no timer when nothing expires any more', async () => {
    const opened = await open();
    await opened.commit(write.set('a', 1, { expiresAt: 2_000 }), write.delete('a'));
    expect(opened.clock.pending).to.equal(0);

    await opened.commit(write.set('a', 1, { expiresAt: 2_000 }));
    await opened.commit(write.set('a', 1));
    opened.clock.advance(1_000);
    expect(opened.clock.pending).to.equal(0);
  });

  it('does not trust a timer for longer than a minute: machines sleep', async () => {
    const opened = await open();
    const delays: number[] = [];
    const after = opened.clock.after.bind(opened.clock);
    opened.clock.after = (delay, callback) => {
      delays.push(delay);
      return after(delay, callback);
    };
    await opened.commit(write.set('a', 1, { expiresAt: 1_000 + 150_000 }));

    opened.clock.advance(150_000);

    expect(delays).to.deep.equal([60_000, 60_000, 30_000]);
    expect(opened.log.at(-1)).to.equal('expire a');
  });

  it('keeps no process alive', () => {
    const store = new MemoryStore();
    const options: unknown[] = [];
    const clock = Object.assign(new FakeClock(), {
      after: (_delay: number, _callback: () => void, timer: unknown) => {
        options.push(timer);
        return { cancel: () => {} };
      },
    });
    store.open({ clock, limits: roomy, committed: () => {} });
    store.commit([write.set('a', 1, { expiresAt: 5 })]);

    expect(options).to.deep.equal([{ keepAlive: false }]);
  });

  it('takes what another store has kept, before it is open or after', async () => {
    for (const order of ['before', 'after']) {
      const store = new MemoryStore();
      const entries = [
        { path: parsePath('a'), value: {}, version: 5, expiresAt: undefined },
        { path: parsePath('a.b'), value: 1, version: 5, expiresAt: 2_000 },
      ];
      if (order === 'before') store.load(entries, 8);
      const opened = await OpenedStore.open({ store });
      if (order === 'after') store.load(entries, 8);

      expect(await opened.entry('a.b'), order).to.deep.equal({ value: 1, version: 5, expiresAt: 2_000 });
      expect(await opened.result(write.set('c', 1)), order).to.equal(9);
      opened.clock.advance(1_000);
      expect(opened.log, order).to.deep.equal(['set c 1', 'expire a.b']);
    }
  });
});
