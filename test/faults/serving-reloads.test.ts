import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { HttpTraffic } from '../support/http-traffic.js';
import type { Kind, TrafficLog } from '../support/http-traffic-log.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { policies, requests, underTraffic } from '../support/serving.js';
import type { ServingProgram } from '../support/serving-program.js';

const reloads = Math.ceil(requests / 2_000);

/**
 * A Node that starts has a core for itself for 100 ms: where there are two cores for clients, servers and it, small requests
 * that take a few milliseconds else have to wait for that, whoever reloads.
 */
const leastForSmall = 100;

/** From when to when something went on, in the time of `performance.now()`. */
interface Period {
  readonly from: number;
  readonly to: number;
}

async function period(act: () => Promise<unknown>): Promise<Period> {
  const from = performance.now();
  await act();
  return { from, to: performance.now() };
}

/** Periods in which nothing else goes on, and those of reloads: by turns, as others may keep this machine busy. */
async function byTurns({ program, traffic }: { program: ServingProgram; traffic: HttpTraffic }) {
  const [quiet, loud]: [Period[], Period[]] = [[], []];
  for (let reload = 0; reload < reloads; reload++) {
    quiet.push(await period(() => traffic.more(requests / reloads / 2)));
    loud.push(await period(() => program.reload({ stability: 0 })));
  }
  return { quiet, loud };
}

/** How long the slowest in a hundred took, in the middle one of these periods. */
function p99(log: TrafficLog, periods: readonly Period[], kind?: Kind): number {
  const all = periods.map(period => log.percentile(99, { ...period, kind })).sort((one, other) => one - other);
  return all[Math.floor(all.length / 2)] ?? 0;
}

describe('servers that are reloaded (fault 24)', function () {
  this.timeout(120_000);
  leavesNothingBehind();

  for (const schedulingPolicy of policies) {
    it(`lose no request, and stay as quick, under the policy ${schedulingPolicy}`, async () => {
      let periods: { quiet: Period[]; loud: Period[] } = { quiet: [], loud: [] };
      const log = await underTraffic({ primary: { schedulingPolicy } }, async cast => {
        // What is new is slow.
        await cast.traffic.more(2_000);
        periods = await byTurns(cast);
        await cast.traffic.more(requests - cast.traffic.log.count);
        const { reports } = cast.program;
        expect(reports).to.have.lengthOf(2 * reloads);
        expect(reports.filter(({ cut }) => cut > 0)).to.deep.equal([]);
      });

      expect(log.complaints).to.deep.equal([]);
      expect(log.workers.size).to.equal(2 + 2 * reloads);
      expect(p99(log, periods.loud)).to.be.lessThan(3 * p99(log, periods.quiet));
      // Few periods have no middle to speak of.
      if (reloads < 10) return;

      const small = { quiet: p99(log, periods.quiet, 'small'), loud: p99(log, periods.loud, 'small') };
      expect(small.loud).to.be.lessThan(3 * Math.max(small.quiet, leastForSmall));
    });
  }
});
