import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import * as lmdb from 'lmdb';
import { beforeEach, describe, it } from 'mocha';
import { StorageCorruptError } from '../../lib/errors/storage-errors.js';
import { renewDataFile } from '../../lib/lmdb/data-file.js';
import { write } from '../storage/opened-store.js';
import { fileIn, openLmdb } from '../support/lmdb-files.js';
import { scratch } from '../support/scratch.js';
import { rejection } from '../support/thrown.js';

describe('renewDataFile', () => {
  const fresh = scratch();
  let directory = '';

  beforeEach(() => {
    directory = fresh();
    mkdirSync(directory);
  });

  const fill = async () => {
    const opened = await openLmdb(directory);
    for (let index = 0; index < 50; index++) await opened.commit(write.set('a', 'x'.repeat(2_000)));
    await opened.close();
    return readFileSync(fileIn(directory));
  };

  it('creates a file where there is none', async () => {
    expect(await renewDataFile(lmdb, directory)).to.equal(fileIn(directory));
    expect(readdirSync(directory)).to.deep.equal(['data.mdb']);
  });

  it('puts a copy in the place of what is there, and leaves nothing else', async () => {
    const before = await fill();
    await renewDataFile(lmdb, directory);

    expect(readdirSync(directory)).to.deep.equal(['data.mdb']);
    expect(readFileSync(fileIn(directory)).length).to.be.lessThan(before.length);
  });

  it('takes away what was left by one that did not come to its end', async () => {
    for (const name of ['next.mdb', 'next.mdb-lock']) writeFileSync(path.join(directory, name), 'left');
    await renewDataFile(lmdb, directory);

    expect(readdirSync(directory)).to.deep.equal(['data.mdb']);
  });

  it('leaves what is damaged as it is', async () => {
    const before = await fill();
    before.fill(0, 20, 60);
    writeFileSync(fileIn(directory), before);

    expect(await rejection(renewDataFile(lmdb, directory))).to.be.an.instanceof(StorageCorruptError);
    expect(readFileSync(fileIn(directory)).equals(before)).to.equal(true);
  });

  it('leaves no half of a copy', async () => {
    const before = await fill();
    const damaged = before.toString('latin1').replaceAll('x'.repeat(100), 'y'.repeat(100));
    writeFileSync(fileIn(directory), damaged, 'latin1');

    expect((await rejection(renewDataFile(lmdb, directory))).message).to.contain('damaged');
    expect(readdirSync(directory)).to.not.include('next.mdb');
  });

  it('does not begin anew where there was something', async () => {
    await fill();
    rmSync(fileIn(directory));
    const error = await rejection(renewDataFile(lmdb, directory));

    expect(error).to.be.an.instanceof(StorageCorruptError);
    expect(error.details).to.deep.equal({ store: directory, reason: 'data.mdb is gone, and only its lock is left' });
    expect(readdirSync(directory)).to.deep.equal(['data.mdb-lock']);
  });

  it('begins anew where everything was deleted', async () => {
    await fill();
    for (const name of readdirSync(directory)) rmSync(path.join(directory, name));
    const opened = await openLmdb(directory);

    expect(await opened.snapshot()).to.deep.equal({ version: 0, value: {}, expiries: [] });
    await opened.close();
  });
});
