import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  createServer,
  type Http2Server,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2';
import { Agent, request } from 'node:https';
import { connect as connectSocket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Http2Drain } from '../../lib/worker/http2-drain.js';
import { certificate } from '../support/certificate.js';
import { Drained } from '../support/drained.js';
import { FakeClock } from '../support/fake-clock.js';
import { ask, closing, connected, portOf } from '../support/http2-clients.js';
import { type Seeded, seeded } from '../support/seeded.js';
import { socketPair } from '../support/sockets.js';
import { uncaught } from '../support/uncaught.js';
import { until, withDeadline } from '../support/with-deadline.js';

const nothingLost = { handedOver: 0, cut: 0 };

function make(secure: boolean, options: SecureServerOptions = {}): Http2Server {
  // Both are servers of `node:net`, and differ in nothing that is used here.
  return secure ? (createSecureServer({ ...certificate, ...options }) as Http2Server) : createServer(options);
}

async function clientsOf(server: Http2Server, secure: boolean, count: number): Promise<ClientHttp2Session[]> {
  return Promise.all(Array.from({ length: count }, () => connected(server, secure)));
}

/** A server whose answers wait to be given. */
function patient(secure: boolean, options?: SecureServerOptions) {
  const server = make(secure, options);
  const streams: ServerHttp2Stream[] = [];
  server.on('stream', stream => streams.push(stream));
  return { server, streams, arrived: (count: number) => until(() => streams.length >= count, 5_000, 'request') };
}

