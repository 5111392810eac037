import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { requests, underTraffic } from '../support/serving.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasReusePort = process.platform === 'linux' && (major > 23 || (major === 23 && minor >= 1));

describe('servers that have sockets of their own', function () {
  this.timeout(120_000);
  leavesNothingBehind();

  it('lose what the operating system resets as they are reloaded, nothing else, and tell how much', async function () {
    if (!hasReusePort) return this.skip();

    let resets = 0;
    const env = { WEB: JSON.stringify({ balance: 'reusePort' }) };
    const log = await underTraffic({ primary: {}, env }, async ({ program, traffic }) => {
      await traffic.more(1_000);
      const enough = traffic.more(requests);
      for (let reload = 0; reload < requests / 4_000; reload++) await program.reload({ stability: 0 });
      await enough;
      resets = program.reports.reduce((sum, report) => sum + report.resets, 0);
    });

    const isReset = (why: string) => /^(ECONNRESET|ECONNREFUSED)/.test(why);
    expect(
      log.failed.filter(({ reused, phase, why }) => reused || phase === 'answering' || !isReset(why)),
    ).to.deep.equal([]);
    // What it tells is of the whole machine, so that others may have their part in it.
    expect(log.failed.length).to.be.at.most(resets);
    expect(log.failed.length).to.be.at.most(requests / 2_000);
  });
});
