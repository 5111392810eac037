import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { handoffs } from '../../lib/primary/handoffs.js';
import { next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Program } from '../support/program.js';
import { Seeded } from '../support/seeded.js';
import { fetchText } from '../support/sockets.js';
import { Crowd } from '../support/visitors.js';
import { until } from '../support/with-deadline.js';

/** Longer than a worker takes to start on a busy machine, of which a connection may have to wait for several. */
const patience = 6_000;
const heartbeat = { interval: 250, misses: 4 };

async function open(options: ClusterPrimaryOptions = {}) {
  const restart = { intensity: Number.POSITIVE_INFINITY };
  const primary = new ClusterPrimary({
    workerScript: fixture('turnstile'),
    workerCount: 2,
    heartbeat,
    restart,
    ...options,
  });
  const listening = nextOf(primary, 'workerListening');
  await primary.ready;
  return { primary, port: (await listening).address.port ?? 0 };
}

/** The two workers of a primary. */
function pair({ workers: [one, other] }: ClusterPrimary): [WorkerHandle, WorkerHandle] {
  if (one && other) return [one, other];

  throw new Error('There are not two workers');
}

describe('connections on their way to a worker (fact 24)', () => {
  leavesNothingBehind();

  for (const policy of ['rr', 'none']) {
    for (let round = 1; round <= 2; round++) {
      it(`do not hang when workers are killed all the time, under \`${policy}\`, round ${round}`, async () => {
        const { seed } = new Seeded();
        await using program = new Program('storm', [policy, String(seed)]);
        const crowd = new Crowd({ port: Number(await program.line('port')), size: 200, patience });

        program.kill('SIGUSR2');
        const [kills = 0, rescued = 0] = (await program.line('killed')).match(/\d+/g)?.map(Number) ?? [];
        const { answered, refused, hung } = await crowd.leave();

        expect({ refused, hung }, `seed ${seed}`).to.deep.equal({ refused: 0, hung: 0 });
        expect(kills).to.be.greaterThan(0);
        expect(answered).to.be.greaterThan(200);
        expect(rescued > 0).to.equal(policy === 'rr');
        expect(program.printed.filter(line => line.startsWith('error'))).to.deep.equal([]);
      });
    }
  }

  const ways: [string, (worker: WorkerHandle) => unknown][] = [
    ['stopped', worker => worker.kill('SIGSTOP')],
    ['caught in an endless loop', worker => worker.send({ message: { type: 'spin' } })],
  ];
  for (const [title, paralyse] of ways) {
    it(`move to another one when it is ${title}, as soon as its heartbeat is missed`, async () => {
      const { primary, port } = await open();
      await using _ = primary;
      const [hung, other] = pair(primary);
      const before = handoffs.rescued;
      const replaced = next(primary, 'workerReady');
      await paralyse(hung);

      const answers = Promise.all(Array.from({ length: 20 }, () => fetchText({ port })));

      expect(new Set(await answers)).to.include(other.name);
      expect(handoffs.rescued).to.be.greaterThan(before);
      await replaced;
    });
  }

  it('cannot be answered for by another one', async () => {
    const { primary, port } = await open({ heartbeat: false });
    await using _ = primary;
    const [stopped, forger] = pair(primary);
    const violations: string[] = [];
    primary.on('channelViolation', ({ data }) => void violations.push(data.reason));
    const replaced = next(primary, 'workerReady');
    stopped.kill('SIGSTOP');
    let answered = 0;
    const answers = Array.from({ length: 20 }, () => fetchText({ port }).then(() => answered++));
    await until(() => answered === 19, 5_000, 'answers to all but one');

    await forger.request({ message: { type: 'forge', count: 20_000 } });

    expect(answered).to.equal(19);
    stopped.kill('SIGKILL');
    await Promise.all(answers);
    expect(violations).to.have.length(1);
    expect(violations[0]).to.contain('another worker');
    await replaced;
  });

  it('are lost by nobody when one of two workers closes its server, ten times', async () => {
    const { primary, port } = await open({ heartbeat: false });
    await using _ = primary;
    const crowd = new Crowd({ port, size: 50, patience });

    for (let round = 0; round < 10; round++) {
      const worker = pair(primary)[round % 2] as WorkerHandle;
      const before = crowd.visits.answered;
      await worker.request({ message: { type: 'close' } });
      await until(() => crowd.visits.answered > before + 20, 5_000, 'answer of the other one');
      await worker.request({ message: { type: 'open' } });
    }

    const { failed, refused, hung } = await crowd.leave();
    expect({ failed, refused, hung }).to.deep.equal({ failed: 0, refused: 0, hung: 0 });
  });

  it('are closed, and do not hang, when the only worker closes its server, ten times', async () => {
    const { primary, port: first } = await open({ heartbeat: false, workerCount: 1 });
    await using _ = primary;
    let port = first;

    for (let round = 0; round < 10; round++) {
      const crowd = new Crowd({ port, size: 50, patience });
      await until(() => crowd.visits.answered > 50, 5_000, 'answer');
      await primary.request({ message: { type: 'close' } });

      expect((await crowd.leave()).hung).to.equal(0);
      // With the last listener, Node has let go of the port.
      port = await primary.request({ message: { type: 'open' } });
    }
  });
});
