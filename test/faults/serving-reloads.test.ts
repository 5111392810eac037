import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { TrafficLog } from '../support/http-traffic-log.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { policies, requests, underTraffic } from '../support/serving.js';

const reloads = Math.ceil(requests / 2_000);

/** How long the slowest in a hundred took, in a quiet period and in that of reloads. */
function p99(log: TrafficLog, [quiet, from, to]: readonly [number, number, number], kind?: 'small') {
  return { quiet: log.percentile(99, { kind, from: quiet, to: from }), loud: log.percentile(99, { kind, from, to }) };
}

describe('servers that are reloaded (fault 24)', function () {
  this.timeout(120_000);
  leavesNothingBehind();

  for (const schedulingPolicy of policies) {
    it(`lose no request, and stay as quick, under the policy ${schedulingPolicy}`, async () => {
      let periods: [number, number, number] = [0, 0, 0];
      const log = await underTraffic({ primary: { schedulingPolicy }, traffic: { pause: Number(process.env.PAUSE ?? 0) } }, async ({ program, traffic }) => {
        await traffic.more(requests / 4);
        const quiet = performance.now();
        await traffic.more(requests / 4);
        const start = performance.now();
        const enough = traffic.more(requests);
        for (let reload = 0; reload < reloads; reload++) {
          await program.reload({ stability: 0 });
        }
        periods = [quiet, start, performance.now()];
        await enough;
        expect(program.reports).to.have.lengthOf(2 * reloads);
        expect(program.reports.filter(({ cut }) => cut > 0)).to.deep.equal([]);
      });
      console.log(
        periods,
        log.count,
        log.countOf({ from: periods[1], to: periods[2] }),
        p99(log, periods, 'small'),
        p99(log, periods),
        log.longest,
      );

      expect(log.complaints).to.deep.equal([]);
      const [small, all] = [p99(log, periods, 'small'), p99(log, periods)];
      expect(small.loud).to.be.lessThan(3 * small.quiet);
      expect(all.loud).to.be.lessThan(3 * all.quiet);
      expect(log.workers.size).to.equal(2 + 2 * reloads);
    });
  }
});
