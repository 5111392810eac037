import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { rendezvous } from '../../lib/primary/rendezvous.js';

const workers = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `default-${index}` }));
const keys = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);
const owners = (members: readonly { readonly name: string }[]) => keys.map(key => rendezvous(members, key)?.name);
const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 20 });

describe('rendezvous', () => {
  it('is nobody when there is nobody', () => {
    expect(rendezvous([], 'soup')).to.equal(undefined);
  });

  it('gives the same key to the same name, in any process: these must never move', () => {
    expect(['user-1', 'user-2', 'user-3', ''].map(key => rendezvous(workers(4), key)?.name)).to.deep.equal([
      ...['default-2', 'default-3', 'default-0', 'default-3'],
    ]);
  });

  it('does not care for the order of the members', () => {
    fc.assert(
      fc.property(names, fc.string(), (given, key) => {
        const members = given.map(name => ({ name }));
        expect(rendezvous([...members].reverse(), key)).to.equal(rendezvous(members, key));
      }),
    );
  });

  it('moves no key of the others when one leaves or joins', () => {
    fc.assert(
      fc.property(names, fc.nat(), fc.array(fc.string(), { maxLength: 50 }), (given, which, some) => {
        const members = given.map(name => ({ name }));
        const leaver = members[which % members.length];
        const rest = members.filter(member => member !== leaver);
        for (const key of some) {
          const owner = rendezvous(members, key);
          if (owner !== leaver) expect(rendezvous(rest, key)).to.equal(owner);
        }
      }),
    );
  });

  for (const count of [2, 3, 4, 8, 16]) {
    it(`gives each of ${count} workers its share, so about 1 key in ${count} moves when one leaves`, () => {
      const members = workers(count);
      const before = owners(members);
      const share = keys.length / count;
      for (const { name } of members) {
        const own = before.filter(owner => owner === name).length;
        // Five standard deviations.
        expect(Math.abs(own - share), name).to.be.below(5 * Math.sqrt(share * (1 - 1 / count)));
      }

      const after = owners(members.slice(1));

      expect(after.filter((owner, index) => owner !== before[index])).to.have.lengthOf(
        before.filter(owner => owner === 'default-0').length,
      );
    });
  }

  it('spreads the keys of one that left over all others', () => {
    const members = workers(4);
    const before = owners(members);
    const after = owners(members.slice(1));
    const heirs = after.filter((_, index) => before[index] === 'default-0');

    for (const { name } of members.slice(1)) {
      expect(heirs.filter(heir => heir === name).length / heirs.length, name).to.be.within(0.28, 0.39);
    }
  });

  it('gives a slot its keys back when it has a worker again', () => {
    expect(owners(workers(4))).to.deep.equal(owners([...workers(4).slice(1), { name: 'default-0' }]));
  });
});