for (const secure of [false, true]) {
  describe(`Http2Drain of a ${secure ? 'secure' : 'clear'} server`, () => {
    it('counts each connection once, until it is closed', async () => {
      await using drained = await Drained.start(make(secure), Http2Drain);
      const clients = await clientsOf(drained.server, secure, 3);

      expect(drained.drain.size).to.equal(3);
      for (const client of clients) client.close();
      await until(() => drained.drain.size === 0, 5_000, 'end of all connections');
    });

    it('lets go of many idle sessions at once', async () => {
      await using drained = await Drained.start(make(secure), Http2Drain);
      const clients = await clientsOf(drained.server, secure, 100);
      const closed = Promise.all(clients.map(closing));
      const begun = performance.now();
      drained.begin();
      await drained.empty();

      // A hundred clients close in this process, too; the machine may be busy.
      expect(performance.now() - begun).to.be.below(900);
      expect(drained.drain.counts).to.deep.equal({ connections: 100, idle: 100, ...nothingLost });
      await closed;
    });

    it('lets a response finish, and says that there will be no other', async () => {
      const { server, streams, arrived } = patient(secure);
      await using drained = await Drained.start(server, Http2Drain);
      const [client] = await clientsOf(server, secure, 1);
      if (!client) throw new Error('No client');
      const answer = ask(client);
      await arrived(1);
      drained.begin();
      await withDeadline(once(client, 'goaway'), 5_000, 'GOAWAY');
      expect(client.closed).to.equal(true);

      streams[0]?.respond({ ':status': 200 });
      streams[0]?.write('slow ');
      streams[0]?.end('answer');
      expect(await answer).to.deep.equal({ status: 200, body: 'slow answer' });
      await drained.empty();
      expect(drained.drain.counts).to.deep.equal({ connections: 1, idle: 0, ...nothingLost });
    });

    it('lets an upload finish', async () => {
      const server = make(secure).on('request', async (incoming, response) => {
        let size = 0;
        for await (const chunk of incoming) size += chunk.length;
        response.end(`${size}`);
      });
      await using drained = await Drained.start(server, Http2Drain);
      const [client] = await clientsOf(server, secure, 1);
      const upload = client?.request({ ':method': 'POST' }, { endStream: false });
      if (!client || !upload) throw new Error('No client');
      upload.write(Buffer.alloc(100_000));
      await once(server, 'stream');
      drained.begin();
      await withDeadline(once(client, 'goaway'), 5_000, 'GOAWAY');
      upload.end(Buffer.alloc(400_000));

      expect(String((await once(upload, 'data'))[0])).to.equal('500000');
      await drained.empty();
      expect(drained.drain.counts.cut).to.equal(0);
    });

    it('lets what was pushed finish', async () => {
      const pushed: ServerHttp2Stream[] = [];
      const server = make(secure).on('stream', stream => {
        stream.pushStream({ ':path': '/pushed' }, (_error, push) => {
          push.respond({ ':status': 200 });
          pushed.push(push);
          stream.respond({ ':status': 200 });
          stream.end('asked for');
        });
      });
      await using drained = await Drained.start(server, Http2Drain);
      const [client] = await clientsOf(server, secure, 1);
      if (!client) throw new Error('No client');
      const pushes = once(client, 'stream');
      const answer = ask(client);
      const [push] = await pushes;
      const body = once(push, 'data');
      drained.begin();
      expect((await answer).body).to.equal('asked for');
      await withDeadline(once(client, 'goaway'), 5_000, 'GOAWAY');

      pushed[0]?.end('not asked for');
      expect(String((await body)[0])).to.equal('not asked for');
      await drained.empty();
      expect(drained.drain.counts).to.include({ connections: 1, ...nothingLost });
    });

    it('keeps a tunnel until it ends, or is cut', async () => {
      const { server, streams, arrived } = patient(secure, { settings: { enableConnectProtocol: true } });
      await using drained = await Drained.start(server, Http2Drain);
      const [client] = await clientsOf(server, secure, 1);
      const tunnel = client?.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
      if (!client || !tunnel) throw new Error('No client');
      tunnel.on('error', () => {});
      await arrived(1);
      streams[0]?.respond({ ':status': 200 });
      streams[0]?.on('data', data => streams[0]?.write(data));
      drained.begin();
      await withDeadline(once(client, 'goaway'), 5_000, 'GOAWAY');
      tunnel.write('still here');
      expect(String((await once(tunnel, 'data'))[0])).to.equal('still here');

      drained.drain.cut();
      await drained.empty();
      expect(drained.drain.counts).to.deep.equal({ connections: 1, idle: 0, handedOver: 0, cut: 1 });
    });

    it('cuts sessions at once, those that come later, too', async () => {
      const { server, arrived } = patient(secure);
      await using drained = await Drained.start(server, Http2Drain);
      const [busy, idle] = await clientsOf(server, secure, 2);
      if (!busy || !idle) throw new Error('No client');
      const answer = ask(busy).catch(() => 'none');
      await arrived(1);
      drained.drain.cut();
      await drained.empty();
      expect(await answer).to.equal('none');
      expect(drained.drain.counts).to.deep.equal({ connections: 2, idle: 1, handedOver: 0, cut: 1 });

      const late = connect(`${secure ? 'https' : 'http'}://127.0.0.1:${portOf(server)}`, { ca: certificate.cert });
      late.on('error', () => {});
      await closing(late);
      await drained.empty();
    });

    it('answers what comes on a connection that came after it began', async () => {
      const server = make(secure).on('request', (_request, response) => response.end('late'));
      await using drained = await Drained.start(server, Http2Drain);
      drained.begin();
      const [accepted, socket] = await socketPair();
      server.emit('connection', accepted);
      accepted.resume();
      const options = { ca: certificate.cert, host: '127.0.0.1', ALPNProtocols: ['h2'] };
      const client = connect(`${secure ? 'https' : 'http'}://127.0.0.1`, {
        createConnection: () => (secure ? connectTls({ ...options, socket }) : socket),
      });

      expect(await ask(client)).to.deep.equal({ status: 200, body: 'late' });
      await drained.empty();
      expect(drained.drain.counts.connections).to.equal(1);
    });

    it('does not mind a session that fails', async () => {
      const server = make(secure);
      await using drained = await Drained.start(server, Http2Drain);
      const errors = await uncaught(async () => {
        const options = { port: portOf(server), host: '127.0.0.1' };
        const client = secure
          ? connectTls({ ...options, ca: certificate.cert, ALPNProtocols: ['h2'] })
          : connectSocket(options);
        client.on('error', () => {});
        client.write('GET / HTTP/1.1\r\n\r\n');
        drained.drain.begin();
        await once(client.resume(), 'close');
        await drained.empty();
      });
      expect(errors).to.deep.equal([]);
    });

    it('leaves the server and its sessions alone once it is released', async () => {
      const server = make(secure).on('request', (_request, response) => response.end('alone'));
      await using drained = await Drained.start(server, Http2Drain);
      const [client] = await clientsOf(server, secure, 1);
      if (!client) throw new Error('No client');
      drained.drain.begin();
      drained.drain.release();
      const fresh = make(secure);
      for (const event of ['connection', 'secureConnection', 'session']) {
        expect(server.listenerCount(event), event).to.equal(fresh.listenerCount(event));
      }
      expect((await ask(client)).body).to.equal('alone');
      expect(client.closed).to.equal(false);
    });

    it('answers every request that it has seen, and refuses next to none', async function () {
      this.timeout(60_000);
      await seeded(async random => {
        let [asked, refused] = [0, 0];
        for (let round = 0; round < 5; round += 1) {
          const outcome = await storm(secure, random.branch());
          asked += outcome.asked;
          refused += outcome.refused;
        }
        // By `session.close()` right away it is about half of those that are open: dozens.
        expect(refused, `refused of ${asked}`).to.be.at.most(2);
      });
    });
  });
}

