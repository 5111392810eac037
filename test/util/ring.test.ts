import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Ring } from '../../lib/util/ring.js';

function take<T extends string>(ring: Ring<T>, count: number): (T | undefined)[] {
  return Array.from({ length: count }, () => ring.next());
}

/** The same promise kept by sorting: never selected first, then by the call that selected them last. */
class RingModel {
  #members: { name: string; selected: number }[] = [];
  #calls = 0;

  add(name: string): boolean {
    if (this.#members.some(member => member.name === name)) return false;

    this.#members.push({ name, selected: 0 });
    return true;
  }

  delete(name: string): boolean {
    const before = this.#members.length;
    this.#members = this.#members.filter(member => member.name !== name);
    return this.#members.length < before;
  }

  next(): string | undefined {
    const [first] = [...this.#members].sort((one, other) => one.selected - other.selected);
    if (first !== undefined) first.selected = ++this.#calls;
    return first?.name;
  }

  names(): string[] {
    return this.#members.map(({ name }) => name);
  }
}

describe('Ring', () => {
  describe('#next', () => {
    it('gives undefined when there is no member', () => {
      expect(new Ring<string>().next()).to.equal(undefined);
    });

    it('shares 10,000 calls exactly over 4 members, in a fixed cycle', () => {
      const ring = new Ring(['a', 'b', 'c', 'd']);

      const cycles = Array.from({ length: 2_500 }, () => take(ring, 4).join(''));

      expect(new Set(cycles)).to.deep.equal(new Set(['abcd']));
    });

    it('gives newcomers before members that had a turn, in the order they joined', () => {
      const ring = new Ring(['a', 'b']);
      take(ring, 3);

      ring.add('c');
      ring.add('d');

      expect(take(ring, 5)).to.deep.equal(['c', 'd', 'b', 'a', 'c']);
    });

    it('never gives a removed member', () => {
      const ring = new Ring(['a', 'b', 'c']);
      ring.next();

      ring.delete('b');

      expect(take(ring, 4)).to.deep.equal(['c', 'a', 'c', 'a']);
    });

    it('treats a member that came back as a newcomer', () => {
      const ring = new Ring(['a', 'b']);
      take(ring, 2);

      ring.delete('b');
      ring.add('b');

      expect(take(ring, 2)).to.deep.equal(['b', 'a']);
    });
  });

  it('refuses a member it has and the removal of one it has not', () => {
    const ring = new Ring(['a']);

    expect([ring.add('a'), ring.delete('b'), ring.has('a'), ring.has('b'), ring.size]).to.deep.equal([
      false,
      false,
      true,
      false,
      1,
    ]);
  });

  it('iterates in the order of joining, whoever has the turn', () => {
    const ring = new Ring(['a', 'b', 'c']);
    ring.next();

    expect([...ring]).to.deep.equal(['a', 'b', 'c']);
  });

  it('does what the model does, for any sequence of calls', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const call = fc.tuple(fc.constantFrom('add', 'delete', 'next', 'next'), name);
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), calls => {
        const ring = new Ring<string>();
        const model = new RingModel();
        for (const [verb, who] of calls) {
          const did = verb === 'next' ? ring.next() : ring[verb as 'add' | 'delete'](who);
          expect(did).to.equal(verb === 'next' ? model.next() : model[verb as 'add' | 'delete'](who));
          expect([...ring]).to.deep.equal(model.names());
        }
      }),
    );
  });

  describe('#take', () => {
    it('gives a member its turn before it would have it', () => {
      const ring = new Ring(['a', 'b', 'c']);

      expect(ring.take('b')).to.equal(true);

      expect(take(ring, 4)).to.deep.equal(['a', 'c', 'b', 'a']);
    });

    it('does nothing for one that takes no turns', () => {
      expect(new Ring(['a']).take('b')).to.equal(false);
    });
  });

  describe('#inTurn', () => {
    it('tells the order of the turns, and changes nothing', () => {
      const ring = new Ring(['a', 'b', 'c']);
      ring.next();
      ring.add('d');

      expect([...ring.inTurn()]).to.deep.equal(['b', 'c', 'd', 'a']);
      expect(take(ring, 4)).to.deep.equal(['b', 'c', 'd', 'a']);
      expect([...new Ring<string>().inTurn()]).to.deep.equal([]);
    });

    it('is what `next` gives, after any sequence of calls', () => {
      const verb = fc.constantFrom('add', 'delete', 'take', 'next');
      fc.assert(
        fc.property(fc.array(fc.tuple(verb, fc.constantFrom('a', 'b', 'c', 'd'))), calls => {
          const ring = new Ring<string>();
          for (const [which, name] of calls) {
            if (which === 'next') ring.next();
            else ring[which as 'add' | 'delete' | 'take'](name);
          }
          const order = [...ring.inTurn()];
          expect(take(ring, ring.size)).to.deep.equal(order);
        }),
      );
    });
  });
});
