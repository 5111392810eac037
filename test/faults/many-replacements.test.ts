import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type WorkerHandle } from '../../lib/index.js';
import { fixture } from '../support/fixture.js';
import { belongings, leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { until, withDeadline } from '../support/with-deadline.js';

const workerScript = fixture('chef');
const restart = { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } };

describe('many replacements', () => {
  leavesNothingBehind();

  it('leaves no process and no listener behind in 100 rounds', async () => {
    await using primary = await new ClusterPrimary({ workerScript, workerSilent: true, workerCount: 4, restart }).ready;
    const counts = () => belongings().replace(/"(children|workers)":\[.*?\]/g, '');
    const before = counts();
    let replaced = 0;
    primary.on('workerReplace', () => void replaced++);

    // Side by side, since all of the time is that in which workers start.
    await Promise.all(primary.workers.map(worker => killAgainAndAgain(primary, worker, 25)));

    expect(replaced).to.equal(100);
    expect(Object.keys(primary.workerById)).to.have.length(4);
    await until(() => counts() === before, 2_000, 'closing of the last pipes');
  });
});

/** Kills the worker, and each that replaces it, as soon as it is ready; resolves when the last one is. */
function killAgainAndAgain(primary: ClusterPrimary, worker: WorkerHandle, rounds: number): Promise<void> {
  let left = rounds;
  const done = new Promise<void>(resolve => {
    primary.on('workerReady', ({ data }) => {
      if (data.worker.slot !== worker.slot) return;

      left--;
      if (left > 0) data.worker.kill('SIGKILL');
      else resolve();
    });
  });
  worker.kill('SIGKILL');
  return withDeadline(done, 100_000, `end of ${rounds} rounds`);
}
