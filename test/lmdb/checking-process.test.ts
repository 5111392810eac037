import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { StorageCorruptError, StorageFailedError } from '../../lib/errors/storage-errors.js';
import { copyInProcess } from '../../lib/lmdb/checking-process.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { directoryWith, fileIn, pageSize, usedFile } from '../support/lmdb-files.js';
import { scratch } from '../support/scratch.js';
import { rejection } from '../support/thrown.js';

describe('copyInProcess', () => {
  const fresh = scratch();
  let good: Buffer;

  before(async () => {
    good = (await usedFile(fresh())).bytes;
  });
  leavesNothingBehind();

  const files = (bytes: Buffer) => {
    const directory = directoryWith(fresh(), bytes);
    return { source: fileIn(directory), target: path.join(directory, 'next.mdb'), store: 'here' };
  };
  /** What comes of a process that does this. */
  const outcomeOf = (script: string) => {
    const options = files(good);
    const file = `${options.target}.mjs`;
    writeFileSync(file, script);
    return rejection(copyInProcess(options, file));
  };

  it('copies what is sound', async () => {
    const options = files(good);
    await copyInProcess(options);

    expect(existsSync(options.target)).to.equal(true);
  });

  it('refuses what the process finds corrupt', async () => {
    const error = await rejection(copyInProcess(files(Buffer.alloc(50_000))));

    expect(error).to.be.an.instanceof(StorageCorruptError);
    expect(error.details).to.deep.equal({ store: 'here', reason: 'it is no file of lmdb' });
  });

  it('refuses a file whose pages end where lmdb expects more, which is a signal to the process', async () => {
    const error = await rejection(copyInProcess(files(good.subarray(0, good.length - 5 * pageSize))));

    expect(error).to.be.an.instanceof(StorageCorruptError);
  });

  it('takes a crash for the fault of the file only after lmdb was loaded', async () => {
    const begun = `process.getBuiltinModule('node:fs').writeSync(1, '{"verdict":"begun"}\\n');`;
    const crash = `process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000);`;
    const [late, early] = [await outcomeOf(`${begun} ${crash}`), await outcomeOf(crash)];

    expect(late).to.be.an.instanceof(StorageCorruptError);
    expect(late.details).to.have.property('reason', 'lmdb crashed when it read it (SIGSEGV)');
    expect(early).to.be.an.instanceof(StorageFailedError);
    expect(early.message).to.equal(
      'The data at here could not be checked: the process that does it ended with SIGSEGV',
    );
  });

  it('takes a process that somebody else has ended for no verdict', async () => {
    const error = await outcomeOf(`
      process.getBuiltinModule('node:fs').writeSync(1, '{"verdict":"begun"}\\n');
      process.kill(process.pid, 'SIGKILL');`);

    expect(error).to.be.an.instanceof(StorageFailedError);
    expect(error.message).to.contain('ended with SIGKILL');
  });

  it('says what the process has complained of', async () => {
    const error = await outcomeOf('throw new Error("no such thing")');

    expect(error).to.be.an.instanceof(StorageFailedError);
    expect(error.message).to.contain('ended with exit code 1');
    expect(error.cause).to.contain('no such thing');
  });

  it('says why the process could do nothing', async () => {
    const options = files(good);
    const error = await rejection(copyInProcess({ ...options, target: path.join(options.source, 'no') }));

    expect(error).to.be.an.instanceof(StorageFailedError);
    expect(error.message).to.match(/^The data at here could not be checked: /);
  });

  it('says that there is no process', async () => {
    const { execPath } = process;
    process.execPath = '/no/such/program';
    try {
      const error = await rejection(copyInProcess(files(good)));
      expect(error).to.be.an.instanceof(StorageFailedError);
      expect(error.message).to.equal('The data at here could not be checked: no process could be started for it');
      expect(error.cause).to.have.property('code', 'ENOENT');
    } finally {
      process.execPath = execPath;
    }
  });
});
