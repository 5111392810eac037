import { once } from 'node:events';
import { createServer as createHttp, get, type Server as HttpServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import type { ListeningAddress } from '../../lib/protocol/serving.js';
import { RoutedServer } from '../../lib/worker/routed-server.js';
import { certificate } from '../support/certificate.js';
import { nativePair } from '../support/native-pair.js';
import { socketPair, textOf } from '../support/sockets.js';
import { withDeadline } from '../support/with-deadline.js';

const address: ListeningAddress = { address: '127.0.0.1', port: 4_711, addressType: 4 };
const clients: Socket[] = [];
const servers: Server[] = [];

function route(server: Server, parts: { address?: ListeningAddress; closed?: () => void } = {}): RoutedServer {
  servers.push(server);
  const routed = new RoutedServer({ server, address, ...parts });
  routed.listen();
  return routed;
}

/** A client whose connection was given to the server, and whether that took it. */
async function clientOf(routed: RoutedServer, head?: string): Promise<[client: Socket, accepted: boolean]> {
  const [handle, client] = await nativePair();
  clients.push(client);
  return [client, routed.accept(handle, head)];
}

/** A client's socket; the first that it says is read, and goes to the server as what was read of the connection. */
async function dialler(): Promise<{ socket: Socket; give: (to: RoutedServer) => Promise<void> }> {
  const [[peeked, socket], [handle, client]] = await Promise.all([socketPair(), nativePair()]);
  clients.push(peeked, socket, client);
  const give = async (to: RoutedServer) => {
    const [said] = (await once(peeked.resume(), 'data')) as [Buffer];
    client.pipe(peeked).pipe(client);
    to.accept(handle, said.toString('latin1'));
  };
  return { socket, give };
}

const echo = () => createHttp((request, response) => request.pipe(response));
const ended = (socket: Socket) => withDeadline(once(socket.resume(), 'close'), 5_000, 'end of the connection');
const get10 = 'GET /soup HTTP/1.0\r\n\r\n';

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) {
    if (server.listening) await withDeadline(new Promise(resolve => server.close(resolve)), 5_000, 'end of the server');
  }
});

/** What holds with Node's own way of making connections, and with ours where Node has another. */
function contract(name: string, make: <S extends Server>(server: S) => S): void {
  describe(name, () => {
    it('listens, as far as the server knows', async () => {
      const server = make(echo());
      route(server);
      await once(server, 'listening');

      expect(server.listening).to.equal(true);
      expect(server.address()).to.deep.equal({ address: '127.0.0.1', port: 4_711, family: 'IPv4' });
    });

    it('serves connections, and reads again what was read of them', async () => {
      const server = make(
        createHttp((request, response) => response.end(`${request.method} ${request.url} ${request.headers.host}`)),
      );
      const routed = route(server);
      const [client, accepted] = await clientOf(routed, 'GET /soup HTTP/1.1\r\nHos');
      client.write('t: caf\u00e9\r\nConnection: close\r\n\r\n', 'latin1');

      expect(accepted).to.equal(true);
      expect(await textOf(client)).to.include('GET /soup caf\u00e9');
      expect(server.listenerCount('connection')).to.equal(1);
    });

    it('counts its connections, and closes when there are none', async () => {
      const server = make(createServer());
      const routed = route(server);
      const [client] = await clientOf(routed);
      const count = () => new Promise(resolve => server.getConnections((_error, open) => resolve(open)));
      expect(await count()).to.equal(1);
      let isClosed = false;
      const closed = new Promise<unknown>(resolve => server.close(resolve));
      void closed.then(() => {
        isClosed = true;
      });
      await count();
      expect(isClosed).to.equal(false);

      client.destroy();
      server.once('connection', expect.fail);

      expect(await withDeadline(closed, 5_000, 'end of the server')).to.equal(undefined);
      expect(await count()).to.equal(0);
    });

    it('takes no more than `maxConnections`, and then again', async () => {
      const server = make(createServer(socket => socket.resume()));
      server.maxConnections = 1;
      const routed = route(server);
      const [first, taken] = await clientOf(routed);
      const [second, refused] = await clientOf(routed);
      await ended(second);
      expect([taken, refused, routed.accepting]).to.deep.equal([true, false, false]);

      first.end();
      await ended(first);

      expect((await clientOf(routed))[1]).to.equal(true);
    });

    it('does not read from a connection of a server with `pauseOnConnect`', async () => {
      const server = make(createServer({ pauseOnConnect: true, allowHalfOpen: true }));
      const routed = route(server);
      const connection = once(server, 'connection');
      const [client] = await clientOf(routed, 'he');
      client.end('llo');
      const [socket] = (await connection) as [Socket];
      expect([socket.isPaused(), socket.bytesRead, socket.allowHalfOpen]).to.deep.equal([true, 0, true]);

      expect((await socket.setEncoding('latin1').toArray()).join('')).to.equal('hello');
      socket.end();
    });
  });
}

