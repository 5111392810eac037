import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { policies, requests, underTraffic } from '../support/serving.js';

describe('servers that come and go', function () {
  this.timeout(120_000);
  leavesNothingBehind();

  for (const schedulingPolicy of policies) {
    it(`lose no request as each is recycled every second, under the policy ${schedulingPolicy}`, async () => {
      const primary = { schedulingPolicy, recycle: { every: 1_000 } };
      const log = await underTraffic({ primary }, async ({ program, traffic }) => {
        do await traffic.more(1_000);
        while (traffic.log.count < requests || program.exits.length < 4);
        expect(program.exits.filter(({ cause }) => cause !== 'recycled')).to.deep.equal([]);
        expect(program.reports.filter(({ cut }) => cut > 0)).to.deep.equal([]);
      });

      expect(log.complaints).to.deep.equal([]);
    });

    it(`lose no request as there is one, and more again, under the policy ${schedulingPolicy}`, async () => {
      const log = await underTraffic({ primary: { schedulingPolicy } }, async ({ program, traffic }) => {
        let isEnough = false;
        const enough = traffic.more(requests).then(() => {
          isEnough = true;
        });
        for (let round = 0; round < 3 || !isEnough; round++) {
          await program.scale(1);
          await program.scale(round % 2 === 0 ? 3 : 2);
        }
        await enough;
        expect(program.reports.filter(({ cut }) => cut > 0)).to.deep.equal([]);
      });

      expect(log.complaints).to.deep.equal([]);
    });
  }
});
