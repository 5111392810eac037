import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Ledger } from '../../lib/primary/statistics.js';
import type { ClusterStatus, GroupState, SlotStatus } from '../../lib/primary/status.js';
import {
  nothingYet,
  type ProcessView,
  reportStatus,
  type SlotView,
  type StatusSource,
} from '../../lib/primary/status-report.js';
import { exitOf } from '../support/exit-records.js';
import { FakeClock } from '../support/fake-clock.js';
import { crewOfGroups, FakeCrew } from '../support/fake-supervisor.js';

const facts = { state: 'running', pid: 7, uptime: 1_234.5 } as const;
/** The clock's two scales: `now()` began long after `date()`. */
const clock = { now: () => 10_000, date: () => 1_700_000_010_000 };
const epoch = (at: number) => 1_700_000_000_000 + at;

function slotView(facts: Partial<SlotView> = {}): SlotView {
  const { group = 'api', index = 0 } = facts;
  const process = { phase: 'ready', since: 4_000, generation: 1, failures: 0, history: [] } as const;
  return { group, index, name: `${group}-${index}`, retired: false, ...process, ...facts };
}

function processView(
  slot: SlotView,
  handle: Partial<ProcessView['handle']> = {},
  rest: Partial<ProcessView> = {},
): ProcessView {
  const { generation } = slot;
  return {
    slot,
    generation,
    handle: { id: 3, pid: 33, state: 'ready', status: 'IDLE', uptime: 6_000, pending: 0, load: undefined, ...handle },
    stopping: () => ({ cause: undefined, next: undefined }),
    ...rest,
  };
}

interface Given {
  readonly slots?: readonly SlotView[];
  readonly standbys?: readonly SlotView[];
  readonly processes?: readonly ProcessView[];
  readonly state?: GroupState;
  readonly readyTimeout?: number;
  readonly ledger?: Ledger;
}

function sourceOf({ slots = [], standbys = [], processes = [], state = 'running', ...rest }: Given): StatusSource {
  const { readyTimeout = 30_000, ledger = new Ledger() } = rest;
  return {
    parts: { clock, groups: [{ name: 'api', options: { readyTimeout } }] },
    reconciler: { slots, standbys, groupState: () => state, edition: () => 4 },
    processes,
    ledger,
  };
}

/** The status of the only slot, with its process if it has one. */
function slotOf(slot: SlotView, process?: ProcessView, rest: Given = {}): SlotStatus {
  const processes = process ? [process] : [];
  const status = reportStatus(sourceOf({ slots: [slot], processes, ...rest }), facts);
  return status.groups[0]?.slots[0] as SlotStatus;
}