describe('RoutedServer', () => {
  contract('by Node', server => server);

  contract('by itself', server => Object.assign(server, { _listen2: undefined }));

  it('leaves the making of connections to Node, as long as there is a way: a Node without it is noticed here', () => {
    const server = createServer() as Server & { _handle?: { onconnection: { name: string } } };
    route(server);

    expect(server._handle?.onconnection.name).to.equal('onconnection');
  });

  it('has the path of a unix socket', async () => {
    const server = echo();
    route(server, { address: { address: '/run/soup', port: undefined, addressType: -1 } });
    await once(server, 'listening');

    expect(server.address()).to.equal('/run/soup');
  });

  it('has an IPv6 address', () => {
    const server = echo();
    route(server, { address: { address: '::', port: 80, addressType: 6 } });

    expect(server.address()).to.deep.equal({ address: '::', port: 80, family: 'IPv6' });
  });

  it('times requests, which Node does only for a server that listens', async () => {
    const server: HttpServer = createHttp({ connectionsCheckingInterval: 20, headersTimeout: 20, requestTimeout: 20 });
    const [client] = await clientOf(route(server));
    client.write('GET / HT');

    expect(await textOf(client)).to.include('408 Request Timeout');
  });

  it('sets `noDelay` as the server wants', async () => {
    for (const noDelay of [true, false]) {
      const [handle, client] = await nativePair();
      clients.push(client);
      const set: unknown[] = [];
      const routed = route(createServer({ noDelay }));
      routed.accept(Object.assign(handle, { setNoDelay: (on: boolean) => set.push(on) }));

      expect(set).to.deep.equal(noDelay ? [true] : []);
    }
  });

  it('tells once that it was closed', () => {
    let times = 0;
    const server = echo();
    route(server, { closed: () => times++ });
    server.close();
    server.close();

    expect(times).to.equal(1);
  });

  it('serves also after it was closed: what was accepted is not refused', async () => {
    const server = createServer(socket => socket.end('late'));
    const routed = route(server);
    server.close();

    const [client, accepted] = await clientOf(routed);

    expect(accepted).to.equal(true);
    expect(await textOf(client)).to.equal('late');
  });

  it('takes nothing before it listens', async () => {
    const [client, accepted] = await clientOf(new RoutedServer({ server: echo(), address }));

    expect(accepted).to.equal(false);
    await ended(client);
  });

  it('takes one that the server drops, if the server is to drop what is too much', async () => {
    const server = Object.assign(createServer(), { maxConnections: 1, dropMaxConnection: true });
    const drop = once(server, 'drop');
    const routed = route(server);
    await clientOf(routed);
    const [client, accepted] = await clientOf(routed, 'head');

    expect(accepted).to.equal(true);
    await Promise.all([drop, ended(client)]);
    expect(server.listenerCount('connection')).to.equal(0);
  });

  it('gives each of several connections its own head', async () => {
    const routed = route(createHttp((request, response) => response.end(request.url)));
    const texts = ['/a', '/b', '/c'].map(async url => {
      const [client] = await clientOf(routed, `GET ${url} HTTP/1.0\r\n\r\n`);
      return (await textOf(client)).slice(-2);
    });

    expect(await Promise.all(texts)).to.deep.equal(['/a', '/b', '/c']);
  });

  it('gives a body that came with the head, however long, and what follows', async () => {
    const server = createHttp(async (request, response) => {
      const body = (await request.setEncoding('latin1').toArray()).join('');
      response.end(`${body.length} ${body.slice(-6)}`);
    });
    const body = 'x'.repeat(60_000);
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 60005\r\n\r\n';
    const [client] = await clientOf(route(server), `${head}${body}`);
    client.write('after');

    expect((await textOf(client)).endsWith('60005 xafter')).to.equal(true);
  });

  it('upgrades a connection whose head was read', async () => {
    const server = createHttp();
    server.on('upgrade', (_request, socket, head) => socket.end(`HTTP/1.1 101 Switching\r\n\r\n${head}`));
    const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: soup\r\n\r\nhot';
    const [client] = await clientOf(route(server), upgrade);

    expect(await textOf(client)).to.equal('HTTP/1.1 101 Switching\r\n\r\nhot');
  });

  describe('of TLS', () => {
    const secure = () => createHttps(certificate, (request, response) => response.end(`secure ${request.url}`));

    it('serves', async () => {
      const [client] = await clientOf(route(secure()));
      const tls = connectTls({ socket: client, ca: certificate.cert, servername: 'localhost' });
      tls.write(get10);

      expect(await textOf(tls)).to.include('secure /soup');
    });

    it('serves also when a part was read', async () => {
      const [routed, peer] = [route(secure()), await dialler()];
      const tls = connectTls({ socket: peer.socket, ca: certificate.cert, servername: 'localhost' });
      await peer.give(routed);
      tls.write(get10);

      expect(await textOf(tls)).to.include('secure /soup');
    });
  });

  it('serves HTTP/2, also when a part was read', async () => {
    const server = createHttp2((_request, response) => response.end('two'));
    const [routed, peer] = [route(server), await dialler()];
    const session = connectHttp2('http://localhost', { createConnection: () => peer.socket });
    const stream = session.request({ ':path': '/' });
    await peer.give(routed);
    const body = await withDeadline(stream.setEncoding('utf8').toArray(), 5_000, 'answer');

    expect(body.join('')).to.equal('two');
    session.close();
    await once(session, 'close');
  });

  it('keeps a connection for the next request', async () => {
    const routed = route(createHttp((request, response) => response.end(request.url)));
    const [client] = await clientOf(routed);
    const answers: string[] = [];
    for (const path of ['/1', '/2']) {
      const request = get({ createConnection: () => client, path, headers: { connection: 'keep-alive' } });
      const [response] = await once(request, 'response');
      answers.push((await response.setEncoding('utf8').toArray()).join(''));
    }

    expect(answers).to.deep.equal(['/1', '/2']);
  });
});
