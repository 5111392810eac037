import { getEventListeners, setMaxListeners } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type WorkerHandle } from '../../lib/index.js';
import { firstWorker, next, nextOf, pidOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { belongings, leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { LiveTimers } from '../support/live-timers.js';
import { isGone } from '../support/processes.js';
import { until } from '../support/with-deadline.js';

const together = 1_000;

/** Warns of no message that a test does not ask for. */
class Quiet extends ClusterPrimary {
  protected override _eventWorkerMessageUnhandled(): void {}
}

/** One worker, which is not replaced: what is left after its death is a leak. */
const open = (options: ClusterPrimaryOptions = {}) => {
  const temporary = { workerScript: fixture('chef'), workerCount: 1, restart: { policy: 'temporary' } } as const;
  return new Quiet({ ...temporary, ...options }).ready;
};

/** The ways in which requests wait when their worker dies. */
const states: [string, (primary: ClusterPrimary, worker: WorkerHandle) => unknown][] = [
  ['are being handled', primary => next(primary, 'workerMessage', together)],
  ['nobody has read', (_, worker) => process.kill(pidOf(worker), 'SIGSTOP')],
  ['were asked in this breath', () => {}],
];

describe('1000 requests of a worker that is killed (fault 12)', () => {
  leavesNothingBehind();

  for (const [title, reach] of states) {
    it(`that ${title} all reject within 100 ms of its exit, and leave nothing behind`, async () => {
      await using primary = await open();
      const worker = firstWorker(primary);
      const signal = sharedSignal();
      using timers = new LiveTimers();
      const before = leftovers();

      const rejections = ask(worker, signal);
      await reach(primary, worker);
      const exited = timeOf(primary);
      worker.kill('SIGKILL');
      const times = await Promise.all(rejections);

      expect(Math.max(...times) - (await exited)).to.be.lessThan(100);
      expect(worker.pending).to.equal(0);
      expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
      await timers.gone(2_000);
      await until(() => leftovers() === before, 2_000, 'end of everything else');
    });
  }

  it('that waited for it to be ready all reject, and leave nothing behind', async () => {
    // The other worker lives on: it would have a timer of its own, rightly.
    await using primary = await open({ heartbeat: false });
    const signal = sharedSignal();
    using timers = new LiveTimers();
    const asked: Promise<number>[] = [];
    primary.on('workerFork', ({ data: { worker } }) => void asked.push(...ask(worker, signal)));
    const online = nextOf(primary, 'workerOnline');
    const forked = primary.fork({ env: { CHEF_START: 'hang' } }).catch(() => {});
    const { worker } = await online;
    const exited = timeOf(primary);

    worker.kill('SIGKILL');
    const times = await Promise.all(asked);

    expect(times).to.have.length(together);
    expect(Math.max(...times) - (await exited)).to.be.lessThan(100);
    expect(worker.pending).to.equal(0);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    await forked;
    await timers.gone(2_000);
  });
});

/** Requests with and without a limit of time, and with a signal; each promise brings the time at which it rejected. */
function ask(worker: WorkerHandle, signal: AbortSignal): Promise<number>[] {
  const message = { type: 'wait' };
  const orders = [
    { message, timeout: Number.POSITIVE_INFINITY },
    { message, timeout: 60_000 },
    { message, timeout: 60_000, signal },
    { message },
  ];
  return Array.from({ length: together }, async (_, number) => {
    const order = orders[number % orders.length] ?? { message };
    const code = await worker.request(order).catch((error: { code?: unknown }) => error.code);
    if (code === 'CLUSTER_WORKER_EXITED') return performance.now();
    throw new Error(`Request ${number} ended with ${code}`);
  });
}

/** A signal that so many may listen to. */
function sharedSignal(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(together, signal);
  return signal;
}

/** When the primary says that a worker is gone. */
async function timeOf(primary: ClusterPrimary): Promise<number> {
  return new Promise(resolve => primary.onceBefore('workerExit', () => resolve(performance.now())));
}

/** What stays of this process, without the worker, which is gone afterwards. */
function leftovers(): string {
  return belongings()
    .replace(/"(children|workers)":\[.*?\]/g, '')
    .replace(/"(ProcessWrap|PipeWrap)",?/g, '');
}

describe('a request that is made again at once whenever it fails', () => {
  leavesNothingBehind();

  it('reaches the next worker, though this process had no time to see that the last one died', async () => {
    await using primary = await open({ restart: { policy: 'permanent' } });
    const worker = firstWorker(primary);
    worker.kill('SIGKILL');
    while (!isGone(pidOf(worker)));

    let failures = 0;
    const ask = (): Promise<unknown> => {
      return primary.request({ message: { type: 'echo' } }).catch(error => {
        if (++failures > 1_000) throw error;
        return ask();
      });
    };
    await ask();

    expect(failures).to.be.within(1, 10);
  });
});
