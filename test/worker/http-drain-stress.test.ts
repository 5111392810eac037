import { expect } from 'chai';
import { describe, it } from 'mocha';
import { systemClock } from '../../lib/util/clock.js';
import { DrainedServer } from '../support/drained-server.js';
import { crowdKinds, HttpCrowd, serveCrowd } from '../support/http-crowd.js';
import { type Seeded, seeded } from '../support/seeded.js';
import { until } from '../support/with-deadline.js';

const clientsOfAKind = 6;

async function drainUnderLoad(random: Seeded): Promise<void> {
  await using host = await DrainedServer.start(serveCrowd, { clock: systemClock, idleGrace: 300 });
  const crowd = new HttpCrowd(host);
  const clients = Object.entries(crowdKinds).flatMap(([name, kind]) =>
    Array.from({ length: clientsOfAKind }, (_, index) => crowd.run(`${name}${index}`, kind, random.branch())),
  );
  const sooner = random.integer(1, 400);
  await until(() => crowd.answered >= sooner, 10_000, 'load');
  crowd.stopConnecting();
  // What the operating system has accepted, but the server has not, is not the drain's concern.
  await until(() => crowd.isSettled, 5_000, 'end of connecting');
  host.begin();
  await Promise.all(clients);
  await host.empty();

  expect(crowd.failures).to.deep.equal([]);
  expect(host.counts).to.include({ cut: 0, handedOver: 0 });
}

describe('HttpDrain, under load', () => {
  for (let round = 1; round <= 5; round += 1) {
    it(`answers every request that was sent in time (${round})`, () => seeded(drainUnderLoad)).timeout(30_000);
  }
});
