import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { firstWorker, next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { passed } from '../support/passed.js';
import { gone } from '../support/processes.js';
import { Program } from '../support/program.js';
import { until } from '../support/with-deadline.js';

const heartbeat = { interval: 200, misses: 3 };
const limit = heartbeat.interval * heartbeat.misses;

class Watcher extends ClusterPrimary {
  _eventWorkerMessage_spinning(): void {}
}

const open = (options: ClusterPrimaryOptions = {}) => {
  const restart = { intensity: Number.POSITIVE_INFINITY };
  return new Watcher({ workerScript: fixture('sleeper'), workerCount: 2, heartbeat, restart, ...options }).ready;
};

describe('workers that hang (faults 2, 3, 4, 7 and 20)', () => {
  leavesNothingBehind();

  for (let round = 1; round <= 5; round++) {
    it(`in an endless loop are killed within the limit and a second, say where, and are replaced, round ${round}`, async () => {
      await using primary = await open();
      const worker = firstWorker(primary);
      // Past its start, the watchdog's too.
      await until(() => worker.delay !== undefined, 5_000, 'beat');
      const replaced = next(primary, 'workerReady');
      const began = performance.now();
      const exited = nextOf(primary, 'workerExit').then(({ exit }) => ({ exit, after: performance.now() - began }));
      const asked = worker.request({ message: { type: 'spin', time: 600_000 } }).catch(({ code }) => code);

      await replaced;

      expect(performance.now() - began).to.be.lessThan(3_000);
      const { exit, after } = await exited;
      expect(after).to.be.lessThan(limit + 1_000);
      expect(exit).to.include({ cause: 'hung', rung: 'SIGKILL' });
      expect(exit.stack?.join('\n')).to.contain('_eventPrimaryRequest_spin');
      expect(await asked).to.equal('CLUSTER_WORKER_EXITED');
    });
  }

  it('because they are stopped are replaced within three seconds, and others miss nothing', async () => {
    await using primary = await open();
    const [stopped, other] = primary.workers;
    const replaced = next(primary, 'workerReady');
    let answered = 0;
    let asking = true;
    const ask = async () => {
      for (; asking; answered++) expect(await other?.request({ message: { type: 'echo', value: 1 } })).to.equal(1);
    };
    const questions = ask();
    const began = performance.now();
    const exited = nextOf(primary, 'workerExit');
    stopped?.kill('SIGSTOP');

    await replaced;
    asking = false;
    await questions;

    expect(performance.now() - began).to.be.lessThan(3_000);
    expect((await exited).exit)
      .to.include({ cause: 'hung' })
      .and.not.to.have.property('stack');
    expect(answered).to.be.greaterThan(100);
  });

  it('for half the limit are left alone', async () => {
    await using primary = await open();
    let hung = 0;
    primary.on('workerHung', () => hung++);
    const [worker] = primary.workers;
    for (let round = 0; round < 3; round++) {
      worker?.kill('SIGSTOP');
      await passed(limit / 2);
      worker?.kill('SIGCONT');
      expect(await worker?.request({ message: { type: 'echo', value: round } })).to.equal(round);
    }

    expect(hung).to.equal(0);
  });

  it('before they are ready are killed at the deadline for that', async () => {
    await using primary = await open({ workerCount: 0, workerScript: fixture('chef'), readyTimeout: 300 });
    const exited = nextOf(primary, 'workerExit');

    await primary
      .fork({ env: { CHEF_START: 'hang' } })
      .catch(({ code }) => expect(code).to.equal('CLUSTER_WORKER_BOOT'));

    expect((await exited).exit).to.include({ cause: 'bootTimeout', rung: 'SIGKILL' });
  });

  for (let round = 1; round <= 5; round++) {
    it(`in an endless loop are gone by their deadline when the primary was killed, round ${round}`, async () => {
      await using program = new Program('vigil', ['spin']);
      const pids = pidsIn(await program.line('ready'));
      await program.line('spinning');

      program.kill('SIGKILL');

      // Half a second to drain.
      await gone(pids, 500 + 1_000);
    });

    it(`because they are stopped are gone when they go on without their primary, round ${round}`, async () => {
      await using program = new Program('vigil');
      const pids = pidsIn(await program.line('ready'));
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      program.kill('SIGKILL');
      await gone(program.pid);
      for (const pid of pids) process.kill(pid, 'SIGCONT');

      await gone(pids, 1_000);
    });
  }
});

function pidsIn(line: string): number[] {
  return (line.match(/\d+/g) ?? []).map(Number);
}
