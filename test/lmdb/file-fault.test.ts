import { mkdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { fileFault } from '../../lib/lmdb/file-fault.js';
import { directoryWith, fileIn, flipped, openLmdb, pageSize, usedFile } from '../support/lmdb-files.js';
import { scratch } from '../support/scratch.js';

/** Where lmdb has, in each of its first two pages, what its data begins with. */
const fields = { magic: [24, 4], pageSize: [48, 4], root: [136, 8], transaction: [152, 8] } as const;

describe('fileFault', () => {
  const fresh = scratch();
  let good: Buffer;

  before(async () => {
    good = (await usedFile(fresh())).bytes;
  });

  const faultOf = (bytes: Uint8Array) => fileFault(fileIn(directoryWith(fresh(), bytes)));

  it('finds nothing wrong with a file of lmdb, a new one as well', async () => {
    const directory = fresh();
    await (await openLmdb(directory)).close();

    expect(fileFault(fileIn(directory))).to.equal(undefined);
    expect(faultOf(good)).to.equal(undefined);
  });

  it('finds a file that is empty, cut off, or another', () => {
    expect(faultOf(Buffer.alloc(0))).to.equal('the file is cut off');
    expect(faultOf(good.subarray(0, 159))).to.equal('the file is cut off');
    expect(faultOf(good.subarray(0, pageSize + 159))).to.equal('the file is cut off');
    expect(faultOf(good.subarray(0, 2 * pageSize))).to.equal('the file is cut off');
    expect(faultOf(Buffer.alloc(100_000))).to.equal('it is no file of lmdb');
    expect(faultOf(Buffer.from('SQLite format 3\0'.repeat(1_000)))).to.equal('it is no file of lmdb');
  });

  it('finds a directory', () => {
    const directory = fresh();
    mkdirSync(fileIn(directory), { recursive: true });

    expect(fileFault(fileIn(directory))).to.equal('it is no file');
  });

  it('throws if there is none', () => expect(() => fileFault(fileIn(fresh()))).to.throw('ENOENT'));

  for (const [name, [start, length]] of Object.entries(fields)) {
    it(`finds each single bit that is another in the ${name} of the first two pages`, () => {
      const file = fileIn(directoryWith(fresh(), good));
      for (let bit = 0; bit < 8 * length; bit++) {
        for (const page of [0, 1]) {
          writeFileSync(file, flipped(good, page * pageSize + start + (bit >> 3), bit & 7));
          expect(fileFault(file), `page ${page}, bit ${bit}`).to.be.a('string');
        }
      }
    });
  }

  it('finds a transaction that is another, and right in all else', () => {
    const other = Buffer.from(good);
    const newest = good.readBigUInt64LE(152) > good.readBigUInt64LE(pageSize + 152) ? 0 : pageSize;
    other.writeBigUInt64LE(good.readBigUInt64LE(newest + 152) + 2n, newest + 152);

    expect(faultOf(other)).to.be.a('string');
  });

  it('leaves other versions of lmdb to lmdb', () => {
    const other = Buffer.from(good);
    other.writeUInt32LE(3, 28);

    expect(faultOf(other)).to.equal(undefined);
  });
});
