import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { gone } from '../support/processes.js';
import { Program } from '../support/program.js';
import { until, withDeadline } from '../support/with-deadline.js';

/** Forks a worker by Node alone. */
function fork(fact: string, env: object = {}): Worker {
  // Every key, since what is left out would be as in an earlier test.
  const rest = {
    args: [],
    execArgv: [],
    silent: fact === 'part',
    stdio: undefined,
    serialization: 'json',
    cwd: undefined,
  };
  cluster.setupPrimary({ ...rest, exec: fileURLToPath(fixture('fact')), uid: undefined, gid: undefined } as object);
  return cluster.fork({ FACT: fact, ...env });
}

const exitOf = (worker: Worker) => withDeadline(once(worker, 'exit'), 5_000, 'exit');

/** What we rely on in Node, and what we work around: a Node that changes it is noticed here. */
describe('node:cluster', () => {
  leavesNothingBehind();

  it('loses what is sent to a worker before it listens (fact 4)', async () => {
    const worker = fork('late');
    worker.send('early');
    await once(worker, 'online');
    const heard: unknown[] = [];
    worker.on('message', message => heard.push(message));

    const asked = () => {
      if (heard.length === 0) worker.send('again');
      return heard.length > 0;
    };
    await until(asked, 5_000, 'answer of the worker');

    expect(heard[0]).to.deep.equal({ heard: 'again' });
    worker.process.kill('SIGKILL');
    await exitOf(worker);
  });

  it('lets a worker forge that it left on purpose, and takes messages of its own for itself (facts 5 and 11)', async () => {
    const worker = fork('forge');
    const messages: unknown[] = [];
    worker.on('message', message => messages.push(message));
    await once(worker, 'message');

    expect(worker.exitedAfterDisconnect).to.equal(true);
    expect(messages).to.deep.equal(['forged']);
    worker.process.kill('SIGKILL');
    await exitOf(worker);
  });

  it('says of a worker that it killed itself that it did not leave on purpose (fact 11)', async () => {
    const worker = fork('stay');
    await once(worker, 'message');

    worker.process.kill();
    await exitOf(worker);

    expect(worker.exitedAfterDisconnect).to.equal(false);
  });

  it('forgets a worker that was disconnected while its process lives (fact 12)', async () => {
    const worker = fork('stay');
    await once(worker, 'message');

    worker.disconnect();
    await once(worker, 'disconnect');

    expect(cluster.workers).to.deep.equal({});
    expect(worker.isDead()).to.equal(false);
    worker.process.kill('SIGKILL');
    await exitOf(worker);
  });

  it('lets a worker live on that disconnects while its listen() is pending (fact 14)', async () => {
    const env = { FACT_PATH: join(tmpdir(), `phased-cluster-fact-${process.pid}`) };
    const first = fork('share', env);
    await once(first, 'message');
    const second = fork('part', env);
    const [line] = await once(createInterface(second.process.stdout as Readable), 'line');

    expect(line).to.equal('alive');
    expect(second.isConnected()).to.equal(false);
    for (const worker of [second, first]) {
      worker.process.kill('SIGKILL');
      await exitOf(worker);
    }
  });

  it('ends a worker at once when its primary dies (fact 15)', async () => {
    await using program = new Program('fact-primary');
    const pid = Number(await program.line('up'));

    program.kill('SIGKILL');
    await gone(pid);
    await program.ended();

    expect(program.printed).not.to.include('finished the job');
  });

  it('lets it finish when exitedAfterDisconnect is set at once in its disconnect listener (fact 15)', async () => {
    await using program = new Program('fact-primary', ['trick']);
    const pid = Number(await program.line('up'));

    program.kill('SIGKILL');
    await gone(pid);
    await program.ended();

    expect(program.printed).to.include('finished the job');
  });
});
