import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StorageCorruptError, StorageFailedError } from '../../lib/errors/storage-errors.js';
import { openData } from '../../lib/lmdb/open-data.js';
import { directoryWith } from '../support/lmdb-files.js';
import { scratch } from '../support/scratch.js';
import { rejection } from '../support/thrown.js';

describe('openData', () => {
  const fresh = scratch();

  it('makes the directory, and those that it is in', async () => {
    const directory = path.join(fresh(), 'a', 'b');
    const { memory, ledger, database, ownership } = await openData(directory, true);

    expect(memory.version).to.equal(0);
    expect(ledger.total).to.deep.equal({ records: 1, sum: 0 });
    expect(readdirSync(directory).sort()).to.deep.equal(['data.mdb', 'data.mdb-lock', 'owner.json']);
    await database.close();
    ownership.release();
  });

  it('refuses a directory that somebody has opened', async () => {
    const directory = fresh();
    const { database, ownership } = await openData(directory, false);
    const error = await rejection(openData(directory, false));

    expect(error).to.be.an.instanceof(StorageFailedError);
    expect(error.message).to.contain('This process has opened the data');
    await database.close();
    ownership.release();
  });

  it('refuses a path that is a file, or in one', async () => {
    const file = fresh();
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    const [itself, below] = [
      await rejection(openData(file, true)),
      await rejection(openData(path.join(file, 'x'), true)),
    ];

    expect(itself).to.be.an.instanceof(StorageFailedError);
    expect(itself.message).to.equal(`The data at ${file} could not be opened: it is no directory`);
    expect(below).to.be.an.instanceof(StorageFailedError);
    expect(below.message).to.contain('ENOTDIR');
    expect(below.details).to.deep.equal({ store: path.join(file, 'x') });
  });

  it('refuses what is no path', async () => {
    const error = await rejection(openData('a\0b', true));

    expect(error).to.be.an.instanceof(StorageFailedError);
    expect(error.cause).to.have.property('code', 'ERR_INVALID_ARG_VALUE');
  });

  it('gives the directory back when it is damaged, so that one may try again', async () => {
    const directory = directoryWith(fresh(), Buffer.from('nothing of the kind'));
    const errors = [await rejection(openData(directory, true)), await rejection(openData(directory, true))];

    for (const error of errors) expect(error).to.be.an.instanceof(StorageCorruptError);
    expect(readdirSync(directory)).to.deep.equal(['data.mdb']);
  });
});
