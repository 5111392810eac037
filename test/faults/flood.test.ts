import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { FloodReport } from '../fixtures/flooder.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Program } from '../support/program.js';

const mebibyte = 1024 * 1024;
/** What a bounded queue may cost beyond its bound: on the heap, and with all that V8 keeps free around it. */
const allowance = { heap: 32 * mebibyte, process: 128 * mebibyte };

describe('a flood to a worker that is stopped (fault 18)', () => {
  leavesNothingBehind();

  for (const serialization of ['json', 'advanced'] as const) {
    for (const [title, limits, bytes] of [
      ['bounded by default', {}, 64 * mebibyte],
      ['bounded by bytes', { maxQueuedBytes: 4 * mebibyte }, 4 * mebibyte],
      ['bounded by messages', { maxQueuedMessages: 2_000 }, 2 * mebibyte],
    ] as const) {
      it(`is ${title}, and what was accepted arrives in order, by ${serialization}`, async function () {
        this.timeout(60_000);
        await using program = new Program('flooder', [JSON.stringify({ serialization, ...limits })]);

        const report: FloodReport = JSON.parse(await program.line('report', 50_000));

        expect(report).to.include({ drainedTooSoon: false, arrivedInOrder: true, roomAgain: true });
        expect(report.codes).to.deep.equal(['CLUSTER_BACKPRESSURE']);
        expect(report.request).to.equal('CLUSTER_BACKPRESSURE');
        expect(report.refused).to.be.within(report.tried / 2, report.tried - 1);
        expect(report.heap).to.be.lessThan(bytes + allowance.heap);
        expect(report.process).to.be.lessThan(bytes + allowance.process);
        expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
      });
    }
  }
});
