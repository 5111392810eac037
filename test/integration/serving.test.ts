import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { get as getSecure } from 'node:https';
import { connect } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  ClusterPrimary,
  type ClusterPrimaryOptions,
  type DrainReport,
  type ListeningAddress,
} from '../../lib/index.js';
import { knowsReusePort } from '../../lib/worker/listening.js';
import type { Serving } from '../fixtures/host.js';
import { certificate } from '../support/certificate.js';
import { firstWorker, next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Program } from '../support/program.js';
import { fetchText, localServer, textOf } from '../support/sockets.js';
import { failureOf, withDeadline } from '../support/with-deadline.js';

const host = '127.0.0.1';
const here: Serving = { port: 0, host };
const hasReusePort = knowsReusePort(process.version);

const serving = (...served: Serving[]) => ({ SERVE: JSON.stringify(served) });

/** A primary whose worker serves these. */
function make(served: Serving | readonly Serving[] = here, options: ClusterPrimaryOptions = {}): ClusterPrimary {
  const workerEnv = serving(...[served].flat());
  const primary = new ClusterPrimary({ workerScript: fixture('host'), workerEnv, workerCount: 1, ...options });
  // Without a subscriber that they wait would be a warning.
  primary.on('workerMessage', () => {});
  return primary;
}

/** The port on which the only server of the only worker listens. */
async function portOf(primary: ClusterPrimary): Promise<number> {
  const listening = nextOf(primary, 'workerListening');
  await primary.ready;
  return (await listening).address.port ?? 0;
}

/** A request over a connection that is kept, its answer with the header `Connection`. */
async function ask(port: number, agent: Agent, path = '/'): Promise<{ text: string; connection: string | undefined }> {
  const answer = new Promise<{ text: string; connection: string | undefined }>((resolve, reject) => {
    const request = get({ host, port, agent, path }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => resolve({ text, connection: response.headers.connection }));
    });
    request.on('error', reject);
  });
  return withDeadline(answer, 10_000, 'answer');
}