describe('reportStatus', () => {
  describe('of a cluster', () => {
    it('says how it is, and sums its groups', () => {
      const slots = [slotView(), slotView({ index: 1, phase: 'waiting' })];
      const standbys = [slotView({ index: 0, name: 'spare', phase: 'standby' })];
      const processes = [
        processView(slots[0] as SlotView, { memory: 100, pending: 2 }),
        processView(standbys[0] as SlotView, { memory: 50, pending: 1, state: 'standby' }),
      ];
      const { groups, ...cluster } = reportStatus(sourceOf({ slots, standbys, processes }), facts);

      expect(cluster).to.deep.equal({
        ...{ time: 1_700_000_010_000, pid: 7, uptime: 1_235, state: 'running' },
        totals: { workerCount: 2, ready: 1, standbys: 1, pending: 3, memory: 150 },
        statistics: new Ledger().total,
      });
      expect(groups).to.have.lengthOf(1);
    });

    it('counts newcomers and leavers into what is pending and what memory is used', () => {
      const slot = slotView({ generation: 2, newcomer: { generation: 3 }, leaver: { generation: 1 } });
      const processes = [1, 2, 3].map(generation =>
        processView(slot, { memory: generation, pending: 10 * generation }, { generation }),
      );

      const { totals } = reportStatus(sourceOf({ slots: [slot], processes }), facts);

      expect(totals).to.include({ memory: 6, pending: 60, ready: 1 });
    });

    it('does not know the memory of workers that have not told', () => {
      expect(reportStatus(sourceOf({ slots: [slotView()] }), facts).totals).to.not.have.property('memory');
    });

    it('is of a cluster that is not set up, too', () => {
      const status = reportStatus(nothingYet(new FakeClock(5)), { ...facts, state: 'starting' });

      expect(status).to.deep.include({ state: 'starting', groups: [], time: 5 });
      expect(status.totals).to.deep.equal({ workerCount: 0, ready: 0, standbys: 0, pending: 0 });
    });

    it('is frozen at every level', () => {
      const slot = slotView({ history: [exitOf({ error: { name: 'Error', message: 'burnt' } })] });
      const status = reportStatus(sourceOf({ slots: [slot], processes: [processView(slot)] }), facts);

      const visit = (value: unknown): void => {
        if (typeof value !== 'object' || value === null) return;
        expect(value).to.be.frozen;
        Object.values(value).forEach(visit);
      };
      visit(status);
    });

    it('is the same after a journey through JSON', () => {
      const slot = slotView({ history: [exitOf()], newcomer: { generation: 9 } });
      const status = reportStatus(
        sourceOf({ slots: [slot], processes: [processView(slot, { pid: undefined })] }),
        facts,
      );

      expect(JSON.parse(JSON.stringify(status))).to.deep.equal(status);
    });
  });

  describe('of a group', () => {
    it('says what there should be, and what there is', () => {
      const slots = [slotView({ index: 2, retired: true }), slotView({ index: 0 }), slotView({ index: 1 })];
      const standbys = [slotView({ name: 'spare-1', index: 1 }), slotView({ name: 'spare-0', index: 0 })];
      const processes = [
        ...slots.map(slot => processView(slot)),
        ...standbys.map(slot => processView(slot, { state: slot.index === 0 ? 'standby' : 'starting' })),
      ];
      const [group] = reportStatus(sourceOf({ slots, standbys, processes }), facts).groups;

      expect(group).to.include({ name: 'api', state: 'running', workerCount: 2, ready: 3, standbys: 1, edition: 4 });
      expect(group?.slots.map(({ name, role }) => [name, role])).to.deep.equal([
        ['api-0', 'worker'],
        ['api-1', 'worker'],
        ['api-2', 'worker'],
        ['spare-0', 'standby'],
        ['spare-1', 'standby'],
      ]);
    });

    it('has the slots of no other group', () => {
      const slots = [slotView({ group: 'jobs' }), slotView()];

      expect(reportStatus(sourceOf({ slots }), facts).groups[0]?.slots.map(({ name }) => name)).to.deep.equal([
        'api-0',
      ]);
    });
  });

  describe('of a slot', () => {
    it('says all that is known of its process', () => {
      const slot = slotView({ generation: 4, history: [exitOf()] });
      const handle = { uptime: 6_000.4, pending: 2, memory: 87, load: 0.5, delay: 3, status: 'PROCESSING' };

      expect(slotOf(slot, processView(slot, handle))).to.deep.include({
        ...{ name: 'api-0', group: 'api', index: 0, role: 'worker', state: 'ready', since: epoch(4_000) },
        ...{ pid: 33, id: 3, generation: 4, status: 'PROCESSING', uptime: 6_000 },
        ...{ pending: 2, memory: 87, utilization: 0.5, delay: 3, restarts: 0 },
        lastExits: [JSON.parse(JSON.stringify(exitOf()))],
      });
    });

    it('leaves out what it does not know', () => {
      const slot = slotView();

      expect(slotOf(slot, processView(slot, { pid: undefined }))).to.not.have.any.keys(
        ...['pid', 'memory', 'utilization', 'delay', 'why', 'next', 'newcomer', 'leaver'],
      );
    });

    it('has its statistics, and how often it was restarted', () => {
      const slot = slotView();
      const ledger = new Ledger();
      ledger.forked(slot);
      ledger.tally(slot).exited(exitOf());
      ledger.forked(slot);

      const status = slotOf(slot, undefined, { ledger });

      expect(status.restarts).to.equal(1);
      expect(status.statistics).to.deep.equal(ledger.of(slot));
    });

    it('tells its own process from the newcomer and the leaver', () => {
      const slot = slotView({ generation: 2, newcomer: { generation: 3 }, leaver: { generation: 1 } });
      const processes = [1, 2, 3].map(generation => processView(slot, { id: 10 * generation }, { generation }));
      const status = reportStatus(sourceOf({ slots: [slot], processes }), facts).groups[0]?.slots[0];

      expect([status?.leaver?.id, status?.id, status?.newcomer?.id]).to.deep.equal([10, 20, 30]);
      expect(status?.newcomer).to.deep.equal({
        ...{ id: 30, pid: 33, generation: 3, state: 'ready', status: 'IDLE', uptime: 6_000, pending: 0 },
      });
    });

    it('has the newcomer that fills it while it waits for a replacement', () => {
      const slot = slotView({ phase: 'waiting', nextAt: 12_000, newcomer: { generation: 2 } });
      const newcomer = processView(slot, { state: 'starting' }, { generation: 2 });

      const status = slotOf(slot, newcomer);

      expect(status).to.include({ state: 'waiting' }).and.to.not.have.property('pid');
      expect(status.newcomer).to.include({ state: 'starting' });
    });
  });

  describe('the state of a slot', () => {
    for (const phase of ['waiting', 'queued', 'down', 'starting'] as const) {
      it(`is \`${phase}\` without a process`, () => expect(slotOf(slotView({ phase })).state).to.equal(phase));
    }

    for (const phase of ['ready', 'standby', 'stopping'] as const) {
      it(`is \`exited\` when the process is gone and the slot is still \`${phase}\``, () => {
        expect(slotOf(slotView({ phase })).state).to.equal('exited');
      });
    }

    for (const state of ['online', 'draining', 'exited'] as const) {
      it(`is \`${state}\` when its process is`, () => {
        const slot = slotView();

        expect(slotOf(slot, processView(slot, { state })).state).to.equal(state);
      });
    }
  });

  describe('why', () => {
    it('is nothing for a worker that is ready', () => {
      const slot = slotView({ history: [exitOf()] });

      expect(slotOf(slot, processView(slot)).why).to.equal(undefined);
    });

    it('is the first start, or the exit before', () => {
      expect(slotOf(slotView({ phase: 'starting' })).why).to.equal('first start');
      expect(slotOf(slotView({ phase: 'waiting', history: [exitOf({ code: 9 })] })).why).to.equal('after crash (9)');
    });

    it('is the turn that a queued one waits for', () => {
      expect(slotOf(slotView({ phase: 'queued' })).why).to.equal('waits for its turn');
    });

    const down: readonly (readonly [GroupState, string])[] = [
      ['failed', 'group failed'],
      ['drained', 'drained'],
      ['draining', 'drained'],
      ['running', 'not started'],
    ];
    for (const [state, why] of down) {
      it(`is \`${why}\` where nothing runs in a group that is ${state}`, () => {
        expect(slotOf(slotView({ phase: 'down' }), undefined, { state }).why).to.equal(why);
      });
    }

    it('is the cause of a stop', () => {
      const slot = slotView({ phase: 'stopping' });
      const stopping = () => ({ cause: 'recycled' as const, next: undefined });

      expect(slotOf(slot, processView(slot, { state: 'draining' }, { stopping })).why).to.equal('recycled');
    });

    it('is the will of a worker that nobody asked to stop', () => {
      const slot = slotView();

      expect(slotOf(slot, processView(slot, { state: 'draining' })).why).to.equal('leaves by itself');
    });

    it('is the deadline of a start that took too long', () => {
      const slot = slotView({ phase: 'starting' });
      const process = processView(slot, { state: 'stopping', uptime: 30_000 });

      expect(slotOf(slot, process).why).to.equal('bootTimeout');
    });
  });

  describe('next', () => {
    it('is the replacement that is due', () => {
      const slot = slotView({ phase: 'waiting', nextAt: 12_500 });

      expect(slotOf(slot).next).to.deep.equal({ action: 'restart', at: epoch(12_500) });
    });

    for (const [signal, action] of [
      ['SIGTERM', 'terminate'],
      ['SIGKILL', 'kill'],
    ] as const) {
      it(`is ${signal} for a worker that is asked to stop`, () => {
        const slot = slotView({ phase: 'stopping' });
        const stopping = () => ({ cause: undefined, next: { signal, at: 11_000 } });
        const process = processView(slot, { state: 'draining' }, { stopping });

        expect(slotOf(slot, process).next).to.deep.equal({ action, at: epoch(11_000) });
      });
    }

    for (const state of ['starting', 'online'] as const) {
      it(`is the deadline of the start of one that is ${state}`, () => {
        const slot = slotView({ phase: 'starting' });
        const process = processView(slot, { state, uptime: 1_000 });

        expect(slotOf(slot, process).next).to.deep.equal({ action: 'kill', at: epoch(39_000) });
        expect(slotOf(slot, process, { readyTimeout: Number.POSITIVE_INFINITY }).next).to.equal(undefined);
      });
    }

    it('is when a worker is recycled, if that is planned', () => {
      const slot = slotView();

      const process = processView(slot, {}, { recycleAt: 60_000 });

      expect(slotOf(slot, process).next).to.deep.equal({ action: 'recycle', at: epoch(60_000) });
    });
  });

  describe('of a supervisor', () => {
    const look = ({ supervisor }: FakeCrew): ClusterStatus => reportStatus(supervisor, facts);

    it('follows a worker from its fork to its end and to the next one', async () => {
      using crew = new FakeCrew();
      const only = () => look(crew).groups[0]?.slots[0] as SlotStatus;
      void crew.fork();
      expect(only()).to.include({ state: 'starting', generation: 1, id: 1, why: 'first start' });
      crew.cluster.worker(0).becomesReady();
      expect(only()).to.include({ state: 'ready', status: 'IDLE', pid: 1_001 });

      crew.cluster.worker(0).exits(7);
      expect(only()).to.include({ state: 'starting', generation: 2, why: 'after crash (7)', restarts: 1 });
      crew.cluster.worker(1).exits(8);

      expect(only()).to.include({ state: 'waiting', generation: 2, restarts: 1, why: 'after boot (8)' });
      expect(only().next).to.deep.equal({ action: 'restart', at: 100 });
      expect(only().lastExits.map(({ code }) => code)).to.deep.equal([7, 8]);
      crew.clock.advance(100);
      expect(only()).to.include({ state: 'starting', generation: 3, restarts: 2, since: 100 });
    });

    it('shows a worker that is asked to stop, with the signals that follow', async () => {
      using crew = new FakeCrew();
      const [worker] = await crew.ready();
      void worker?.destroy();
      const only = () => look(crew).groups[0]?.slots[0] as SlotStatus;

      expect(only()).to.deep.include({ state: 'draining', why: 'destroyed', next: { action: 'terminate', at: 100 } });
      crew.clock.advance(100);
      expect(only()).to.deep.include({ state: 'stopping', why: 'destroyed', next: { action: 'kill', at: 110 } });
      crew.cluster.worker(0).exits(0);

      expect(look(crew).groups[0]?.slots).to.deep.equal([]);
      expect(look(crew).statistics).to.include({ forks: 1, exits: 1, failures: 0, restarts: 0 });
      expect(look(crew).groups[0]?.statistics).to.include({ forks: 1, exits: 1 });
    });

    it('shows a group that has failed, and no other', async () => {
      using crew = crewOfGroups({ restart: { intensity: 0 } });
      await crew.ready(1, undefined, 'api');
      await crew.ready(1);
      crew.cluster.worker(0).exits(1);

      const { groups, totals } = look(crew);

      expect(groups.map(({ name, state }) => [name, state])).to.deep.equal([
        ['default', 'running'],
        ['api', 'failed'],
      ]);
      expect(groups[1]?.slots[0]).to.include({ state: 'down', why: 'group failed' });
      expect(totals).to.include({ workerCount: 2, ready: 1 });
    });

    it('counts what could not be started', async () => {
      using crew = new FakeCrew();
      crew.cluster.failure = new Error('spawn EAGAIN');
      await crew.fork().catch(() => {});

      expect(look(crew).statistics).to.include({ forks: 1, exits: 1, failures: 1 });
    });
  });
});
