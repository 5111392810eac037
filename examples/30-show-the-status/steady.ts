import type { ClusterStatus, SlotStatus } from 'phased-cluster';

/** What differs from run to run, made the same in every run. */
export function steady(status: ClusterStatus): ClusterStatus {
  const { time } = status;
  const processes = new Map<number, number>();
  const pid = (real: number) => processes.get(real) ?? processes.set(real, 4_000 + processes.size).get(real);
  const memory = 48 * 2 ** 20;
  const slot = ({ next, ...rest }: SlotStatus): SlotStatus => ({
    ...rest,
    ...(rest.pid === undefined ? {} : { pid: pid(rest.pid), uptime: 61_000, memory, utilization: 0.02 }),
    ...(next && { next: { action: next.action, at: time + 60_000 } }),
  });
  return {
    ...status,
    pid: pid(status.pid) ?? 0,
    uptime: 65_000,
    totals: { ...status.totals, memory },
    groups: status.groups.map(group => ({ ...group, slots: group.slots.map(slot) })),
  };
}