describe('serving', () => {
  leavesNothingBehind();

  describe('an address', () => {
    for (const policy of ['rr', 'none']) {
      it(`is reported once for each worker, under the scheduling policy ${policy}`, async () => {
        await using program = new Program('scheduled', [policy]);
        await program.line('destroyed');
        const addresses = program.printed.filter(line => line.startsWith('listening')).map(line => line.slice(10));
        const [first, second] = addresses.map(text => JSON.parse(text));

        expect(addresses).to.have.lengthOf(2);
        expect(first).to.include({ address: host, addressType: 4 }).and.to.deep.equal(second);
        expect(program.printed.slice(-2)).to.deep.equal(['ready', 'destroyed']);
      });
    }

    it('that is taken fails the start, and the cause says why', async () => {
      const { server, port } = await localServer();
      await using primary = make({ port, host }, { restart: { policy: 'temporary' } });
      const failure = await failureOf(primary.ready);

      expect(failure).to.include({ code: 'CLUSTER_WORKER_BOOT' });
      expect(JSON.stringify((failure.cause as { details?: unknown }).details)).to.include('EADDRINUSE');
      server.close();
    });

    it('is not there for two groups', async () => {
      const { server, port } = await localServer();
      await new Promise(resolve => server.close(resolve));
      const workerEnv = serving({ port, host });
      await using primary = make(here, {
        workerEnv,
        groups: { web: { workerCount: 1 }, api: { workerCount: 1 } },
        workerCount: 0,
      });
      const failure = await failureOf(primary.ready);

      expect(failure).to.include({ code: 'CLUSTER_WORKER_BOOT' });
      expect(failure.cause).to.include({ code: 'CLUSTER_ADDRESS_TAKEN' });
    });

    it('is there for two groups when both want that', async () => {
      const { server, port } = await localServer();
      await new Promise(resolve => server.close(resolve));
      const workerEnv = serving({ port, host, acrossGroups: true });
      await using primary = make(here, {
        workerEnv,
        groups: { web: { workerCount: 1 }, api: { workerCount: 1 } },
        workerCount: 0,
      });
      await primary.ready;
      const answers = new Set<string>();
      for (let i = 0; i < 8; i++) answers.add(await fetchText({ port }));

      expect([...answers].sort()).to.deep.equal(['api-0', 'web-0']);
    });

    it('on port 0 is another for each group', async () => {
      const groups = { web: { workerCount: 2 }, api: { workerCount: 2 } };
      await using primary = make(here, { groups, workerCount: 0 });
      const listening = next(primary, 'workerListening', 4);
      await primary.ready;
      const ports = (await listening).map(({ worker, address }) => [worker.group, address.port] as const);
      const of = (group: string) => new Set(ports.filter(([name]) => name === group).map(([, port]) => port));

      expect([of('web').size, of('api').size]).to.deep.equal([1, 1]);
      expect(of('web')).to.not.deep.equal(of('api'));
    });

    it('on port 0 is another for each server and each primary', async () => {
      await using first = make([here, here]);
      await using second = make();
      const listening = [next(first, 'workerListening', 2), next(second, 'workerListening', 1)];
      await Promise.all([first.ready, second.ready]);
      const ports = (await Promise.all(listening)).flat().map(({ address }) => address.port);

      expect(new Set(ports).size).to.equal(3);
    });

    it('can be each worker’s own', async function () {
      if (!hasReusePort) this.skip();

      await using primary = make({ ...here, balance: 'reusePort' }, { workerCount: 2 });
      const listening = next(primary, 'workerListening', 2);
      await primary.ready;
      const [first, second] = (await listening).map(({ address }) => address.port);

      expect(first).to.equal(second).and.to.be.greaterThan(0);
      expect(await fetchText({ port: first ?? 0 })).to.match(/^default-[01]$/);
    });

    it('cannot be each worker’s own where Node has no reusePort', async function () {
      if (hasReusePort) this.skip();

      await using primary = make({ ...here, balance: 'reusePort' }, { restart: { policy: 'temporary' } });
      const failure = await failureOf(primary.ready);

      expect((failure.cause as Error).message).to.include('has no `reusePort`');
    });
  });

  describe('a worker that is stopped', () => {
    for (const adopt of [false, true]) {
      it(`answers a request that has begun, with its replacement in place${adopt ? ', of an adopted server' : ''}`, async () => {
        await using primary = make({ ...here, adopt });
        const port = await portOf(primary);
        const agent = new Agent({ keepAlive: true });
        const waiting = nextOf(primary, 'workerMessage');
        const old = firstWorker(primary);
        const closed = nextOf(primary, 'workerServerClose');
        const slow = ask(port, agent, '/wait');
        await waiting;

        const draining = nextOf(primary, 'workerMessage');
        const reloaded = primary.reload();
        await draining;
        expect(await fetchText({ port })).to.equal('default-0');
        await old.send({ message: { type: 'answer' } });

        expect(await slow).to.deep.equal({ text: 'default-0', connection: 'close' });
        const { worker, report } = await closed;
        expect(worker).to.equal(old);
        expect(report).to.include({ connections: 1, cut: 0, resets: 0 });
        await reloaded;
        agent.destroy();
      });
    }

    it('keeps idle connections for the grace, and closes those that are used by then with their answer', async () => {
      await using primary = make({ ...here, idleGrace: 400 });
      const port = await portOf(primary);
      const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })] as const;
      for (const agent of agents) await ask(port, agent);
      const closed = nextOf(primary, 'workerServerClose');
      const worker = firstWorker(primary);

      const draining = nextOf(primary, 'workerMessage');
      const end = worker.destroy();
      await draining;
      expect(await ask(port, agents[0])).to.deep.equal({ text: 'default-0', connection: 'close' });

      const { report } = await closed;
      expect(report).to.include({ connections: 2, idle: 1, cut: 0 });
      expect(report.duration).to.be.at.least(390);
      expect(await end).to.include({ code: 0 });
      for (const agent of agents) agent.destroy();
    });

    it('cuts what is left at the deadline, and tells how much that was before it ends', async () => {
      await using primary = make();
      const port = await portOf(primary);
      const waiting = nextOf(primary, 'workerMessage');
      const agent = new Agent({ keepAlive: true });
      const slow = failureOf(ask(port, agent, '/wait'));
      await waiting;
      const closed = nextOf(primary, 'workerServerClose');

      const end = firstWorker(primary).destroy({ timeout: 300 });

      expect(await slow).to.include({ code: 'ECONNRESET' });
      expect((await closed).report).to.include({ connections: 1, cut: 1 });
      expect(await end).to.include({ code: 0 });
      agent.destroy();
    });

    const secure = { ca: certificate.cert, host, servername: 'localhost' };
    const clients: { readonly [kind: string]: (port: number) => Promise<string> } = {
      https: port =>
        new Promise((resolve, reject) => {
          const request = getSecure({ ...secure, port, agent: false }, response => {
            response.setEncoding('utf8').on('data', resolve);
          });
          request.on('error', reject);
        }),
      http2: port => overHttp2(`http://${host}:${port}`),
      http2s: port => overHttp2(`https://localhost:${port}`),
      net: async port => {
        const socket = connect(port, host);
        const [data] = await once(socket, 'data');
        socket.end();
        return String(data);
      },
    };
    for (const [kind, client] of Object.entries(clients)) {
      it(`serves and lets go of ${kind}`, async () => {
        await using primary = make({ ...here, kind: kind as NonNullable<Serving['kind']> });
        const port = await portOf(primary);
        expect(await withDeadline(client(port), 5_000, 'answer')).to.equal('default-0');
        const closed = nextOf(primary, 'workerServerClose');

        expect(await firstWorker(primary).destroy()).to.include({ code: 0 });
        expect((await closed).report).to.include({ cut: 0 });
      });
    }

    it('hands connections of a net server over, and cuts them at the deadline', async () => {
      await using primary = make({ ...here, kind: 'net' });
      const port = await portOf(primary);
      const socket = connect(port, host);
      const text = textOf(socket);
      await once(socket, 'data');
      const closed = nextOf(primary, 'workerServerClose');
      await firstWorker(primary).destroy({ timeout: 200 });

      expect(await text).to.equal('default-0');
      expect((await closed).report).to.include({ connections: 1, handedOver: 1, cut: 1 });
    });
  });

  describe('a worker that goes on', () => {
    it('serves what comes after it is ready, and says what cannot be', async () => {
      await using primary = make();
      const port = await portOf(primary);
      const request = (message: object) => firstWorker(primary).request({ message: { type: 'serve', ...message } });
      const address = (await request({ serving: here })) as ListeningAddress;
      const { server, port: taken } = await localServer();

      expect(await fetchText({ port: address.port ?? 0 })).to.equal('default-0');
      expect(address.port).to.not.equal(port);
      expect(await request({ serving: { port: taken, host } })).to.deep.equal({ code: 'EADDRINUSE' });
      expect(await fetchText({ port })).to.equal('default-0');
      server.close();
    });

    it('can close one of two servers, whose port is free then', async () => {
      await using primary = make([here, here]);
      const listening = next(primary, 'workerListening', 2);
      await primary.ready;
      const worker = firstWorker(primary);
      await listening;
      const closed = nextOf(primary, 'workerServerClose');
      const report = (await worker.request({ message: { type: 'close', index: 1 } })) as DrainReport;
      const { address } = await closed;

      expect(report).to.include({ connections: 0, cut: 0 });
      expect(await failureOf(fetchText({ port: address?.port ?? 0 }))).to.include({ code: 'ECONNREFUSED' });
      const again = { port: address?.port, host };
      expect(await worker.request({ message: { type: 'serve', serving: again } })).to.include({ port: again.port });
      const others = (await listening).map(each => each.address.port).filter(port => port !== address?.port);
      expect(await fetchText({ port: others[0] ?? 0 })).to.equal('default-0');
    });

    it('lets go of a server that its user closes', async () => {
      await using primary = make();
      await portOf(primary);
      const closed = nextOf(primary, 'workerServerClose');
      const worker = firstWorker(primary);
      await worker.send({ message: { type: 'shut', index: 0 } });

      expect((await closed).report).to.include({ connections: 0 });
      expect(await worker.destroy()).to.include({ code: 0 });
    });
  });

  it('stops at once when nothing is open', async () => {
    await using primary = make([here, { ...here, kind: 'http2' }, { ...here, kind: 'net' }]);
    const closed = next(primary, 'workerServerClose', 3);
    await primary.ready;
    const begun = performance.now();
    await firstWorker(primary).destroy();

    expect(performance.now() - begun).to.be.below(5_000);
    for (const { report } of await closed) expect(report).to.include({ connections: 0, idle: 0, cut: 0 });
  });
});

/** The answer to one request over HTTP/2. */
async function overHttp2(origin: string): Promise<string> {
  const session = connectHttp2(origin, { ca: certificate.cert });
  try {
    const stream = session.request({ ':path': '/' });
    stream.setEncoding('utf8');
    let text = '';
    for await (const chunk of stream) text += chunk;
    return text;
  } finally {
    session.close();
  }
}
