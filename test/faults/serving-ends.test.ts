import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Failed } from '../support/http-traffic-log.js';
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
      const scene = { primary, env: { WEB_NOTES: notes.folder }, traffic: { timeout: 5_000 } };
      let deaths: Death[] = [];
      let quiet = 0;
      const log = await underTraffic(scene, async ({ program, traffic, random }) => {
        for (let kill = 0; kill < 8; kill++) {
          await traffic.more(1_000);
          if (kill === 0) quiet = traffic.log.longest;
          const [first = 0, ...others] = await program.pids();
          program.kill(random.pick([first, ...others]));
        }
        await traffic.more(1_000);
        deaths = program.killed.map(({ pid, at }) => ({ at, ports: notes.connections(pid) }));
      });

      expect(log.failed.length).to.be.greaterThan(0);
      const odd = log.failed.filter(failure => !isDueTo(deaths, failure));
      const clients = notes.clients;
      // One that the operating system had given to a worker, which was killed before it could note that: one at a time.
      const unnoted = odd.filter(failure => !clients.has(failure.port ?? 0) && isNear(deaths, failure));
      expect(odd.filter(failure => !unnoted.includes(failure))).to.deep.equal([]);
      expect(unnoted.length).to.be.at.most(deaths.length);
      // Where others keep this machine busy everything takes long.
      expect(log.longest).to.be.lessThan(Math.max(1_000, quiet * 3));
    });
  }
});

/** When a worker was killed, and the ports of the clients that it had. */
interface Death {
  readonly at: number;
  readonly ports: ReadonlySet<number>;
}

/** Whether the client heard within a second of a worker's death that there will be no answer. */
function isNear(deaths: readonly Death[], { start, duration }: Failed): boolean {
  return deaths.some(({ at }) => start + duration > at && start + duration < at + 1_000);
}

/** Whether that worker had the request. */
function isDueTo(deaths: readonly Death[], failure: Failed): boolean {
  const { port = 0 } = failure;
  return isNear(
    deaths.filter(({ ports }) => ports.has(port)),
    failure,
  );
}
