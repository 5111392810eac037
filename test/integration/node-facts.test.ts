import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { passed } from '../support/passed.js';
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

  it('forgets a connection that was on its way to a worker that died, unless somebody answers in its name (fact 24)', async () => {
    const { stopped, other, seq, end } = await oneOnItsWay();
    expect(other.unanswered).to.deep.equal(new Set());

    stopped.process.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: seq, accepted: false }, undefined);

    expect(other.unanswered).to.have.property('size', 1);
    await end();
  });

  it('says nothing of the end of a channel when a handle was on its way (fact 24)', async () => {
    const { stopped, seq, end } = await oneOnItsWay();
    let disconnects = 0;
    stopped.process.on('disconnect', () => disconnects++);
    await passed(50);

    expect(stopped.process.connected).to.equal(false);
    expect(disconnects).to.equal(0);
    // As if it had been taken: Node lets go of its copy.
    stopped.process.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: seq, accepted: true }, undefined);
    await end();
  });
});

/** Two workers that listen on one port, of which one was stopped, sent a connection after that, and killed. */
async function oneOnItsWay() {
  const [stopped, worker] = [fork('stay'), fork('stay')];
  const [[{ port }]] = await Promise.all([once(stopped, 'listening'), once(worker, 'listening')]);
  stopped.process.kill('SIGSTOP');
  const [lost, unanswered] = [unansweredBy(stopped), unansweredBy(worker)];
  const clients: Socket[] = [];
  for (; lost.size === 0; await passed(5)) clients.push(connect(port, '127.0.0.1').on('error', () => {}));
  stopped.process.kill('SIGKILL');
  await exitOf(stopped);
  await until(() => stopped.process.channel === null && unanswered.size === 0, 5_000, 'end of the channel');

  const end = async () => {
    await until(() => unanswered.size === 0, 5_000, 'answer');
    for (const client of clients) client.destroy();
    worker.process.kill('SIGKILL');
    await exitOf(worker);
  };
  const [seq] = lost;
  return { stopped, other: { unanswered }, seq, end };
}

/** The numbers of the messages with which a worker is sent connections from now on, as long as it has not answered. */
function unansweredBy({ process }: Worker): ReadonlySet<number> {
  const numbers = new Set<number>();
  const { send } = process;
  process.send = function noted(this: typeof process, message: { act?: string; seq: number }, ...rest: []) {
    if (message.act === 'newconn') numbers.add(message.seq);
    return send.call(this, message, ...rest);
  } as typeof send;
  process.on('internalMessage', ({ ack }) => void numbers.delete(ack));
  return numbers;
}
