import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ForkNotices } from '../../lib/primary/fork-notices.js';
import type { Action, Role } from '../../lib/supervision/actions.js';
import type { Slot } from '../../lib/supervision/slot.js';
import { slotOf, type Told } from '../support/worker-process.js';

function notices(prevented: readonly string[] = []) {
  const told: Told = [];
  const each = new ForkNotices((name, data) => {
    told.push([name, data]);
    return !prevented.includes((data as { readonly group: string }).group);
  });
  return { each, told };
}

function inGroup(group: string, index = 0): Slot {
  return { ...slotOf(`${group}-${index}`, index), group };
}

function fork(slot: Slot, { role = 'worker', generation = 2 }: { role?: Role; generation?: number } = {}): Action {
  return { type: 'fork', slot, generation, edition: 0, role };
}

const [api, other, jobs] = [inGroup('api'), inGroup('api', 1), inGroup('jobs')];

describe('ForkNotices', () => {
  it('tells of the forks of each group together, before any', () => {
    const { each, told } = notices();
    const actions = [fork(api), { type: 'free', slot: jobs } as const, fork(jobs), fork(other, { role: 'newcomer' })];

    expect([...each.tell(actions)]).to.deep.equal([]);
    expect(told).to.deep.equal([
      ['fork', { workerCount: 2, group: 'api' }],
      ['fork', { workerCount: 1, group: 'jobs' }],
    ]);
  });

  it('says nothing of actions that start nothing', () => {
    const { each, told } = notices();
    const actions: readonly Action[] = [
      { type: 'stop', slot: api, generation: 1, cause: 'scaled' },
      { type: 'wait', ticket: 1, delay: 5 },
      { type: 'promote', slot: api, generation: 2, standby: jobs, standbyGeneration: 1 },
    ];

    expect([...each.tell(actions)]).to.deep.equal([]);
    expect(told).to.deep.equal([]);
  });

  it('finds out which forks somebody prevents: those of the group', () => {
    const { each } = notices(['api']);
    const [first, second, third] = [fork(api), fork(jobs), fork(other)];

    expect([...each.tell([first, second, third])]).to.deep.equal([first, third]);
  });

  describe('#tellAll', () => {
    it('tells of all first processes at once, also of those that have to wait for their turn', () => {
      const { each, told } = notices();

      expect(each.tellAll('api', [api, other])).to.equal(true);
      expect([
        ...each.tell([fork(api, { generation: 1 })]),
        ...each.tell([fork(other, { generation: 1 })]),
      ]).to.deep.equal([]);
      expect(told).to.deep.equal([['fork', { workerCount: 2, group: 'api' }]]);
    });

    it('is about the first process of a slot, and about none after it', () => {
      const { each, told } = notices();
      each.tellAll('api', [api]);
      each.tell([fork(api, { generation: 1 })]);
      each.tell([fork(api)]);

      expect(told).to.have.lengthOf(2);
    });

    it('is told whether somebody prevents it, and has told nobody then', () => {
      const { each, told } = notices(['api']);

      expect(each.tellAll('api', [api])).to.equal(false);
      expect([...each.tell([fork(api)])]).to.have.lengthOf(1);
      expect(told).to.have.lengthOf(2);
    });

    it('says nothing of nothing', () => {
      const { each, told } = notices(['api']);

      expect(each.tellAll('api', [])).to.equal(true);
      expect(told).to.deep.equal([]);
    });

    it('knows of the slots before it tells: a listener may have them started', () => {
      const told: Told = [];
      const refused: unknown[] = [];
      const each: ForkNotices = new ForkNotices((name, data) => {
        told.push([name, data]);
        refused.push(...each.tell([fork(api, { generation: 1 })]));
        return true;
      });
      each.tellAll('api', [api]);

      expect([told.length, refused]).to.deep.equal([1, []]);
    });
  });

  describe('#forget', () => {
    it('lets the next process of a slot that was given up and came back be news', () => {
      const { each, told } = notices();
      each.tellAll('api', [api]);
      each.forget(api);
      each.tell([fork(api)]);

      expect(told).to.have.lengthOf(2);
    });
  });
});
