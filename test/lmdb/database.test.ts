import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import * as lmdb from 'lmdb';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Database } from '../../lib/lmdb/database.js';
import { longestKey } from '../../lib/lmdb/record.js';
import { scratch } from '../support/scratch.js';
import { rejection } from '../support/thrown.js';

describe('Database', () => {
  const fresh = scratch();
  let file = '';
  let database: Database;

  beforeEach(() => {
    const directory = fresh();
    mkdirSync(directory);
    file = path.join(directory, 'data.mdb');
    database = new Database(lmdb, file, { sync: false });
  });

  afterEach(() => database.close());

  const put = (key: string, bytes = key) => ({ key: Buffer.from(key), bytes: Buffer.from(bytes) });
  const all = (from = database) => [...from.entries()].map(({ key, value }) => [key.toString(), value.toString()]);

  it('gives what was written, in the order of the bytes', async () => {
    await database.write([put('b'), put('a\0'), put('\xff'), put('a'), put('aa'), put('\0', '')]);

    expect(all()).to.deep.equal([
      ['\0', ''],
      ['a', 'a'],
      ['a\0', 'a\0'],
      ['aa', 'aa'],
      ['b', 'b'],
      ['\xff', '\xff'],
    ]);
  });

  it('carries out steps in their order, and removes', async () => {
    await database.write([put('a'), put('b'), { key: Buffer.from('a'), bytes: undefined }, put('b', 'c')]);
    await database.write([{ key: Buffer.from('nothing'), bytes: undefined }]);

    expect(all()).to.deep.equal([['b', 'c']]);
  });

  it('takes the longest key, and large values', async () => {
    const [key, bytes] = [Buffer.alloc(longestKey, 7), Buffer.alloc(3_000_000, 1)];
    await database.write([{ key, bytes }]);
    const [entry] = database.entries();

    expect(entry?.key.equals(key)).to.equal(true);
    expect(entry?.value.equals(bytes)).to.equal(true);
  });

  it('takes more than fits into the map that it begins with', async () => {
    for (let round = 0; round < 5; round++) {
      await database.write(Array.from({ length: 2_000 }, (_, index) => put(`${round} ${index}`, 'x'.repeat(500))));
    }
    expect(all()).to.have.lengthOf(10_000);
  });

  it('finds what it has written when it is opened again, also to read only', async () => {
    await database.write([put('a')]);
    await database.close();
    const reader = new Database(lmdb, file, { sync: true, readOnly: true });
    expect(all(reader)).to.deep.equal([['a', 'a']]);
    await reader.close();
    database = new Database(lmdb, file, { sync: true });

    expect(all()).to.deep.equal([['a', 'a']]);
  });

  it('rejects with what has really happened', async () => {
    const full = new Error('MDB_MAP_FULL');
    const commitError = Promise.reject(full);
    commitError.catch(() => {});
    const failing = (error: unknown) => {
      const open = () => ({ batch: () => Promise.reject(error), close: async () => {} });
      return new Database({ ...lmdb, open } as unknown as typeof lmdb, file, { sync: false });
    };
    const plain = new Error('no');

    expect(await rejection(failing(Object.assign(new Error('see'), { commitError })).write([]))).to.equal(full);
    expect(await rejection(failing(plain).write([]))).to.equal(plain);
    expect(await rejection(failing(undefined).write([]))).to.equal(undefined);
  });
});
