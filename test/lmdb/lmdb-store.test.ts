import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { chdir, cwd } from 'node:process';
import { expect } from 'chai';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { StorageFailedError } from '../../lib/errors/storage-errors.js';
import { Database } from '../../lib/lmdb/database.js';
import { LmdbStore, type LmdbStoreOptions } from '../../lib/lmdb/lmdb-store.js';
import { parsePath, pathOf } from '../../lib/storage/storage-path.js';
import type { StoredEntry } from '../../lib/storage/store.js';
import { type Action, arbitraryActions } from '../storage/arbitrary-writes.js';
import { OpenedStore, roomy, write } from '../storage/opened-store.js';
import { storeContract } from '../storage/store-contract.js';
import { type Picture, pictureOf, StoreModel } from '../storage/store-model.js';
import { openLmdb } from '../support/lmdb-files.js';
import { scratch } from '../support/scratch.js';
import { rejection } from '../support/thrown.js';

describe('LmdbStore', () => {
  const fresh = scratch();

  storeContract('LmdbStore', () => ({ store: new LmdbStore({ path: fresh(), sync: false }) }));

  describe('its options', () => {
    const refused = (options: unknown, message: string) => {
      expect(() => new LmdbStore(options as LmdbStoreOptions)).to.throw(message);
    };

    it('are checked', () => {
      refused(undefined, 'Expected `the options of LmdbStore` to be an object');
      refused({}, 'Expected `path` to be a non-empty string, got `undefined`');
      refused({ path: '' }, 'Expected `path` to be a non-empty string');
      refused({ path: 'x', sync: 1 }, 'Expected `sync` to be a boolean');
      refused({ path: 'x', synk: true }, 'LmdbStore has no option `synk`; did you mean `sync`?');
    });

    it('may name a path that is relative to where the process is when it is made', async () => {
      const [before, directory] = [cwd(), fresh()];
      mkdirSync(directory);
      chdir(directory);
      const store = new LmdbStore({ path: 'here' });
      chdir(before);
      await (await OpenedStore.open({ store })).close();

      expect(readdirSync(path.join(directory, 'here'))).to.include('data.mdb');
    });
  });

  describe('after a restart', () => {
    let directory = '';
    let opened: OpenedStore;

    beforeEach(async () => {
      directory = fresh();
      opened = await openLmdb(directory);
    });

    afterEach(() => opened.close());

    const reopen = async () => {
      await opened.close();
      opened = await openLmdb(directory);
    };

    it('holds what was written, with every version', async () => {
      await opened.commit(write.set('a', { b: { c: 1 }, d: [{ e: null }] }), write.set('a.b.f', 'x'));
      await opened.commit(write.delete('a.b.c'), write.increment('n', 1.5));
      const paths = ['', 'a', 'a.b', 'a.b.f', 'a.d', 'n'];
      const entries = () => Promise.all(paths.map(each => opened.entry(each)));
      const before = await entries();
      await reopen();

      expect(await entries()).to.deep.equal(before);
      expect(before.map(entry => entry?.version)).to.deep.equal([4, 3, 3, 2, 1, 4]);
    });

    it('goes on counting where it was, also after what changed nothing', async () => {
      await opened.commit();
      await opened.commit();
      await reopen();
      expect(opened.store.version).to.equal(2);
      await opened.commit(write.set('a', 1), write.delete('a'));
      await reopen();

      expect(await opened.commit(write.set('a', 1))).to.deep.equal({ version: 5, results: [5] });
    });

    it('lets expire what had time left, and what had none', async () => {
      await opened.commit(write.set('a', 1, { expiresAt: 1_500 }), write.set('b', { c: 1 }, { expiresAt: 900 }));
      await opened.commit(write.restore({ x: { y: 1 }, z: 2 }, { x: 1_200, 'x.y': 1_100, z: 1_400 }));
      await reopen();
      const expiries = await Promise.all(['x', 'x.y', 'z'].map(each => opened.expiry(each)));
      expect(expiries).to.deep.equal([1_200, 1_100, 1_400]);
      opened.clock.advance(250);
      await opened.toldTimes(2);
      expect(opened.log).to.deep.equal(['expire x.y', 'expire x']);
      await reopen();

      expect((await opened.snapshot()).value).to.deep.equal({ z: 2 });
    });

    it('holds names of any text apart, and the longest', async () => {
      const deep = Array.from({ length: 31 }, (_, index) => `\u{1f600}${index}`.repeat(4));
      const paths = [
        ['a.b'],
        ['a', 'b'],
        ['\0\x01'],
        ['\0', '\x01'],
        ['\x01'],
        ['\u{10ffff}'],
        ['__proto'],
        deep,
        Array(4).fill('x'.repeat(255)),
      ];
      for (const [index, each] of paths.entries()) await opened.commit(write.set(each, index));
      await reopen();

      for (const [index, each] of paths.entries()) expect(await opened.value(each), `path ${index}`).to.equal(index);
    });

    it('holds an object that is deeper than any path', async () => {
      let value: unknown = 1;
      for (let level = 0; level < 30; level++) value = { ['\uffff'.repeat(200)]: value, n: level };
      await opened.commit(write.set('a', value));
      await reopen();

      expect(await opened.value('a')).to.deep.equal(value);
      await opened.commit(write.set('a.n', 'x'), write.delete(['a', '\uffff'.repeat(200)]));
      await reopen();
      expect(await opened.value('a')).to.deep.equal({ n: 'x' });
    });

    it('is what a model says, whatever was done and how often it was opened', async () => {
      const property = fc.asyncProperty(arbitraryActions, async actions => {
        const life = new Life(fresh());
        await life.run(actions);

        expect(await life.end()).to.deep.equal(life.model.picture());
      });
      await fc.assert(property, { numRuns: 10, endOnFailure: true });
    }).timeout(60_000);
  });

  describe('while it writes', () => {
    let opened: OpenedStore;

    beforeEach(async () => {
      opened = await openLmdb(fresh());
    });

    afterEach(() => opened.close().catch(() => {}));

    it('shows what is written at a peek, and tells of it when it is durable', async () => {
      const { store } = opened;
      const commit = store.commit([write.set('a', 1)]);
      expect(store.peek(parsePath('a'))).to.equal(1);
      expect(opened.told).to.deep.equal([]);
      await commit;

      expect(opened.log).to.deep.equal(['set a 1']);
    });

    it('answers with what was true when it was asked, and when that is durable', async () => {
      const { store } = opened;
      const a = parsePath('a');
      void store.commit([write.set('a', 1)]);
      const early = Promise.all([store.entry(a), store.keys(parsePath('')), store.snapshot()]);
      void store.commit([write.set('a', 2), write.set('b', 2)]);
      const late = rejection(() => store.commit([write.set('a', 3, { ifVersion: 1 })]));
      let answered = false;
      void early.then(() => {
        answered = true;
      });
      await Promise.resolve();
      expect(answered).to.equal(false);

      const [entry, keys, snapshot] = await early;
      expect([entry?.value, keys, snapshot.value]).to.deep.equal([1, ['a'], { a: 1 }]);
      expect(opened.log[0]).to.equal('set a 1');
      expect(await late).to.have.property('code', 'CLUSTER_STORAGE_CONFLICT');
      expect(opened.log).to.have.lengthOf(3);
    });

    it('answers at once when everything is durable', async () => {
      await opened.commit(write.set('a', 1));
      const { store } = opened;

      expect(store.entry(parsePath('a'))).to.deep.equal({ value: 1, version: 1, expiresAt: undefined });
      expect(store.keys(parsePath(''))).to.deep.equal(['a']);
      expect(store.snapshot()).to.have.property('version', 1);
      expect(store.commit([write.check('a', 1)])).to.deep.equal({ version: 1, results: [1] });
      expect(() => store.commit([write.check('a', 2)])).to.throw('a');
    });

    it('finishes what has begun when it is closed', async () => {
      const { store } = opened;
      const commit = store.commit([write.set('a', 1)]);
      await Promise.all([store.close(), store.close()]);

      expect(opened.log).to.deep.equal(['set a 1']);
      expect(await commit).to.deep.equal({ version: 1, results: [1] });
      expect(() => store.commit([])).to.throw(StorageFailedError, 'The store is not open');
    });
  });

  describe('when it cannot write', () => {
    const { write: writeSteps } = Database.prototype;

    afterEach(() => {
      Database.prototype.write = writeSteps;
    });

    it('rejects what it was about to write and all that follows, tells nobody, and can be opened again', async () => {
      const directory = fresh();
      const opened = await openLmdb(directory);
      await opened.commit(write.set('a', 1));
      const full = new Error('disk full');
      Database.prototype.write = () => Promise.reject(full);
      const { store } = opened;
      const late = [store.commit([write.set('a', 2)]), store.entry(parsePath('a')), store.commit([write.set('b', 2)])];
      const errors = await Promise.all(late.map(each => rejection(each as Promise<StoredEntry>)));

      for (const error of [
        ...errors,
        await rejection(() => store.keys(parsePath(''))),
        await rejection(() => store.close()),
      ]) {
        expect(error).to.be.an.instanceof(StorageFailedError);
        expect(error.message).to.equal(`The data at ${directory} could not be written, and no more is: disk full`);
        expect(error.cause).to.equal(full);
      }
      expect(opened.log).to.deep.equal(['set a 1']);
      Database.prototype.write = writeSteps;
      const again = await openLmdb(directory);
      expect(await again.snapshot()).to.deep.equal({ version: 1, value: { a: 1 }, expiries: [] });
      await again.close();
    });
  });

  it('knows nothing before it is opened, and can be closed then', async () => {
    const store = new LmdbStore({ path: fresh() });

    expect(store.version).to.equal(0);
    expect(() => store.peek(parsePath('a'))).to.throw(StorageFailedError, 'The store is not open');
    await store.close();
  });
});

/** A store that is opened again whenever somebody would look. */
class Life {
  readonly model = new StoreModel(roomy);
  readonly #directory: string;
  #now = 1_000;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async run(actions: readonly Action[]): Promise<void> {
    let opened = await this.#open();
    for (const action of actions) {
      if (action.type === 'commit') {
        this.model.commit(action.writes, opened.clock.date());
        await opened.commit(...action.writes).catch(() => {});
      } else if (action.type === 'wait') {
        opened.clock.advance(action.ms);
        this.#now = opened.clock.date();
      } else {
        await opened.close();
        opened = await this.#open();
      }
    }
    await opened.close();
  }

  async end(): Promise<Picture> {
    const opened = await this.#open();
    this.model.expire(opened.clock.date());
    const versionOf = (segments: readonly string[]) =>
      (opened.store.entry(pathOf(segments)) as StoredEntry | undefined)?.version ?? 0;
    await opened.snapshot();
    const picture = pictureOf(await opened.snapshot(), versionOf);
    await opened.close();
    return picture;
  }

  async #open(): Promise<OpenedStore> {
    const opened = await openLmdb(this.#directory);
    opened.clock.advance(this.#now - opened.clock.date());
    return opened;
  }
}
