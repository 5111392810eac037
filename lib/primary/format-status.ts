import { exitText } from '../supervision/exit-text.js';
import { bytes, duration, percent } from '../util/units.js';
import type { ClusterState, ClusterStatus, GroupStatus, NextAction, ProcessStatus, SlotStatus } from './status.js';
import { type Column, printable, textTable } from './text-table.js';

/** One line of the table: a slot, or a process beside the slot's own. */
interface Row {
  readonly name: string;
  /** Left out for a process that is not the slot's own. */
  readonly slot?: SlotStatus;
  readonly process: Partial<Omit<ProcessStatus, 'state'>> & { readonly state: string };
  /** What happens next. */
  readonly next: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'name', cell: ({ name }) => name },
  { title: 'group', cell: ({ slot }) => slot?.group ?? '', widest: 16 },
  { title: '#', cell: ({ slot }) => number(slot?.index), align: 'right' },
  { title: 'pid', cell: ({ process }) => number(process.pid), align: 'right' },
  { title: 'state', cell: ({ process }) => process.state },
  { title: 'status', cell: ({ process }) => process.status ?? '', widest: 16 },
  { title: 'uptime', cell: ({ process }) => shown(process.uptime, duration), align: 'right' },
  { title: 'restarts', cell: ({ slot }) => number(slot?.restarts), align: 'right' },
  { title: 'memory', cell: ({ process }) => shown(process.memory, bytes), align: 'right' },
  { title: 'load', cell: ({ process }) => shown(process.utilization, percent), align: 'right' },
  { title: 'pending', cell: ({ process }) => number(process.pending), align: 'right' },
  { title: 'last exit', cell: ({ slot }) => shown(slot?.lastExits.at(-1), exitText) },
  { title: 'next', cell: ({ next }) => next },
];

const clusterStates: Readonly<Record<ClusterState, string>> = {
  starting: 'starting',
  running: 'running',
  shuttingDown: 'shutting down',
  stopped: 'stopped',
};

/** The status as a table for people: a line for the cluster, one for each group in trouble, and one for each process. */
export function formatStatus(status: ClusterStatus): string {
  const rows = status.groups.flatMap(({ slots }) => slots.flatMap(slot => rowsOf(slot, status.time)));
  const troubled = status.groups.filter(({ state }) => state !== 'running');
  const table = rows.length > 0 ? ['', ...textTable(columns, rows)] : [];
  return [clusterLine(status), ...troubled.map(groupLine), ...table].join('\n');
}

function clusterLine({ pid, state, uptime, totals, statistics }: ClusterStatus): string {
  const { pending, memory } = totals;
  const facts = [
    workersLine(totals),
    ...(memory === undefined ? [] : [bytes(memory)]),
    `${pending} pending`,
    counted(statistics.restarts, 'restart'),
  ];
  return `cluster ${pid} ${clusterStates[state]} for ${duration(uptime)}: ${facts.join(', ')}`;
}

function groupLine(group: GroupStatus): string {
  return `group ${printable(group.name)} ${group.state}: ${workersLine(group)}`;
}

function workersLine({
  ready,
  workerCount,
  standbys,
}: Pick<GroupStatus, 'ready' | 'workerCount' | 'standbys'>): string {
  const workers = `${ready} of ${counted(workerCount, 'worker')} ready`;
  return standbys > 0 ? `${workers}, ${counted(standbys, 'standby')}` : workers;
}

function rowsOf(slot: SlotStatus, now: number): Row[] {
  const { name, newcomer, leaver } = slot;
  return [
    { name, slot, process: slot, next: shown(slot.next, next => nextText(next, now)) },
    ...(newcomer ? [{ name: '  newcomer', process: newcomer, next: '' }] : []),
    ...(leaver ? [{ name: '  leaver', process: leaver, next: '' }] : []),
  ];
}

function nextText({ action, at }: NextAction, now: number): string {
  return at > now ? `${action} ${duration(at - now)}` : `${action} now`;
}

function shown<T>(value: T | undefined, text: (value: T) => string): string {
  return value === undefined ? '' : text(value);
}

function number(value: number | undefined): string {
  return shown(value, String);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
