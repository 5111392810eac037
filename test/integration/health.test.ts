import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions, type HealthOptions } from '../../lib/index.js';
import { firstWorker, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { answers, probe, RawClient, statusOf } from '../support/probes.js';
import { Program } from '../support/program.js';
import { rejection } from '../support/thrown.js';
import { until } from '../support/with-deadline.js';

const workerScript = fixture('chef');
const here = { port: 0, host: '127.0.0.1' } as const;

/** A primary with a health server; it starts by itself. */
async function open(options: ClusterPrimaryOptions, health: Partial<HealthOptions> = {}) {
  const primary = new ClusterPrimary({ workerScript, workerSilent: true, ...options });
  const { address } = await primary.serveHealth({ ...here, ...health });
  return { primary, port: address.port, [Symbol.asyncDispose]: () => primary.destroy() };
}

/** Asks again and again, until it is stopped; keeps each status, and why it was not 200. */
function watch(port: number, path: string) {
  const seen: [status: number | undefined, text: string][] = [];
  let isOn = true;
  const watching = (async () => {
    while (isOn) {
      const { status, text } = await probe(port, path);
      seen.push([status, text]);
      // Others need this processor, too.
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  })();
  return {
    seen,
    async stop(): Promise<readonly (number | undefined)[]> {
      isOn = false;
      await watching;
      return seen.map(([status]) => status);
    },
  };
}

describe('health', () => {
  leavesNothingBehind();

  it('is ready when the workers are, and not before', async () => {
    await using kitchen = await open({ workerCount: 2, workerEnv: { CHEF_START: 'ask' } }, { quorum: 2 });
    const { primary, port } = kitchen;
    const begin: (() => void)[] = [];
    Object.assign(primary, { _eventWorkerRequest_mayStart: () => new Promise<void>(resolve => begin.push(resolve)) });
    await until(() => begin.length === 2, 10_000, 'two workers that start');

    expect([await statusOf(port, '/livez'), await statusOf(port, '/readyz')]).to.deep.equal([200, 503]);
    begin[0]?.();
    await nextOf(primary, 'workerReady');
    expect(await statusOf(port, '/readyz')).to.equal(503);
    begin[1]?.();
    await primary.ready;
    expect(await statusOf(port, '/readyz')).to.equal(200);
  });

  it('is lost with the quorum, when the one that crashed is not replaced, and comes back', async () => {
    const groups = { api: { workerCount: 2, restart: { intensity: 0 } } };
    await using kitchen = await open({ groups }, { quorum: { api: 2 } });
    const { primary, port } = kitchen;
    await primary.ready;
    expect(await statusOf(port, '/readyz')).to.equal(200);
    primary.before('groupFailed', event => event.prevent());
    firstWorker(primary).kill('SIGKILL');
    const { text } = await answers(port, '/readyz', 503);
    await until(() => primary.status().groups[1]?.state === 'failed', 5_000, 'failed group');

    expect(JSON.parse(text).groups.api).to.include({ ready: 1, wanted: 2, quorum: 2, ok: false });
    expect((await probe(port, '/readyz')).text).to.include('api (failed): 1 of 2 ready, 2 needed');
    await primary.resume({ group: 'api' });
    expect(await statusOf(port, '/readyz')).to.equal(200);
  });

  it('does not suffer from a group that is drained, unless that was named', async () => {
    const groups = { api: { workerCount: 1 }, mail: { workerCount: 1 } };
    await using kitchen = await open({ groups });
    const { primary, port } = kitchen;
    const strict = await primary.serveHealth({ ...here, quorum: { mail: 1 } });
    await primary.ready;
    const watched = watch(port, '/readyz');
    await primary.drain({ group: 'mail' });
    await watched.stop();

    expect(watched.seen.filter(([status]) => status !== 200)).to.deep.equal([]);
    expect(await statusOf(strict.address.port, '/readyz')).to.equal(503);
    await primary.resume({ group: 'mail' });
    expect(await statusOf(strict.address.port, '/readyz')).to.equal(200);
  });

  it('lasts through reloads and recycles, even where all workers must be ready', async () => {
    await using kitchen = await open({ workerCount: 2 }, { quorum: 2 });
    const { primary, port } = kitchen;
    await primary.ready;
    const watched = watch(port, '/readyz');
    await primary.reload({ stability: 50, env: { RELEASE: '2' } });
    await primary.recycle();
    const statuses = await watched.stop();

    expect(statuses.length).to.be.above(10);
    expect(watched.seen.filter(([status]) => status !== 200)).to.deep.equal([]);
  });

  it('ends before the first worker is asked to stop, while the primary lives on', async () => {
    await using kitchen = await open({ workerCount: 2 });
    const { primary, port } = kitchen;
    await primary.ready;
    const pids = primary.workers.map(({ pid }) => pid);
    const simmering = nextOf(primary, 'workerMessage');
    void firstWorker(primary).send({ message: { type: 'simmer', time: 600 } });
    await simmering;
    const seen: unknown[] = [];
    const look = async () => {
      seen.push(await statusOf(port, '/readyz'), await statusOf(port, '/livez'), primary.workers.length);
    };
    primary.onShutDown('look', look, { phase: 'unbind' });
    const left = nextOf(primary, 'workerExit');
    const stopped = primary.shutDown();
    const { worker } = await left;
    await look();
    await stopped;

    expect(pids).to.include(worker.pid);
    expect(seen).to.deep.equal([...[503, 200, 2], ...[503, 200, 0]]);
    expect(await rejection(probe(port, '/livez'))).to.have.property('code', 'ECONNREFUSED');
  });

  it('can be asked while slow clients hold connections, which are gone when the primary is', async () => {
    await using kitchen = await open({ workerCount: 1 });
    const { primary, port } = kitchen;
    await primary.ready;
    const words = ['', 'GET /readyz HTTP/1.1\r\nX-Slow: '];
    const clients = Array.from({ length: 100 }, (_, index) => new RawClient(port, words[index % 2]));
    await Promise.all(clients.map(client => client.connected()));

    expect([await statusOf(port, '/livez'), await statusOf(port, '/readyz')]).to.deep.equal([200, 200]);
    const started = performance.now();
    await primary.destroy();
    await Promise.all(clients.map(client => client.ended()));
    expect(performance.now() - started).to.be.below(2_000);
  });

  it('keeps no process alive, nor do connections to it', async () => {
    await using program = new Program('probed');
    const { code } = await program.ended();

    expect(code).to.equal(0);
    expect(program.printed).to.deep.equal(['status 200', 'left 1']);
    expect(program.stderr).to.equal('');
  });
});
