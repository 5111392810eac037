import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WorkerNameError } from '../../lib/errors/errors.js';
import { defaultRestart as restart } from '../../lib/supervision/restart-policy.js';
import { type SlotRequest, SlotTable } from '../../lib/supervision/slot-table.js';

function claimNames(table: SlotTable, request: Omit<SlotRequest, 'restart'>): string[] {
  return table.claim({ restart, ...request }).map(({ name }) => name);
}

describe('SlotTable', () => {
  describe('#claim', () => {
    it('numbers the slots of each group from 0', () => {
      const table = new SlotTable();

      expect(claimNames(table, { group: 'api', count: 2 })).to.deep.equal(['api-0', 'api-1']);
      expect(claimNames(table, { group: 'jobs' })).to.deep.equal(['jobs-0']);
    });

    it('gives the smallest free number again', () => {
      const table = new SlotTable();
      const [first] = table.claim({ group: 'api', count: 3, restart });

      if (first !== undefined) table.release(first);

      expect(claimNames(table, { group: 'api', count: 2 })).to.deep.equal(['api-0', 'api-3']);
    });

    it('gives a name asked for, which takes a number too', () => {
      const table = new SlotTable();

      expect(claimNames(table, { group: 'api', name: 'chef' })).to.deep.equal(['chef']);
      expect(claimNames(table, { group: 'api' })).to.deep.equal(['api-1']);
    });

    it('passes over a number whose name another slot was given', () => {
      const table = new SlotTable();
      claimNames(table, { group: 'api', name: 'api-1' });

      expect(claimNames(table, { group: 'api' })).to.deep.equal(['api-2']);
    });

    for (const [name, why] of [
      ['all', 'the name is reserved'],
      ['others', 'the name is reserved'],
      ['primary', 'the name is reserved'],
      ['17', 'it would be taken for an id'],
      ['', 'a name has 1 to 128 characters'],
      ['x'.repeat(129), 'a name has 1 to 128 characters'],
    ] as const) {
      it(`refuses \`${name.slice(0, 10)}\`: ${why}`, () => {
        expect(() => new SlotTable().claim({ group: 'api', name, restart }))
          .to.throw(WorkerNameError, why)
          .with.deep.property('details', { name });
      });
    }

    it('refuses a name that is taken, until its slot is released', () => {
      const table = new SlotTable();
      const [chef] = table.claim({ group: 'api', name: 'chef', restart });

      expect(() => claimNames(table, { group: 'jobs', name: 'chef' })).to.throw(WorkerNameError, 'the name is taken');
      if (chef !== undefined) table.release(chef);

      expect(claimNames(table, { group: 'jobs', name: 'chef' })).to.deep.equal(['chef']);
    });

    it('names places of spare processes so that they take no worker its number', () => {
      const table = new SlotTable();
      claimNames(table, { group: 'api', name: 'api-standby-0' });

      expect(claimNames(table, { group: 'api', role: 'standby', count: 2 })).to.deep.equal([
        'api-standby-1',
        'api-standby-2',
      ]);
      expect(claimNames(table, { group: 'api' })).to.deep.equal(['api-1']);
      expect([
        table.of('api').length,
        table.of('api', 'worker').length,
        table.of('api', 'standby').length,
      ]).to.deep.equal([4, 2, 2]);
    });

    it('makes slots as they are asked for', () => {
      const [slot] = new SlotTable().claim({
        group: 'api',
        restart,
        ownSettings: true,
        retryFirstBoot: true,
        edition: 2,
      });

      expect(slot).to.include({ role: 'worker', ownSettings: true, retryBoot: true, edition: 2 });
    });

    it('refuses one name for several slots, and makes none', () => {
      const table = new SlotTable();

      expect(() => claimNames(table, { group: 'api', name: 'chef', count: 2 })).to.throw(
        WorkerNameError,
        '2 were asked',
      );

      expect(table.size).to.equal(0);
    });
  });

  it('knows a slot from a later one of the same name', () => {
    const table = new SlotTable();
    const [older] = table.claim({ group: 'api', restart });
    if (older === undefined) throw new Error('no slot');
    table.release(older);

    claimNames(table, { group: 'api' });

    expect([table.has(older), table.release(older), table.size]).to.deep.equal([false, false, 1]);
  });
});
