import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { write } from '../storage/opened-store.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { directoryWith, flipped, openLmdb, pageSize, usedFile } from '../support/lmdb-files.js';
import { scratch } from '../support/scratch.js';
import { type Seeded, seeded } from '../support/seeded.js';

type Outcome = 'intact' | 'corrupt';

/** A file that something has happened to. */
interface Damage {
  readonly what: string;
  readonly bytes: Buffer;
}

/**
 * What happens to the file of a store while nobody uses it. Lmdb itself may crash at any of this, or tell of older data: this
 * process has to live, and get all of the data or none.
 */
describe('a damaged file of LmdbStore', function () {
  this.timeout(300_000);
  const fresh = scratch();
  let good: Buffer;
  let content: unknown;

  before(async () => {
    const { bytes, snapshot } = await usedFile(fresh());
    good = bytes;
    content = snapshot;
  });
  leavesNothingBehind();

  const outcomeOf = async ({ what, bytes }: Damage): Promise<Outcome> => {
    const opened = await openLmdb(directoryWith(fresh(), bytes)).catch((error: Error & { code?: string }) => {
      expect(error.code, `${what}: ${error.message}`).to.equal('CLUSTER_STORAGE_CORRUPT');
    });
    if (opened === undefined) return 'corrupt';

    expect(await opened.snapshot(), what).to.deep.equal(content);
    await opened.commit(write.set('after', what));
    await opened.close();
    return 'intact';
  };

  /** How often it was what; some at a time. */
  const outcomesOf = async (damages: Iterable<Damage>): Promise<Record<Outcome, number>> => {
    const counts = { intact: 0, corrupt: 0 };
    const queue = damages[Symbol.iterator]();
    const work = async () => {
      for (let next = queue.next(); !next.done; next = queue.next()) counts[await outcomeOf(next.value)]++;
    };
    const ends = await Promise.allSettled([work(), work(), work()]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return counts;
  };

  it('is noticed when the file ends too early', async () => {
    function* cuts(): Generator<Damage> {
      for (let page = 0; page < good.length / pageSize; page++) {
        for (const more of [0, 1, pageSize / 2]) {
          const length = page * pageSize + more;
          yield { what: `cut off after ${length} bytes`, bytes: good.subarray(0, length) };
        }
      }
    }
    const { intact, corrupt } = await outcomesOf(cuts());

    // The last pages may be free.
    expect(corrupt).to.be.greaterThan(3 * intact);
  });

  it('is noticed when a page is zero, or another page', async () => {
    function* pages(): Generator<Damage> {
      for (let page = 0; page < good.length / pageSize; page++) {
        const start = page * pageSize;
        const [zero, other] = [Buffer.from(good), Buffer.from(good)];
        zero.fill(0, start, start + pageSize);
        other.copyWithin(
          start,
          start === 2 * pageSize ? 3 * pageSize : 2 * pageSize,
          start === 2 * pageSize ? 4 * pageSize : 3 * pageSize,
        );
        yield { what: `page ${page} is zero`, bytes: zero };
        yield { what: `page ${page} is another`, bytes: other };
      }
    }
    const { intact, corrupt } = await outcomesOf(pages());

    expect(intact).to.be.greaterThan(0);
    expect(corrupt).to.be.greaterThan(good.length / pageSize / 2);
  });

  it('is noticed when single bits are others, or a byte is, wherever they are', async () => {
    await seeded(async random => {
      const { intact, corrupt } = await outcomesOf(flips(random, good, Number(process.env.FLIPS ?? 100)));
      expect(intact).to.be.greaterThan(0);
      expect(corrupt).to.be.greaterThan(10);
    });
  });

  it('is noticed when it is a file of somebody else', async () => {
    const strangers = [
      { what: 'nothing', bytes: Buffer.alloc(0) },
      { what: 'one byte', bytes: Buffer.alloc(1) },
      { what: 'zeros', bytes: Buffer.alloc(good.length) },
      { what: 'text', bytes: Buffer.from('SQLite format 3\0'.repeat(5_000)) },
      {
        what: 'two first pages and zeros',
        bytes: Buffer.concat([good.subarray(0, 2 * pageSize), Buffer.alloc(good.length)]),
      },
    ];
    expect(await outcomesOf(strangers)).to.deep.equal({ intact: 0, corrupt: strangers.length });
  });
});

/** Half of them in the first bytes of a page, where lmdb has what it goes by. */
function* flips(random: Seeded, good: Buffer, count: number): Generator<Damage> {
  for (let index = 0; index < count; index++) {
    const page = random.integer(0, good.length / pageSize - 1);
    const position = page * pageSize + random.integer(0, index % 2 === 0 ? 160 : pageSize - 1);
    const bit = random.integer(0, 7);
    if (index % 4 < 2) yield { what: `bit ${bit} of byte ${position}`, bytes: flipped(good, position, bit) };
    else {
      const bytes = Buffer.from(good);
      bytes[position] = random.integer(0, 255);
      yield { what: `byte ${position} is ${bytes[position]}`, bytes };
    }
  }
}
