import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import * as lmdb from 'lmdb';
import { before, describe, it } from 'mocha';
import { StorageCorruptError } from '../../lib/errors/storage-errors.js';
import { checkedCopy, createEmpty, toDisk } from '../../lib/lmdb/checked-copy.js';
import { Database } from '../../lib/lmdb/database.js';
import { readData } from '../../lib/lmdb/read-data.js';
import { childKey, rootKey } from '../../lib/lmdb/record.js';
import type { StoreSnapshot } from '../../lib/storage/store.js';
import { OpenedStore, write } from '../storage/opened-store.js';
import { directoryWith, fileIn, openLmdb, usedFile } from '../support/lmdb-files.js';
import { scratch } from '../support/scratch.js';
import { rejection } from '../support/thrown.js';

/** A store of many records, closed. */
async function largeStore(
  directory: string,
): Promise<{ readonly directory: string; readonly snapshot: StoreSnapshot }> {
  const opened = await openLmdb(directory, { maxKeys: 100_000 });
  const value = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`n${index}`, index]));
  await opened.commit(...['a', 'b', 'c'].map(name => write.set(name, value)));
  const snapshot = await opened.snapshot();
  await opened.close();
  return { directory, snapshot };
}

/** All that is in a file. */
async function contentOf(file: string): Promise<StoreSnapshot> {
  const database = new Database(lmdb, file, { sync: false, readOnly: true });
  const { memory } = readData('here', database.entries());
  await database.close();
  const opened = await OpenedStore.open({ store: memory });
  const snapshot = await opened.snapshot();
  await opened.close();
  return snapshot;
}

describe('checkedCopy', () => {
  const fresh = scratch();
  let good: Buffer;
  let snapshot: StoreSnapshot;

  before(async () => {
    ({ bytes: good, snapshot } = await usedFile(fresh()));
  });

  const files = (bytes: Buffer) => {
    const directory = directoryWith(fresh(), bytes);
    return { source: fileIn(directory), target: path.join(directory, 'next.mdb'), store: 'here' };
  };

  it('copies everything, in less space, and changes nothing of the source', async () => {
    const { source, target, store } = files(good);
    await checkedCopy(lmdb, { source, target, store });

    expect(await contentOf(target)).to.deep.equal(snapshot);
    expect(readFileSync(target).length).to.be.lessThan(good.length);
    expect(readFileSync(source).equals(good)).to.equal(true);
  });

  it('refuses a file that is none of lmdb, and writes nothing', async () => {
    const options = files(Buffer.alloc(50_000));
    const error = await rejection(checkedCopy(lmdb, options));

    expect(error).to.be.an.instanceof(StorageCorruptError);
    expect(error.details).to.deep.equal({ store: 'here', reason: 'it is no file of lmdb' });
    expect(existsSync(options.target)).to.equal(false);
  });

  it("refuses a file of lmdb that is nobody's", async () => {
    const options = files(good);
    rmSync(options.source);
    const other = new Database(lmdb, options.source, { sync: false });
    await other.write([{ key: childKey(rootKey, 'a'), bytes: Buffer.from('b') }]);
    await other.close();

    expect((await rejection(checkedCopy(lmdb, options))).message).to.contain('its first record is missing');
  });

  it('refuses a record that is damaged', async () => {
    const at = good.lastIndexOf('x'.repeat(100));
    const damaged = Buffer.from(good);
    damaged[at] = 'y'.charCodeAt(0);

    expect((await rejection(checkedCopy(lmdb, files(damaged)))).message).to.contain('a record is damaged');
  });

  it('copies more records than go into one transaction', async () => {
    const { directory, snapshot: large } = await largeStore(fresh());
    const options = { source: fileIn(directory), target: path.join(directory, 'next.mdb'), store: 'here' };
    await checkedCopy(lmdb, options);

    expect(await contentOf(options.target)).to.deep.equal(large);
  });
});

describe('createEmpty', () => {
  const fresh = scratch();

  it('creates what holds nothing but the root', async () => {
    const file = fileIn(directoryWith(fresh(), Buffer.alloc(0)));
    rmSync(file);
    await createEmpty(lmdb, file);

    expect(await contentOf(file)).to.deep.equal({ version: 0, value: {}, expiries: [] });
  });
});

describe('toDisk', () => {
  const fresh = scratch();

  it('takes files and directories, and tells if there are none', () => {
    const directory = directoryWith(fresh(), Buffer.alloc(1));
    toDisk(directory);
    toDisk(fileIn(directory));

    expect(readdirSync(directory)).to.have.lengthOf(1);
    expect(() => toDisk(path.join(directory, 'nothing'))).to.throw('ENOENT');
  });
});
