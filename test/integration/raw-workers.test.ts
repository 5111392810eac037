import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { firstWorker, forkOne, next, nextOf, record } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { fetchText } from '../support/sockets.js';
import { failureOf } from '../support/with-deadline.js';

const make = (options: ClusterPrimaryOptions = {}) => {
  return new ClusterPrimary({ workerScript: fixture('raw'), workerCount: 1, readyOn: 'message', ...options });
};

describe('a worker that does not use this library', () => {
  leavesNothingBehind();

  it('is ready when it says so, and that is no message', async () => {
    const primary = make();
    const messages = record(primary, ['workerMessage']);
    await using _ = primary;

    await primary.ready;

    expect(firstWorker(primary)).to.include({ state: 'ready', status: 'IDLE' });
    expect(messages).to.deep.equal([]);
  });

  it('is ready when it is online', async () => {
    await using primary = make({ readyOn: 'online' });
    const ready = nextOf(primary, 'workerReady');

    await primary.ready;

    expect((await ready).worker.state).to.equal('ready');
  });

  it('is ready when it listens', async () => {
    await using primary = make({ readyOn: 'listening', workerEnv: { RAW_LISTEN: 'yes' }, workerCount: 2 });
    const listening = next(primary, 'workerListening', 2);
    await primary.ready;
    const port = (await listening)[0]?.address.port ?? 0;

    const answers = await Promise.all([1, 2, 3, 4].map(() => fetchText({ port })));

    expect(new Set(answers)).to.deep.equal(new Set(primary.workers.map(({ pid }) => `raw ${pid}`)));
  });

  it('gets bare messages, and what it sends is a message as it is', async () => {
    await using primary = make();
    await primary.ready;

    for (const message of [{ type: 'order', dish: 'soup' }, 'text', 42, [1, 2]]) {
      const answer = nextOf(primary, 'workerMessage');
      await primary.send({ message });
      expect((await answer).message).to.deep.equal({ got: message });
    }
  });

  it('is sent nothing before it is ready, and then all in order', async () => {
    await using primary = make({ workerCount: 0 });
    await primary.ready;
    primary.on('workerFork', ({ data: { worker } }) => {
      for (let number = 0; number < 50; number++) void worker.send({ message: { type: 'n', number } });
    });
    const answers = next(primary, 'workerMessage', 50);

    await primary.fork();

    const numbers = (await answers).map(({ message }) => (message as { got: { number: number } }).got.number);
    expect(numbers).to.deep.equal(Array.from({ length: 50 }, (_, index) => index));
  });

  it('may send what looks like a frame: it is a message like any other', async () => {
    await using primary = make();
    await primary.ready;
    const answer = nextOf(primary, 'workerMessage');

    await primary.send({ message: { type: 'flood' } });
    await answer;
    const flood = next(primary, 'workerMessage', 1_000);
    firstWorker(primary).process.send('flood');

    expect((await flood)[999]?.message).to.equal(999);
  });

  it('answers no requests', async () => {
    await using primary = make();
    await primary.ready;

    expect(await failureOf(primary.request({ message: { type: 'x' } }))).to.include({ code: 'CLUSTER_WRONG_CALL' });
  });

  it('refuses what cannot be sent', async () => {
    await using primary = make();
    await primary.ready;
    primary.on('sendError', () => {});

    const failure = failureOf(primary.send({ message: { type: 'x', big: 1n } }));

    expect(await failure).to.include({ code: 'CLUSTER_UNSERIALIZABLE_MESSAGE' });
  });

  it('is asked to stop by disconnecting it', async () => {
    await using primary = make();
    await primary.ready;

    expect(await firstWorker(primary).destroy()).to.include({ code: 0, rung: 'asked', cause: 'destroyed' });
  });

  it('is asked to stop while it serves', async () => {
    await using primary = make({ readyOn: 'listening', workerEnv: { RAW_LISTEN: 'yes' } });
    await primary.ready;

    expect(await firstWorker(primary).destroy()).to.include({ code: 0, rung: 'asked' });
  });

  it('is replaced when it dies', async () => {
    await using primary = make();
    await primary.ready;
    const replaced = nextOf(primary, 'workerReady');

    firstWorker(primary).kill('SIGKILL');

    expect((await replaced).worker.generation).to.equal(2);
  });

  it('rejects what it is sent when it is gone', async () => {
    await using primary = make({ workerCount: 0, restart: { policy: 'temporary' } });
    await primary.ready;
    primary.on('sendError', () => {});
    const worker = await forkOne(primary);
    worker.kill('SIGKILL');
    await worker.exited;

    expect(await failureOf(worker.send({ message: 'x' as never }))).to.include({ code: 'CLUSTER_WORKER_EXITED' });
  });

  it('rejects what waits for it when it dies before it is ready', async () => {
    await using primary = make({ workerCount: 0 });
    await primary.ready;
    primary.on('sendError', () => {});
    const sent: Promise<Error & Record<string, unknown>>[] = [];
    primary.on('workerFork', ({ data: { worker } }) => {
      sent.push(failureOf(worker.send({ message: { type: 'x' } })));
      worker.kill('SIGKILL');
    });

    await failureOf(primary.fork());

    expect(await sent[0]).to.include({ code: 'CLUSTER_WORKER_EXITED' });
  });
});
