import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ProcessTable } from '../../lib/primary/process-table.js';
import type { ProcessBehindHandle } from '../../lib/primary/worker-handle.js';
import type { Slot } from '../../lib/supervision/slot.js';
import { slotOf } from '../support/worker-process.js';

type Movable = ProcessBehindHandle & { slot: Slot; generation: number };

/** As much of a process as the table looks at. */
function processIn(slot: Slot, generation = 1): Movable {
  return { slot, generation } as Partial<ProcessBehindHandle> as Movable;
}

/** A table in which this process is its slot's worker. */
function tableOf(worker: ProcessBehindHandle): ProcessTable {
  const table = new ProcessTable();
  table.add(worker);
  table.settle(worker);
  return table;
}

describe('ProcessTable', () => {
  it('lists the processes that live', () => {
    const table = new ProcessTable();
    const [old, newcomer] = [processIn(slotOf(), 1), processIn(slotOf(), 2)];
    for (const each of [old, newcomer]) table.add(each);
    table.remove(old);

    expect([...table]).to.deep.equal([newcomer]);
    expect([table.size, table.has(old), table.has(newcomer)]).to.deep.equal([1, false, true]);
  });

  describe('#find', () => {
    it("finds a slot's worker, and a newcomer that has not settled", () => {
      const slot = slotOf();
      const [old, newcomer] = [processIn(slot, 1), processIn(slot, 2)];
      const table = tableOf(old);
      table.add(newcomer);

      expect([table.find(slot, 1), table.find(slot, 2)]).to.deep.equal([old, newcomer]);
    });

    it('finds the old worker when the newcomer has taken over', () => {
      const slot = slotOf();
      const [old, newcomer] = [processIn(slot, 1), processIn(slot, 2)];
      const table = tableOf(old);
      table.add(newcomer);
      table.settle(newcomer);

      expect(table.find(slot, 1)).to.equal(old);
    });

    it('finds nobody in another slot, of another generation, or who is gone', () => {
      const slot = slotOf();
      const worker = processIn(slot);
      const table = tableOf(worker);
      const before = [table.find(slotOf(), 1), table.find(slot, 2)];
      table.remove(worker);

      expect([...before, table.find(slot, 1)]).to.deep.equal([undefined, undefined, undefined]);
    });

    it('finds a spare process where it has moved to, and nobody where it was', () => {
      const [standby, slot] = [slotOf('api-standby-0'), slotOf('api-0')];
      const worker = processIn(standby, 1);
      const table = tableOf(worker);
      Object.assign(worker, { slot, generation: 2 });
      table.settle(worker);

      expect(table.find(slot, 2)).to.equal(worker);
      // The next spare one has this generation, and may not have been started yet.
      expect(table.find(standby, 2)).to.equal(undefined);
    });
  });

  describe('#latest', () => {
    it("is the slot's worker, gone or not, until the next one settles", () => {
      const slot = slotOf();
      const [old, newcomer] = [processIn(slot, 1), processIn(slot, 2)];
      const table = tableOf(old);
      table.remove(old);
      table.add(newcomer);
      const before = table.latest(slot);
      table.settle(newcomer);

      expect([before, table.latest(slot)]).to.deep.equal([old, newcomer]);
    });

    it('is nobody in a slot that was forgotten, or that never had a process', () => {
      const slot = slotOf();
      const table = tableOf(processIn(slot));
      table.forget(slot);

      expect([table.latest(slot), table.latest(slotOf())]).to.deep.equal([undefined, undefined]);
    });

    it('is no spare process that has moved away', () => {
      const standby = slotOf('api-standby-0');
      const worker = processIn(standby);
      const table = tableOf(worker);
      worker.slot = slotOf('api-0');

      expect(table.latest(standby)).to.equal(undefined);
    });
  });

  it('keeps a process that lives in a slot that is forgotten', () => {
    const slot = slotOf();
    const worker = processIn(slot);
    const table = tableOf(worker);
    table.forget(slot);

    expect([table.find(slot, 1), table.size]).to.deep.equal([worker, 1]);
  });
});
