import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { scratch } from '../support/scratch.js';
import { policies, underTraffic } from '../support/serving.js';
import { WebNotes } from '../support/web-notes.js';

const folder = scratch();

describe('servers under load', function () {
  this.timeout(120_000);
  leavesNothingBehind();

  for (const schedulingPolicy of policies) {
    it(`answer every request that they got before the end of the cluster, under the policy ${schedulingPolicy}`, async () => {
      const notes = new WebNotes(folder());
      const scene = {
        primary: { schedulingPolicy },
        env: { WEB_NOTES: notes.folder },
        traffic: { untilFailure: true },
      };
      const log = await underTraffic(scene, async ({ program, traffic }) => {
        await traffic.more(2_000);
        await program.shutDown();
        // Each of them goes home when it is refused.
        await traffic.home();
        expect(await program.ended()).to.equal(0);
        expect(program.reports.map(({ cut }) => cut)).to.deep.equal([0, 0]);
      });

      const got = notes.requests;
      expect(got.size).to.be.greaterThan(2_000);
      expect(log.failed.filter(({ id, reused }) => got.has(id) || reused)).to.deep.equal([]);
      expect(log.failed).to.have.lengthOf(100);
      expect(log.longest).to.be.lessThan(2_000);
    });

    it(`that are killed lose what they had, and nothing hangs, under the policy ${schedulingPolicy}`, async () => {
      const notes = new WebNotes(folder());
      const primary = { schedulingPolicy, workerCount: 3, restart: { intensity: 1_000_000, backoff: { initial: 0 } } };
      const scene = { primary, env: { WEB_NOTES: notes.folder }, traffic: { timeout: 3_000 } };
      let lost: ReadonlySet<number> = new Set();
      const log = await underTraffic(scene, async ({ program, traffic, random }) => {
        for (let kill = 0; kill < 8; kill++) {
          await traffic.more(1_000);
          const [first = 0, ...others] = await program.pids();
          program.kill(random.pick([first, ...others]));
        }
        await traffic.more(1_000);
        lost = new Set(program.killed.flatMap(({ pid }) => [...notes.connections(pid)]));
      });
      console.log(log.failed.length, log.longest);

      expect(log.failed.length).to.be.greaterThan(0);
      expect(log.complaints.length && log.failed.filter(({ port = 0 }) => !lost.has(port))).to.deep.equal([]);
      expect(log.longest).to.be.lessThan(1_000);
    });
  }
});
