import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type PrimaryEvents } from '../../lib/index.js';
import { firstWorker, nextOf, pidOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { passed } from '../support/passed.js';
import { Program } from '../support/program.js';
import { until } from '../support/with-deadline.js';

const limit = 600;

/** Its workers talk, and it makes nothing of it. */
class Watcher extends ClusterPrimary {
  readonly hung: PrimaryEvents['workerHung'][] = [];

  _eventWorkerMessage_spinning(): void {}

  _eventWorkerMessage_drop(): void {}
}

async function open(options: ClusterPrimaryOptions = {}): Promise<Watcher> {
  const heartbeat = { interval: 200, misses: 3 };
  const primary = new Watcher({ workerScript: fixture('sleeper'), workerCount: 1, heartbeat, ...options });
  primary.on('workerHung', ({ data }) => void primary.hung.push(data));
  return primary.ready;
}

const spin = (time: number) => ({ message: { type: 'spin', time } });

describe('liveness', () => {
  leavesNothingBehind();

  it('tells of memory, delay and load of every worker, unasked', async () => {
    await using primary = await open();
    const worker = firstWorker(primary);

    await until(() => worker.memory !== undefined && worker.delay !== undefined, 5_000, 'beats');

    expect(worker.memory).to.be.within(10 * 2 ** 20, 2 ** 30);
    expect(worker.delay).to.be.within(0, limit);
    expect(worker.load).to.be.within(0, 1);
  });

  it('tells by how much a worker was blocked that is not given up', async () => {
    await using primary = await open();
    const worker = firstWorker(primary);
    await until(() => worker.delay !== undefined, 5_000, 'beats');

    await primary.request(spin(limit / 2));

    await until(() => (worker.delay ?? 0) > 50, 5_000, 'delay');
    expect(primary.hung).to.deep.equal([]);
  });

  it('finds a worker that hangs, says where, and kills it', async () => {
    await using primary = await open();
    const worker = firstWorker(primary);
    // Past its start, the watchdog's too.
    await until(() => worker.delay !== undefined, 5_000, 'beat');
    const asked = primary.request(spin(60_000)).catch(error => error.code);

    const { exit } = await nextOf(primary, 'workerExit');

    expect(exit).to.include({ cause: 'hung', expected: false, signal: 'SIGKILL', rung: 'SIGKILL' });
    expect(exit.memory).to.be.greaterThan(0);
    expect(exit.stack?.slice(0, 2).join()).to.match(
      /^spinIn \(file:.*sleeper\.js:\d+:\d+\),_eventPrimaryRequest_spin \(file:.*sleeper\.js:\d+:\d+\)$/,
    );
    expect(primary.hung).to.deep.equal([{ worker, stack: exit.stack }]);
    expect(worker.exitedAfterDisconnect).to.equal(false);
    expect(await asked).to.equal('CLUSTER_WORKER_EXITED');
    await nextOf(primary, 'workerReady');
  });

  it('leaves a worker alone whose `workerHung` is prevented, and asks again', async () => {
    await using primary = await open();
    primary.on('workerHung', event => event.prevent());

    expect(await primary.request(spin(4 * limit))).to.equal('awake');

    expect(primary.hung.length).to.be.within(2, 4);
    expect(primary.hung[0]?.stack?.[1]).to.contain('_eventPrimaryRequest_spin');
    expect(firstWorker(primary).generation).to.equal(1);
  });

  it('looks for none where there is no heartbeat', async () => {
    await using primary = await open({ heartbeat: false });

    expect(await primary.request(spin(2 * limit))).to.equal('awake');

    expect(primary.hung).to.deep.equal([]);
    expect(firstWorker(primary).memory).to.equal(undefined);
  });

  it('raises no alarm while both sides send as much as they can', async () => {
    await using primary = await open({ workerCount: 2, heartbeat: { interval: 200, misses: 5 } });
    let flooding = true;
    const flood = async () => {
      while (flooding) {
        for (let number = 0; number < 500; number++) void primary.send({ message: { type: 'drop' } });
        // As hard as it can, but with time for everything else.
        await new Promise(resolve => setImmediate(resolve));
      }
    };
    const floods = flood();
    const answers = primary.workers.map(each => each.request({ message: { type: 'flood', time: 2_500 } }));
    const outcomes = await Promise.allSettled(answers);
    flooding = false;
    await floods;

    expect(primary.hung).to.deep.equal([]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled']);
  });

  it('raises no alarm because this process was blocked itself', async () => {
    await using primary = await open();
    for (let round = 0; round < 5; round++) {
      for (const end = performance.now() + limit + 100 * round; performance.now() < end; );
      await new Promise(resolve => setImmediate(resolve));
    }

    await passed(limit);
    expect(primary.hung).to.deep.equal([]);
  });

  it('raises no alarm because the primary was stopped for twice the limit', async () => {
    await using program = new Program('vigil');
    await program.line('ready');
    for (const time of [limit, 2 * limit]) {
      program.kill('SIGSTOP');
      await passed(time);
      program.kill('SIGCONT');
      await passed(limit + 200);
    }

    program.kill('SIGUSR2');

    expect(await program.line('so far')).to.equal('0');
  });

  describe('a debugger', () => {
    const hold = { message: { type: 'holdByDebugger', time: 3 * limit } };

    it('may hold a worker for as long as it takes, if the worker can be debugged', async () => {
      await using primary = await open({ workerExecArgv: ['--inspect=0'], workerSilent: true });
      const worker = firstWorker(primary);
      await primary.send(hold);
      await until(() => worker.load === 1, 10_000, 'pause');

      expect(await worker.request({ message: { type: 'echo', value: 'resumed' } })).to.equal('resumed');

      expect(primary.hung).to.deep.equal([]);
    });

    it('counts as hanging otherwise', async () => {
      await using primary = await open();
      await primary.send(hold);

      const { exit } = await nextOf(primary, 'workerExit');

      expect(exit.cause).to.equal('hung');
    });
  });

  describe('the watchdog', () => {
    it('can be left out', async () => {
      await using primary = await open({ watchdog: false });
      const worker = firstWorker(primary);
      expect(worker.process.stdio).to.have.lengthOf(4);
      await primary.send(spin(60_000));

      const { exit } = await nextOf(primary, 'workerExit');

      expect(exit).to.include({ cause: 'hung', rung: 'SIGKILL' }).and.not.to.have.property('stack');
    });

    it('can be left out of a group', async () => {
      const primary = new Watcher({
        workerScript: fixture('sleeper'),
        groups: { watched: { workerCount: 1 }, unwatched: { workerCount: 1, watchdog: false } },
      });
      await using _ = await primary.ready;

      expect(primary.workers.map(({ group, process }) => [group, process.stdio.length])).to.have.deep.members([
        ['watched', 5],
        ['unwatched', 4],
      ]);
    });

    it('is nothing that child processes of the worker would inherit', async () => {
      await using primary = await open();

      expect(await primary.request({ message: { type: 'child' } })).to.deep.equal([null, []]);
    });

    it('leaves what workers print where it was', async () => {
      for (const options of [{ workerSilent: true }, { workerStdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'] }]) {
        await using primary = await open(options);
        const { process } = firstWorker(primary);

        expect(process.stdio[1]).to.equal(process.stdout).and.not.equal(null);
        expect(process.stdio[2]).to.equal(process.stderr).and.not.equal(null);
      }
    });

    it('is not there for scripts that do not use this library', async () => {
      const raw = { workerScript: fixture('raw'), readyOn: 'message' } as const;
      await using primary = await open({ ...raw, workerStdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      const worker = firstWorker(primary);
      expect(worker.process.stdio).to.have.lengthOf(4);
      worker.kill('SIGSTOP');
      await passed(limit + 400);
      worker.kill('SIGCONT');

      expect(primary.hung).to.deep.equal([]);
      expect(worker.memory).to.equal(undefined);
    });
  });

  describe('the exit record', () => {
    it('has the last lines of standard error, where that is piped', async () => {
      await using primary = await open({ workerSilent: true });
      const worker = firstWorker(primary);
      let read = '';
      worker.process.stderr?.setEncoding('utf8').on('data', text => {
        read += text;
      });
      await primary.send({ message: { type: 'complain', lines: 100 } });

      const { exit } = await nextOf(primary, 'workerExit');

      expect(exit.stderr).to.have.lengthOf(20);
      expect([exit.stderr?.[0], exit.stderr?.[19]]).to.deep.equal(['complaint 81', 'complaint 100']);
      expect(exit.memory).to.be.greaterThan(0);
      await until(() => read.includes('complaint 100\n'), 5_000, 'end of what was read');
      expect(read.match(/complaint \d+\n/g)).to.have.lengthOf(100);
    });

    it('has them, too, when nobody reads', async () => {
      await using primary = await open({ workerSilent: true });
      await primary.send({ message: { type: 'complain', lines: 3 } });

      const { exit } = await nextOf(primary, 'workerExit');

      expect(exit.stderr).to.deep.equal(['complaint 1', 'complaint 2', 'complaint 3']);
    });

    it('has none where standard error is our own', async () => {
      await using primary = await open({ workerStdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      const pid = pidOf(firstWorker(primary));
      process.kill(pid, 'SIGKILL');

      const { exit } = await nextOf(primary, 'workerExit');

      expect(exit).not.to.have.property('stderr');
    });
  });
});
