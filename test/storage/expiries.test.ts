import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Deadline, Expiries } from '../../lib/storage/expiries.js';
import { parsePath } from '../../lib/storage/storage-path.js';

function deadline(expiresAt: number, path = 'a'): Deadline {
  return new Deadline(parsePath(path), expiresAt);
}

/** Takes out all, the earliest first. */
function drain(expiries: Expiries): Deadline[] {
  const all: Deadline[] = [];
  for (let first = expiries.first; first !== undefined; first = expiries.first) {
    expiries.remove(first);
    all.push(first);
  }
  return all;
}

describe('Expiries', () => {
  it('has no first when it is empty', () => {
    expect(new Expiries().first).to.equal(undefined);
  });

  it('gives the earliest first, and equals in the order they were added', () => {
    const expiries = new Expiries();
    const all = [3, 1, 2, 1, 3].map(at => deadline(at));
    for (const each of all) expiries.add(each);

    expect(drain(expiries)).to.deep.equal([all[1], all[3], all[2], all[0], all[4]]);
  });

  it('adds none twice, and removes none that is not in', () => {
    const expiries = new Expiries();
    const [one, other] = [deadline(1), deadline(2)];
    for (const each of [one, one, other]) expiries.add(each);
    expiries.remove(deadline(1));
    expiries.remove(one);
    expiries.remove(one);

    expect([...expiries]).to.deep.equal([other]);
  });

  it('keeps the turn of one that comes back', () => {
    const expiries = new Expiries();
    const [one, other] = [deadline(5, 'a'), deadline(5, 'b')];
    for (const each of [one, other]) expiries.add(each);
    expiries.remove(one);
    expiries.add(one);

    expect(drain(expiries).map(({ path }) => path.text)).to.deep.equal(['a', 'b']);
  });

  it('forgets all when it is cleared, and takes them again', () => {
    const expiries = new Expiries();
    const all = [deadline(2), deadline(1)];
    for (const each of all) expiries.add(each);
    expiries.clear();
    expect([expiries.size, expiries.first]).to.deep.equal([0, undefined]);

    for (const each of all) expiries.add(each);
    expect(drain(expiries)).to.deep.equal([all[1], all[0]]);
  });

  it('is a sorted list, whatever is added and removed', () => {
    const step = fc.record({ at: fc.nat({ max: 20 }), remove: fc.boolean(), which: fc.nat({ max: 50 }) });
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 100 }), steps => {
        const expiries = new Expiries();
        let sorted: Deadline[] = [];
        for (const { at, remove, which } of steps) {
          const leaving = remove ? sorted[which % sorted.length] : undefined;
          if (leaving !== undefined) {
            expiries.remove(leaving);
            sorted = sorted.filter(each => each !== leaving);
          } else {
            const coming = deadline(at);
            expiries.add(coming);
            // Sorting keeps the order of equals.
            sorted = [...sorted, coming].sort((one, other) => one.expiresAt - other.expiresAt);
          }
          expect(expiries.first).to.equal(sorted[0]);
          expect(expiries.size).to.equal(sorted.length);
        }
        expect(drain(expiries).map(({ turn }) => turn)).to.deep.equal(sorted.map(({ turn }) => turn));
      }),
    );
  });
});
