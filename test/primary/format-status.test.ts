import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { formatStatus } from '../../lib/primary/format-status.js';
import type { SlotStatusState } from '../../lib/primary/status.js';
import { widthOf } from '../../lib/primary/text-table.js';
import { exitOf } from '../support/exit-records.js';
import { clusterStatus, emptySlotStatus, groupStatus, noStatistics, slotStatus, time } from '../support/statuses.js';

/** The table, its lines alone: no line about the cluster or a group. */
function tableOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.slice(lines.indexOf('') + 1);
}

describe('formatStatus', () => {
  it('is a line about the cluster and a table of its workers', () => {
    const crashed = { restarts: 3, lastExits: [exitOf({ code: null, signal: 'SIGKILL' }), exitOf({ code: 7 })] };
    const slots = [
      slotStatus(),
      slotStatus({ index: 1, ...crashed, status: 'PROCESSING', utilization: 1, pending: 12, uptime: 59_000 }),
      emptySlotStatus({ index: 2, name: 'default-2', ...crashed, next: { action: 'restart', at: time + 12_300 } }),
    ];
    const status = clusterStatus([groupStatus(slots)], { statistics: { ...noStatistics, restarts: 6 } });

    expect(formatStatus(status).split('\n')).to.deep.equal([
      'cluster 4710 running for 3 h 12 m: 2 of 3 workers ready, 261 MiB, 3 pending, 6 restarts',
      '',
      'name       group    #   pid  state    status        uptime  restarts  memory   load  pending  last exit  next',
      'default-0  default  0  4711  ready    IDLE        3 h 12 m         0  87 MiB   42 %        0',
      'default-1  default  1  4712  ready    PROCESSING      59 s         3  87 MiB  100 %       12  crash (7)',
      'default-2  default  2        waiting                               3                          crash (7)  restart 12 s',
    ]);
  });

  it('has at most 120 columns of usual content', () => {
    const exits = { restarts: 12, lastExits: [exitOf({ code: 1 })] };
    const slots = [
      slotStatus({ pid: 123_456, utilization: 1, status: 'PROCESSING', pending: 1_000, ...exits }),
      emptySlotStatus({ index: 1, ...exits, next: { action: 'restart', at: time + 12_300 } }),
    ];

    for (const line of formatStatus(clusterStatus([groupStatus(slots)])).split('\n')) {
      expect(line.length, line).to.be.lessThanOrEqual(120);
    }
  });

  it('says which groups are not simply running', () => {
    const jobs = groupStatus([slotStatus({ group: 'jobs' })]);
    const failed = groupStatus([emptySlotStatus({ group: 'api', state: 'down' })], { name: 'api', state: 'failed' });
    const drained = groupStatus([], { name: 'mail', state: 'drained' });
    const lines = formatStatus(clusterStatus([jobs, failed, drained])).split('\n');

    expect(lines.slice(0, 4)).to.deep.equal([
      'cluster 4710 running for 3 h 12 m: 1 of 2 workers ready, 174 MiB, 3 pending, 0 restarts',
      'group api failed: 0 of 1 worker ready',
      'group mail drained: 0 of 0 workers ready',
      '',
    ]);
  });

  it('is one line for a cluster without workers', () => {
    const totals = { workerCount: 0, ready: 0, standbys: 0, pending: 0 };
    const status = clusterStatus([groupStatus([])], { totals, state: 'starting', uptime: 850 });

    expect(formatStatus(status)).to.equal(
      'cluster 4710 starting for 850 ms: 0 of 0 workers ready, 0 pending, 0 restarts',
    );
  });

  it('counts one as one, and says how many are spare', () => {
    const spare = slotStatus({ index: 1, role: 'standby', state: 'standby', name: 'default-standby-0' });
    const status = clusterStatus([groupStatus([slotStatus(), spare])], {
      state: 'shuttingDown',
      statistics: { ...noStatistics, restarts: 1 },
    });

    expect(formatStatus(status).split('\n')[0]).to.equal(
      'cluster 4710 shutting down for 3 h 12 m: 1 of 1 worker ready, 1 standby, 174 MiB, 3 pending, 1 restart',
    );
  });

  it('shows the process that is to take over, and the one on its way out, below their slot', () => {
    const process = { id: 9, pid: 9_001, generation: 2, status: 'INITIALIZING', uptime: 50, pending: 0 };
    const newcomer = { ...process, state: 'starting' as const };
    const leaver = { ...process, state: 'draining' as const, memory: 1024 ** 3 };
    const slots = [slotStatus({ newcomer }), slotStatus({ index: 1, leaver })];

    expect(tableOf(formatStatus(clusterStatus([groupStatus(slots)])))).to.deep.equal([
      'name        group    #   pid  state     status          uptime  restarts   memory  load  pending  last exit  next',
      'default-0   default  0  4711  ready     IDLE          3 h 12 m         0   87 MiB  42 %        0',
      '  newcomer              9001  starting  INITIALIZING     50 ms                                 0',
      'default-1   default  1  4712  ready     IDLE          3 h 12 m         0   87 MiB  42 %        0',
      '  leaver                9001  draining  INITIALIZING     50 ms            1.0 GiB              0',
    ]);
  });

  it('says what is due now, and what is overdue', () => {
    const late = slotStatus({ state: 'stopping', next: { action: 'kill', at: time - 40 } });

    expect(formatStatus(clusterStatus([groupStatus([late])]))).to.match(/ {2}kill now$/);
  });

  it('lets no text that somebody set break its lines', () => {
    const hostile = 'x\u001b[2J\n\u202e'.repeat(30);
    const slots = [slotStatus({ name: hostile, group: hostile, status: hostile }), slotStatus({ index: 1 })];
    const lines = formatStatus(clusterStatus([groupStatus(slots, { name: hostile, state: 'failed' })])).split('\n');

    expect(lines).to.have.lengthOf(6);
    expect(lines.join('')).to.not.match(/[\p{C}]/u);
    expect(lines.at(-2)).to.match(/^x\\u\{1b\}\[2J\\n\\u\{202e\}x\\u… {2}/);
  });

  it('keeps its columns whatever is in them', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const count = fc.option(fc.nat(), { nil: undefined });
    const state = fc.constantFrom<SlotStatusState>('ready', 'waiting', 'queued', 'down', 'draining', 'starting');
    const slot = fc.record({
      name: text,
      status: text,
      state,
      pid: count,
      uptime: fc.nat(),
      memory: count,
      pending: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(slot, { minLength: 1, maxLength: 8 }), given => {
        const next = { action: 'kill', at: time } as const;
        const slots = given.map(each => slotStatus({ ...each, next }));
        const lines = tableOf(formatStatus(clusterStatus([groupStatus(slots)])));

        expect(lines).to.have.lengthOf(given.length + 1);
        const [titles = '', ...rows] = lines;
        const at = widthOf(titles) - 'next'.length;
        for (const row of rows) {
          expect(row).to.match(/ {2}kill now$/);
          expect(widthOf(row)).to.equal(at + 'kill now'.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});