/** Clients that keep some requests open each, while draining begins at some moment. */
async function storm(secure: boolean, random: Seeded): Promise<{ asked: number; refused: number }> {
  const seen = new Set<string>();
  let refused = 0;
  const server = make(secure).on('request', (incoming, response) => {
    seen.add(incoming.url);
    const delay = random.integer(0, 5);
    const answer = () => response.end(`answer to ${incoming.url}`);
    incoming.resume().on('end', () => (delay === 0 ? answer() : setTimeout(answer, delay)));
  });
  await using drained = await Drained.start(server, Http2Drain);
  const clients = await clientsOf(server, secure, 8);
  let asked = 0;
  const lines = clients.flatMap(client =>
    Array.from({ length: random.integer(1, 5) }, async () => {
      while (!client.closed && !client.destroyed) {
        asked += 1;
        const path = `/${asked}`;
        try {
          const { body } = await ask(client, path, random.chance(0.3) ? 'x'.repeat(random.size(1, 50_000)) : undefined);
          expect(body).to.equal(`answer to ${path}`);
        } catch (error) {
          // The client knows that it may repeat it anywhere.
          if (!String(error).includes('REFUSED_STREAM') || seen.has(path)) throw error;
          refused += 1;
        }
      }
    }),
  );
  await new Promise(resolve => setTimeout(resolve, random.integer(0, 60)));
  drained.begin();
  await Promise.all(lines);
  await drained.empty();
  expect(drained.drain.counts).to.deep.include({ connections: 8, ...nothingLost });
  return { asked, refused };
}

