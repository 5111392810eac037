import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { IdTable } from '../../lib/channel/id-table.js';

interface Thing {
  readonly id: number;
}

function tableOf(...ids: readonly number[]): IdTable<Thing> {
  const table = new IdTable<Thing>();
  for (const id of ids) table.add({ id });
  return table;
}

function idsOf(table: Iterable<Thing>): number[] {
  return Array.from(table, ({ id }) => id).sort((left, right) => left - right);
}

function countTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('IdTable', () => {
  it('finds things by their id', () => {
    const table = tableOf(1, 2);

    expect([table.get(2), table.get(3)]).to.deep.equal([{ id: 2 }, undefined]);
    expect([table.has(1), table.has(0)]).to.deep.equal([true, false]);
  });

  it('gives each thing away once', () => {
    const table = tableOf(7);

    expect([table.take(7), table.take(7)]).to.deep.equal([{ id: 7 }, undefined]);
    expect(table.size).to.equal(0);
  });

  it('tells ids apart that have the same last bits', () => {
    const table = tableOf(1, 1 + 2 ** 20, 1 + 2 ** 40);

    expect(table.take(1)).to.deep.equal({ id: 1 });

    expect(idsOf(table)).to.deep.equal([1 + 2 ** 20, 1 + 2 ** 40]);
    expect(table.take(1 + 2 ** 40)).to.deep.equal({ id: 1 + 2 ** 40 });
    expect(table.has(1 + 2 ** 20)).to.equal(true);
  });

  it('keeps everything while it grows', () => {
    const ids = countTo(1000);

    const table = tableOf(...ids);

    expect(idsOf(table)).to.deep.equal(ids);
    expect(ids.every(id => table.get(id)?.id === id)).to.equal(true);
  });

  describe('#freeIdAfter', () => {
    it('is the next id, as a rule', () => {
      expect(tableOf(1, 2, 3).freeIdAfter(3)).to.equal(4);
    });

    it('passes over ids whose place is taken by one that stayed long', () => {
      expect(tableOf(1, 2).freeIdAfter(64)).to.equal(67);
    });

    it('finds one however many there are', () => {
      const table = tableOf();
      let id = 0;
      for (let count = 0; count < 1000; count++) {
        id = table.freeIdAfter(id);
        table.add({ id });
      }

      expect(table.size).to.equal(1000);
    });
  });

  it('does what a Map does, whatever the ids', () => {
    const id = fc.oneof(
      fc.nat(200),
      fc.nat(8).map(factor => factor * 2 ** 33),
      fc.maxSafeNat(),
    );
    const step = fc.record({ id, add: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), steps => {
        const table = new IdTable<Thing>();
        const model = new Map<number, Thing>();
        for (const { id, add } of steps) {
          const thing = { id };
          if (add && !model.has(id)) {
            table.add(thing);
            model.set(id, thing);
          } else {
            expect(table.take(id)).to.equal(model.get(id));
            model.delete(id);
          }
          expect([table.has(id), table.size]).to.deep.equal([model.has(id), model.size]);
        }
        expect(idsOf(table)).to.deep.equal(idsOf(model.values()));
      }),
    );
  });
});
