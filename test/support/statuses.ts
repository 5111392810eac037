import { Ledger, type Statistics } from '../../lib/primary/statistics.js';
import type { ClusterStatus, GroupStatus, SlotStatus } from '../../lib/primary/status.js';

/** The time at which the statuses of this file were true. */
export const time = Date.UTC(2024, 0, 1);

export const noStatistics: Statistics = new Ledger().total;

const mebibyte = 1024 ** 2;

/** An idle worker, but for what `facts` say. */
export function slotStatus(facts: Partial<SlotStatus> = {}): SlotStatus {
  const { index = 0, group = 'default' } = facts;
  return {
    name: `${group}-${index}`,
    group,
    index,
    role: 'worker',
    state: 'ready',
    since: time - 5_000,
    pid: 4_711 + index,
    id: index + 1,
    generation: 1,
    status: 'IDLE',
    uptime: 11_520_000,
    pending: 0,
    memory: 87 * mebibyte,
    utilization: 0.42,
    restarts: 0,
    lastExits: [],
    statistics: noStatistics,
    ...facts,
  };
}

/** A slot of which the worker left, but for what `facts` say. */
export function emptySlotStatus(facts: Partial<SlotStatus> = {}): SlotStatus {
  const { pid: _, id: __, status: ___, uptime: ____, pending: _____, memory, utilization, ...rest } = slotStatus();
  return { ...rest, state: 'waiting', ...facts };
}

export function groupStatus(slots: readonly SlotStatus[], facts: Partial<GroupStatus> = {}): GroupStatus {
  const workers = slots.filter(({ role }) => role === 'worker');
  return {
    name: slots[0]?.group ?? 'default',
    state: 'running',
    workerCount: workers.length,
    ready: workers.filter(({ state }) => state === 'ready').length,
    standbys: slots.filter(({ state }) => state === 'standby').length,
    edition: 0,
    slots,
    statistics: noStatistics,
    ...facts,
  };
}

export function clusterStatus(groups: readonly GroupStatus[], facts: Partial<ClusterStatus> = {}): ClusterStatus {
  const sum = (count: (group: GroupStatus) => number) => groups.reduce((total, group) => total + count(group), 0);
  return {
    time,
    pid: 4_710,
    uptime: 11_525_000,
    state: 'running',
    groups,
    totals: {
      workerCount: sum(({ workerCount }) => workerCount),
      ready: sum(({ ready }) => ready),
      standbys: sum(({ standbys }) => standbys),
      pending: 3,
      memory: sum(({ slots }) => slots.length) * 87 * mebibyte,
    },
    statistics: noStatistics,
    ...facts,
  };
}