describe('Http2Drain of a server that speaks HTTP/1, too', () => {
  const both = () => createSecureServer({ ...certificate, allowHTTP1: true }) as Http2Server;

  async function get(port: number, agent: Agent) {
    const options = { agent, host: '127.0.0.1', port, ca: certificate.cert };
    const asked = request(options).end();
    const [response] = await withDeadline(once(asked, 'response'), 5_000, 'response');
    const [body] = await once(response, 'data');
    return { body: String(body), connection: response.headers.connection };
  }

  it('lets connections of both protocols go, each in its way', async () => {
    const server = both().on('request', (incoming, response) => response.end(incoming.httpVersion));
    await using drained = await Drained.start(server, Http2Drain);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const port = portOf(server);
    const [client] = await clientsOf(server, true, 1);
    if (!client) throw new Error('No client');
    expect(await get(port, agent)).to.deep.equal({ body: '1.1', connection: 'keep-alive' });
    expect((await ask(client)).body).to.equal('2.0');
    expect(drained.drain.size).to.equal(2);

    drained.begin();
    expect(await get(port, agent)).to.deep.equal({ body: '1.1', connection: 'close' });
    await drained.empty();
    expect(drained.drain.counts).to.deep.equal({ connections: 2, idle: 1, ...nothingLost });
    agent.destroy();
  });

  it('adopts the first HTTP/1 connection when draining has begun, or is over', async () => {
    const server = both().on('request', (incoming, response) => response.end(incoming.httpVersion));
    await using drained = await Drained.start(server, Http2Drain);
    drained.drain.begin();
    const agent = new Agent({ keepAlive: true });
    expect(await get(portOf(server), agent)).to.deep.equal({ body: '1.1', connection: 'close' });
    await drained.empty();
    agent.destroy();
  });

  it('hands over sockets that were upgraded', async () => {
    const server = both().on('upgrade', (_request, socket) => {
      socket
        .on('error', () => {})
        .write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    });
    await using drained = await Drained.start(server, Http2Drain);
    const asked = request({
      host: '127.0.0.1',
      port: portOf(server),
      ca: certificate.cert,
      headers: { connection: 'upgrade', upgrade: 'x' },
    }).end();
    const [, socket] = await withDeadline(once(asked, 'upgrade'), 5_000, 'upgrade');
    drained.begin();

    expect(drained.handedOver.map(([, upgraded]) => upgraded)).to.deep.equal([true]);
    socket.destroy();
    await drained.empty();
    expect(drained.drain.counts).to.deep.equal({ connections: 1, idle: 0, handedOver: 1, cut: 0 });
  });
});

describe('Http2Drain of a secure server', () => {
  it('hands over a socket whose protocol only the user knows', async () => {
    const server = make(true).on('unknownProtocol', socket => socket.on('error', () => {}).write('hello'));
    await using drained = await Drained.start(server, Http2Drain);
    const client = connectTls({ port: portOf(server), host: '127.0.0.1', ca: certificate.cert });
    await withDeadline(once(client, 'data'), 5_000, 'greeting');
    drained.begin();

    expect(drained.handedOver).to.have.lengthOf(1);
    client.destroy();
    await drained.empty();
  });

  it('serves a connection whose TLS handshake comes after it began', async () => {
    const server = make(true).on('request', (_request, response) => response.end('in time'));
    await using drained = await Drained.start(server, Http2Drain);
    const socket = connectSocket(portOf(server), '127.0.0.1');
    await until(() => drained.drain.size === 1, 5_000, 'connection');
    drained.begin();
    const client = connect('https://127.0.0.1', {
      createConnection: () => connectTls({ socket, host: '127.0.0.1', ca: certificate.cert, ALPNProtocols: ['h2'] }),
    });

    expect((await ask(client)).body).to.equal('in time');
    await drained.empty();
    expect(drained.drain.counts).to.include({ connections: 1, cut: 0 });
  });

  it('closes a connection without a handshake after the grace', async () => {
    const clock = new FakeClock();
    await using drained = await Drained.start(make(true), Http2Drain, { clock, idleGrace: 300 });
    const socket = connectSocket(portOf(drained.server), '127.0.0.1').on('error', () => {});
    await until(() => drained.drain.size === 1, 5_000, 'connection');
    drained.begin();
    clock.advance(400);

    await drained.empty();
    expect(drained.drain.counts).to.deep.equal({ connections: 1, idle: 1, ...nothingLost });
    socket.destroy();
  });
});
