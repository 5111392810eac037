import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { directoryWith, fileIn, pageSize, usedFile } from '../support/lmdb-files.js';
import { run } from '../support/run.js';
import { scratch } from '../support/scratch.js';

const script = fileURLToPath(new URL('../../lib/lmdb/lmdb-check.js', import.meta.url));

describe('the process that checks a database', () => {
  const fresh = scratch();
  let good: Buffer;

  before(async () => {
    good = (await usedFile(fresh())).bytes;
  });

  /** What it says, line by line. */
  const verdictsOn = async (bytes: Buffer, target?: string) => {
    const directory = directoryWith(fresh(), bytes);
    const source = fileIn(directory);
    const copy = target === undefined ? path.join(directory, 'next.mdb') : path.join(source, target);
    const output = await run(process.execPath, [script, source, copy, 'here'], { cwd: directory });
    const lines = output.trim().split('\n');
    return { verdicts: lines.map(line => JSON.parse(line)), isCopied: existsSync(copy) };
  };

  it('says that it begins, and that the file is sound', async () => {
    expect(await verdictsOn(good)).to.deep.equal({
      verdicts: [{ verdict: 'begun' }, { verdict: 'sound' }],
      isCopied: true,
    });
  });

  it('says what is wrong with the file', async () => {
    expect(await verdictsOn(Buffer.alloc(9_999))).to.deep.equal({
      verdicts: [{ verdict: 'begun' }, { verdict: 'corrupt', reason: 'it is no file of lmdb' }],
      isCopied: false,
    });
  });

  it('says what lmdb finds wrong with the file', async () => {
    const newest = good.readBigUInt64LE(152) > good.readBigUInt64LE(pageSize + 152) ? 0 : pageSize;
    const root = Number(good.readBigUInt64LE(newest + 136)) * pageSize;
    const other = Buffer.from(good);
    other.writeUInt16LE(4, root + 18);
    const [, verdict] = (await verdictsOn(other)).verdicts;

    expect(verdict).to.have.property('verdict', 'corrupt');
    expect(verdict.reason).to.contain('MDB_CORRUPTED');
  });

  it('says what is wrong with the machine', async () => {
    const [, verdict] = (await verdictsOn(good, 'no-directory/next.mdb')).verdicts;

    expect(verdict).to.have.property('verdict', 'failed');
  });
});
