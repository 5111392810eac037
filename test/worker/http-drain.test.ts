import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecurely } from 'node:tls';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { certificate } from '../support/certificate.js';
import { DrainedServer } from '../support/drained-server.js';
import { Wire, type WireResponse } from '../support/http-wire.js';
import { uncaught } from '../support/uncaught.js';
import { until, withDeadline } from '../support/with-deadline.js';

type Exchange = { request: IncomingMessage; response: ServerResponse };

/** A server whose responses the test gives; `next()` is the next request. */
async function patientServer(options?: { idleGrace?: number }) {
  const waiting: Exchange[] = [];
  const host = await DrainedServer.start((request, response) => waiting.push({ request, response }), options);
  const next = async (): Promise<Exchange> => {
    await until(() => waiting.length > 0, 5_000, 'request');
    return waiting.shift() as Exchange;
  };
  return Object.assign(host, { next });
}

function connectionOf(responses: readonly WireResponse[]): (string | undefined)[] {
  return responses.map(({ headers }) => headers.get('connection'));
}

function bodiesOf(responses: readonly WireResponse[]): string[] {
  return responses.map(({ body }) => body);
}

const echo = (request: IncomingMessage, response: ServerResponse) => response.end(request.url);

describe('HttpDrain', () => {
  describe('before it begins', () => {
    it('listens to nothing more than the server did without it', async () => {
      await using host = await DrainedServer.start(echo);
      const untouched = createServer(echo);

      const counts = (server: typeof host.server) =>
        Object.fromEntries(server.eventNames().map(name => [String(name), server.listenerCount(name)]));
      expect(counts(host.server)).to.deep.equal(counts(untouched));
    });

    it('leaves responses alone', async () => {
      await using host = await DrainedServer.start(echo);
      const wire = await host.connect();

      wire.get('/1', '/2');

      expect(connectionOf(await wire.answers(2))).to.deep.equal(['keep-alive', 'keep-alive']);
      expect(host.drain.size).to.equal(1);
      expect(host.counts).to.deep.equal({ connections: 0, idle: 0, handedOver: 0, cut: 0 });
    });

    it('is not empty, though no connection is open', async () => {
      await using host = await DrainedServer.start(echo);
      const order: string[] = [];
      const empty = host.empty().then(() => order.push('empty'));

      await host.pass(5_000);
      order.push('begin');
      host.begin();
      await empty;

      expect(order).to.deep.equal(['begin', 'empty']);
    });

    it('counts a connection that was given to the server', async () => {
      await using host = await DrainedServer.start(echo);
      await using other = await DrainedServer.start(echo);
      other.server.removeAllListeners('connection');
      other.server.on('connection', socket => host.server.emit('connection', socket));

      const wire = await other.connect();
      expect(host.drain.size).to.equal(1);
      host.begin();
      wire.get('/given');

      expect(connectionOf(await wire.ends())).to.deep.equal(['close']);
    });
  });

  describe('responses', () => {
    it('end their connection, and say so', async () => {
      await using host = await patientServer();
      const wire = await host.connect();
      wire.get('/');
      const { response } = await host.next();

      host.begin();
      response.end('late');

      const responses = await wire.ends();
      expect(bodiesOf(responses)).to.deep.equal(['late']);
      expect(connectionOf(responses)).to.deep.equal(['close']);
      wire.end();
      await host.empty();
      expect(host.counts).to.deep.equal({ connections: 1, idle: 0, handedOver: 0, cut: 0 });
    });

    it('keep their connection for the grace if their head was out', async () => {
      await using host = await patientServer();
      const wire = await host.connect();
      wire.get('/');
      const { response } = await host.next();
      response.write('first');
      await wire.hears('first');

      host.begin();
      await host.pass(5_000);
      response.end(' second');
      expect(bodiesOf(await wire.answers())).to.deep.equal(['first second']);

      await host.pass(999);
      expect(wire.hasEnded).to.equal(false);
      await host.pass(250);
      await wire.ends();
      expect(host.counts).to.include({ idle: 1, cut: 0 });
    });

    it('are all sent when their requests came after each other, whichever is ready first', async () => {
      await using host = await patientServer();
      const wire = await host.connect();
      wire.get('/1', '/2', '/3');
      const [first, second, third] = [await host.next(), await host.next(), await host.next()];

      host.begin();
      third.response.end('3');
      second.response.end('2');
      first.response.end('1');

      const responses = await wire.ends();
      expect(bodiesOf(responses)).to.deep.equal(['1', '2', '3']);
      expect(connectionOf(responses)).to.deep.equal(['keep-alive', 'keep-alive', 'close']);
    });

    it('are all sent when the first one is under way, and Socket.IO has taken the listeners away', async () => {
      await using host = await patientServer();
      const [listener] = host.server.listeners('request') as [(...exchange: unknown[]) => void];
      host.server.removeAllListeners('request').on('request', (...exchange) => listener(...exchange));
      const wire = await host.connect();
      wire.get('/1', '/2');
      const [first, second] = [await host.next(), await host.next()];
      first.response.write('1');

      host.begin();
      second.response.end('2');
      first.response.end();

      expect(connectionOf(await wire.ends())).to.deep.equal(['keep-alive', 'close']);
    });

    it('are given to each of many requests that come in one piece', async () => {
      await using host = await DrainedServer.start(echo);
      const wire = await host.connect();
      const urls = Array.from({ length: 50 }, (_, index) => `/${index}`);

      host.begin();
      wire.get(...urls);

      const responses = await wire.ends();
      expect(bodiesOf(responses)).to.deep.equal(urls);
      expect(connectionOf(responses)).to.deep.equal([...urls.slice(1).map(() => 'keep-alive'), 'close']);
    });

    it('are given to a request that comes behind one that was not answered yet', async () => {
      await using host = await patientServer();
      const wire = await host.connect();
      host.begin();
      wire.get('/1');
      const first = await host.next();
      wire.get('/2');
      const second = await host.next();

      first.response.end('1');
      second.response.end('2');

      expect(connectionOf(await wire.ends())).to.deep.equal(['keep-alive', 'close']);
    });

    it('are not given, nor is the handler called, once the last one was announced', async () => {
      const urls: unknown[] = [];
      await using host = await DrainedServer.start((request, response) => {
        urls.push(request.url);
        response.flushHeaders();
        host.server.once('let go', () => response.end('done'));
      });
      const wire = await host.connect({ allowHalfOpen: true });
      host.begin();
      wire.get('/1');
      await wire.hears('Connection: close');
      wire.get('/2');
      await host.pass(10);
      host.server.emit('let go');

      expect(bodiesOf(await wire.ends())).to.deep.equal(['done']);
      wire.get('/3');
      wire.end();
      expect(await wire.closed).to.equal(undefined);
      await host.empty();
      expect(urls).to.deep.equal(['/1']);
    });

    it('reach a client that sends more and never closes, which is closed after the grace', async () => {
      await using host = await DrainedServer.start(echo);
      const wire = await host.connect({ allowHalfOpen: true });
      host.begin();
      wire.get('/1');
      await wire.ends();
      for (let round = 0; round < 8; round += 1) {
        wire.get('/more');
        await host.pass(250);
      }

      await host.empty();
      expect(host.counts).to.deep.equal({ connections: 1, idle: 0, handedOver: 0, cut: 0 });
    });

    it('end a connection on which a request comes later', async () => {
      await using host = await DrainedServer.start(echo);
      const wire = await host.connect();
      wire.get('/before');
      await wire.answers();

      host.begin();
      await host.pass(900);
      wire.get('/after');

      expect(connectionOf(await wire.ends())).to.deep.equal(['keep-alive', 'close']);
    });

    it('end a connection that was accepted just before', async () => {
      await using host = await DrainedServer.start(echo);
      host.drain.begin();
      const wire = await host.connect();
      wire.get('/');

      expect(connectionOf(await wire.ends())).to.deep.equal(['close']);
      expect(host.counts.connections).to.equal(1);
    });

    for (const [what, respond] of Object.entries<(response: ServerResponse) => unknown>({
      'setHeader()': response => response.setHeader('Connection', 'keep-alive').end('x'),
      'an object': response => response.writeHead(200, { connection: 'Keep-Alive' }).end('x'),
      'an object besides setHeader()': response =>
        response.setHeader('a', 'b').writeHead(200, 'OK', { Connection: 'keep-alive' }).end('x'),
      'a list': response => response.writeHead(200, ['Connection', 'keep-alive', 'a', 'b']).end('x'),
      'a removed header': response => {
        response.removeHeader('Connection');
        response.end('x');
      },
    })) {
      it(`say so though the user says otherwise by ${what}`, async () => {
        await using host = await DrainedServer.start((_request, response) => respond(response));
        const wire = await host.connect();
        host.begin();
        wire.get('/');

        const responses = await wire.ends();
        expect(bodiesOf(responses)).to.deep.equal(['x']);
        expect(connectionOf(responses)).to.deep.equal(['close']);
      });
    }

    it('say so to HTTP/1.0, to HEAD, and without a body', async () => {
      await using host = await DrainedServer.start((request, response) => {
        response.statusCode = Number(request.url?.slice(1));
        response.end(response.statusCode === 200 ? 'text' : undefined);
      });
      const heads = [
        'GET /200 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
        'HEAD /200 HTTP/1.1\r\nHost: test\r\n\r\n',
        'GET /304 HTTP/1.1\r\nHost: test\r\n\r\n',
        'GET /204 HTTP/1.1\r\nHost: test\r\n\r\n',
      ];
      const wires = await Promise.all(heads.map(() => host.connect()));
      host.begin();
      for (const [index, wire] of wires.entries()) wire.send(heads[index] ?? '');

      for (const wire of wires) expect(connectionOf(await wire.ends())).to.deep.equal(['close']);
    });

    it('come after informational ones', async () => {
      await using host = await DrainedServer.start((_request, response) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' });
        response.end('x');
      });
      const wire = await host.connect();
      host.begin();
      wire.get('/');

      expect(connectionOf(await wire.ends())).to.deep.equal(['close']);
      expect(wire.text).to.match(/^HTTP\/1\.1 103 /);
    });

    it('of Node itself, which no listener hears of, lose nothing', async () => {
      await using host = await DrainedServer.start(echo);
      host.server.once('connection', () => Object.assign(host.server, { maxRequestsPerSocket: 2 }));
      const wire = await host.connect();
      host.begin();
      wire.send('GET / HTTP/1.1\r\nHost: test\r\nExpect: wonders\r\n\r\n');
      wire.get('/2', '/3');

      const statuses = (await wire.answers(3)).map(({ status }) => status);
      expect(statuses).to.deep.equal([417, 200, 503]);
      await host.pass(1_250);
      await wire.ends();
    });
  });

  describe('uploads', () => {
    const head = 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n';

    it('are received in full', async () => {
      await using host = await DrainedServer.start(async (request, response) => {
        let body = '';
        for await (const chunk of request) body += chunk;
        response.end(body);
      });
      const [sized, chunked, asking] = [await host.connect(), await host.connect(), await host.connect()];
      sized.send(`${head}\r\n01234`);
      chunked.send('POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n');
      await host.pass(0);
      host.begin();
      asking.send(`${head}Expect: 100-continue\r\n\r\n`);
      await asking.hears('100 Continue');
      await host.pass(5_000);
      sized.send('56789');
      chunked.send('5\r\n56789\r\n0\r\n\r\n');
      asking.send('0123456789');

      for (const wire of [sized, chunked, asking]) {
        const responses = await wire.ends();
        expect(bodiesOf(responses)).to.deep.equal(['0123456789']);
        expect(connectionOf(responses)).to.deep.equal(['close']);
      }
    });

    it('are heard by a listener of `checkContinue`', async () => {
      await using host = await DrainedServer.start(echo);
      host.server.on('checkContinue', (_request, response) => response.writeHead(403).end());
      const wire = await host.connect();
      host.begin();
      wire.send(`${head}Expect: 100-continue\r\n\r\n`);

      const [response] = await wire.ends();
      expect(response?.status).to.equal(403);
    });

    it('that are answered before they are over keep their connection until they are', async () => {
      await using host = await DrainedServer.start(echo, { idleGrace: 0 });
      const wire = await host.connect();
      host.begin();
      wire.send(`${head}\r\n01234`);
      expect(connectionOf(await wire.answers())).to.deep.equal(['keep-alive']);
      await host.pass(5_000);
      expect(wire.hasEnded).to.equal(false);

      wire.send('56789');
      await host.pass(0);
      await host.pass(25);
      await wire.ends();
      expect(host.counts).to.include({ idle: 1, cut: 0 });
    });
  });

  describe('idle connections', () => {
    it('are kept for the grace', async () => {
      await using host = await DrainedServer.start(echo);
      const [fresh, used] = [await host.connect(), await host.connect()];
      used.get('/');
      await used.answers();

      host.begin();
      await host.pass(999);
      expect(host.drain.size).to.equal(2);
      await host.pass(1);
      await host.empty();

      await fresh.ends();
      await used.ends();
      expect(host.counts).to.deep.equal({ connections: 2, idle: 2, handedOver: 0, cut: 0 });
      expect(host.clock.pending).to.be.lessThan(2);
    });

    it('are none while a head has come in part', async () => {
      await using host = await DrainedServer.start(echo, { idleGrace: 0 });
      const wires = [await host.connect(), await host.connect()];
      wires[1]?.get('/');
      await wires[1]?.answers();
      for (const wire of wires) wire.send('GET /late HTTP/1.1\r\nHo');
      await host.pass(0);
      host.begin();
      await host.pass(5_000);
      for (const wire of wires) wire.send('st: test\r\n\r\n');

      for (const wire of wires) expect((await wire.ends()).at(-1)?.body).to.equal('/late');
    });

    it('are none when a request waits to be read, however busy this process was', async () => {
      await using host = await DrainedServer.start(echo, { idleGrace: 1_000 });
      const wires = await Promise.all(Array.from({ length: 100 }, () => host.connect()));
      host.begin();
      host.clock.advance(999);
      // It goes to the operating system at once.
      for (const wire of wires) wire.get('/waits');
      host.clock.advance(1_000);

      for (const wire of wires) expect(connectionOf(await wire.ends())).to.deep.equal(['close']);
      expect(host.counts).to.include({ connections: 100, idle: 0 });
    });

    it('are closed at once without a grace: 1,000 within 100 ms', async () => {
      await using host = await DrainedServer.start(echo, { idleGrace: 0 });
      for (let batch = 0; batch < 10; batch += 1) {
        const wires = await Promise.all(Array.from({ length: 100 }, () => host.connect()));
        for (const wire of wires) wire.get('/');
        await Promise.all(wires.map(wire => wire.answers()));
      }
      await until(() => host.drain.size === 1_000, 5_000, '1,000 connections');

      // No timer is waited for, since the clock stands still: what this process computes is what it takes when nobody else
      // computes. The clients are in it, too.
      const began = process.cpuUsage();
      host.begin();
      await host.empty();
      const { user, system } = process.cpuUsage(began);

      expect((user + system) / 1_000).to.be.lessThan(100);
      expect(host.counts).to.deep.equal({ connections: 1_000, idle: 1_000, handedOver: 0, cut: 0 });
    });

    it('are none while a client reads a large response slowly', async () => {
      const size = 8 * 2 ** 20;
      let answered = 0;
      const respond = (_request: IncomingMessage, response: ServerResponse) => {
        answered += 1;
        response.end(Buffer.alloc(size, 'x'));
      };
      await using host = await DrainedServer.start(respond, { idleGrace: 0 });
      const wires = [await host.connect(), await host.connect()];
      for (const wire of wires) wire.socket.pause();
      wires[0]?.get('/before');
      await until(() => answered === 1, 5_000, 'request');
      host.begin();
      wires[1]?.get('/after');
      await host.pass(5_000);
      await host.pass(5_000);
      for (const wire of wires) wire.socket.resume();
      await until(() => wires.every(wire => wire.text.length > size), 5_000, 'response');
      await host.pass(25);
      await host.pass(25);

      for (const wire of wires) expect((await wire.ends())[0]?.body).to.have.lengthOf(size);
      expect(host.counts.cut).to.equal(0);
    });

    it('may be closed by Node itself', async () => {
      const server = createServer({ keepAliveTimeout: 1 }, echo);
      await using host = await DrainedServer.start(server, { idleGrace: 60_000 });
      const wire = await host.connect();
      wire.get('/');
      await wire.answers();
      host.begin();

      await host.empty();
      expect(host.counts).to.deep.equal({ connections: 1, idle: 0, handedOver: 0, cut: 0 });
    });
  });

  describe('trouble', () => {
    it('lets a handler destroy its socket', async () => {
      await using host = await DrainedServer.start(request => request.socket.destroy());
      const wire = await host.connect();
      host.begin();
      wire.get('/');

      await wire.closed;
      await host.empty();
    });

    it('lets clients go in the middle', async () => {
      await using host = await patientServer();
      const wires = [await host.connect(), await host.connect(), await host.connect()];
      for (const wire of wires) wire.get('/1', '/2');
      for (let count = 0; count < 6; count += 1) await host.next();
      const errors = await uncaught(async () => {
        host.begin();
        wires[0]?.socket.destroy();
        wires[1]?.socket.resetAndDestroy();
        wires[2]?.send('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n01');
        await host.next();
        wires[2]?.socket.resetAndDestroy();
        await host.empty();
      });

      expect(errors).to.deep.equal([]);
      expect(host.counts).to.deep.equal({ connections: 3, idle: 0, handedOver: 0, cut: 0 });
    });

    it('does not call a handler for a client that is gone', async () => {
      const urls: unknown[] = [];
      await using host = await DrainedServer.start(request => urls.push(request.url));
      const wire = await host.connect();
      host.begin();
      const started = (message: unknown) => {
        (message as { socket: Socket }).socket.destroy();
      };
      subscribe('http.server.request.start', started);
      wire.get('/');
      await wire.closed;
      await host.empty();
      unsubscribe('http.server.request.start', started);

      expect(urls).to.deep.equal([]);
    });

    it('answers a client that has ended its side, if the handler does so at once', async () => {
      await using host = await DrainedServer.start(echo);
      const wire = await host.connect();
      host.begin();
      wire.get('/1', '/2');
      wire.end();

      expect(bodiesOf(await wire.ends())).to.deep.equal(['/1', '/2']);
      await host.empty();
      expect(Reflect.get(host.server, 'httpAllowHalfOpen')).to.equal(false);
    });

    it('leaves what is no HTTP to Node', async () => {
      await using host = await DrainedServer.start(echo);
      const wire = await host.connect();
      host.begin();
      wire.send('nonsense\r\n\r\n');

      const [response] = await wire.ends();
      expect(response?.status).to.equal(400);
      await host.empty();
    });

    it('leaves a response that takes too long to the timeout of its server', async () => {
      const server = createServer(() => {});
      server.setTimeout(30);
      await using host = await DrainedServer.start(server);
      const wire = await host.connect();
      wire.get('/');
      host.begin();

      await wire.closed;
      await host.empty();
    });

    it('lets those behind a handler that throws have their turn', async () => {
      await using host = await DrainedServer.start((request, response) => {
        if (request.url === '/1') throw new Error('Planted');
        response.end('fine');
      });
      const [bad, good] = [await host.connect(), await host.connect()];
      const errors = await uncaught(async () => {
        host.begin();
        bad.get('/1');
        good.get('/2');
        expect(bodiesOf(await good.ends())).to.deep.equal(['fine']);
      });

      expect(errors).to.have.lengthOf(1);
    });
  });

  describe('upgraded connections', () => {
    const upgrade = 'GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
    const accept = (_request: IncomingMessage, socket: Socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.on('data', data => socket.write(data));
    };

    it('are handed over once, those of before and those of later', async () => {
      await using host = await DrainedServer.start(echo);
      host.server.on('upgrade', accept).on('connect', accept);
      const [before, after, tunnel] = [await host.connect(), await host.connect(), await host.connect()];
      before.send(upgrade);
      await before.hears('101');

      host.begin();
      expect(host.handedOver).to.have.lengthOf(1);
      after.send(upgrade);
      tunnel.send('CONNECT test:1 HTTP/1.1\r\nHost: test:1\r\n\r\n');
      await Promise.all([after.hears('101'), tunnel.hears('101')]);
      await host.pass(5_000);

      expect(new Set(host.handedOver).size).to.equal(3);
      expect(host.drain.size).to.equal(3);
      expect(host.counts).to.deep.equal({ connections: 3, idle: 0, handedOver: 3, cut: 0 });
      after.send('ping');
      await after.hears('ping');
      for (const socket of host.handedOver) socket.end();
      for (const wire of [before, after, tunnel]) {
        await wire.ends();
        wire.end();
      }
      await host.empty();
      expect(host.counts.cut).to.equal(0);
    });

    it('are handed over after their listener, and not when it closed them', async () => {
      await using host = await DrainedServer.start(echo);
      const order: string[] = [];
      host.onHandOver = () => order.push('handed over');
      host.server.on('upgrade', (request, socket: Socket) => {
        order.push(`upgraded ${request.url}`);
        if (request.url === '/no') socket.destroy();
      });
      const [kept, closed] = [await host.connect(), await host.connect()];
      host.begin();
      kept.send(upgrade);
      await until(() => order.length === 2, 5_000, 'hand-over');
      closed.send(upgrade.replace(' / ', ' /no '));
      await closed.closed;

      expect(order).to.deep.equal(['upgraded /', 'handed over', 'upgraded /no']);
    });

    it('are handed over once when the body of their request was still to come', async () => {
      await using host = await DrainedServer.start(echo);
      let upgrades = 0;
      host.server.on('upgrade', (_request, stream: Duplex) => {
        upgrades += 1;
        stream.on('error', () => {});
      });
      const wires = [await host.connect(), await host.connect()];
      const withBody = upgrade.replace('Host: test', 'Host: test\r\nContent-Length: 5');
      wires[0]?.send(`${withBody}01`);
      await until(() => upgrades === 1, 5_000, 'upgrade');
      host.begin();
      wires[1]?.send(`${withBody}01`);
      await until(() => host.handedOver.length === 2, 5_000, 'hand-over');
      for (const wire of wires) wire.send('234');
      await host.pass(5_000);

      expect(host.counts).to.deep.equal({ connections: 2, idle: 0, handedOver: 2, cut: 0 });
      host.drain.cut();
      await host.empty();
      expect(host.counts).to.include({ cut: 2 });
    });

    it('come after the requests before them', async () => {
      const order: unknown[] = [];
      await using host = await DrainedServer.start((request, response) => {
        order.push(request.url);
        response.end(request.url);
      });
      host.server.on('upgrade', (...given: [IncomingMessage, Socket]) => {
        order.push('upgrade');
        accept(...given);
      });
      const wire = await host.connect();
      host.begin();
      wire.send(`GET /first HTTP/1.1\r\nHost: test\r\n\r\n${upgrade}`);
      await wire.hears('101');

      expect(order).to.deep.equal(['/first', 'upgrade']);
      expect(bodiesOf(wire.responses)[0]).to.equal('/first');
    });
  });

  describe('#cut', () => {
    it('destroys what is left, and counts on what something went on', async () => {
      await using host = await DrainedServer.start((_request, response) => response.write('data: 1\n\n'));
      host.server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Fine\r\n\r\n'));
      const [stream, upgraded, partial, idle] = [
        await host.connect(),
        await host.connect(),
        await host.connect(),
        await host.connect(),
      ];
      stream.get('/');
      await stream.hears('data');
      upgraded.send('GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
      await upgraded.hears('101');
      partial.send('GET / HT');
      await host.pass(0);
      await host.pass(0);
      host.begin();
      await host.pass(100);

      host.drain.cut();
      await host.empty();

      expect(host.counts).to.deep.equal({ connections: 4, idle: 1, handedOver: 1, cut: 3 });
      await Promise.all([stream, upgraded, partial, idle].map(wire => wire.closed));
    });

    it('destroys those that come later', async () => {
      await using host = await DrainedServer.start(echo);
      host.drain.cut();
      const wire = await host.connect();

      await wire.closed;
      await host.empty();
      expect(host.counts).to.deep.equal({ connections: 1, idle: 1, handedOver: 0, cut: 0 });
    });
  });

  describe('#release', () => {
    it('leaves the server as it was', async () => {
      await using host = await DrainedServer.start(echo);
      host.drain.begin();
      host.drain.release();
      expect(host.server.listenerCount('connection')).to.equal(1);
      expect(Object.hasOwn(host.server, 'emit')).to.equal(false);

      const wire = await Wire.to(host.port);
      wire.get('/');
      expect(connectionOf(await wire.answers())).to.deep.equal(['keep-alive']);
      wire.socket.destroy();
    });
  });

  describe('over TLS', () => {
    async function secureServer(options?: { idleGrace: number }) {
      const host = await DrainedServer.start(createSecureServer(certificate, echo), options);
      const connect = async () => {
        const socket = connectSecurely({
          port: host.port,
          host: '127.0.0.1',
          ca: certificate.cert,
        });
        const secured = once(host.server, 'secureConnection');
        await withDeadline(Promise.all([once(socket, 'secureConnect'), secured]), 5_000, 'TLS');
        const wire = new Wire(socket);
        host.wires.push(wire);
        return wire;
      };
      return { host, connect };
    }

    it('answers, says so, and closes', async () => {
      const { host: started, connect } = await secureServer();
      await using host = started;
      const [before, later] = [await connect(), await connect()];
      before.get('/1');
      await before.answers();
      host.begin();
      before.get('/2', '/3');
      later.get('/4');

      expect(connectionOf(await before.ends())).to.deep.equal(['keep-alive', 'keep-alive', 'close']);
      expect(connectionOf(await later.ends())).to.deep.equal(['close']);
      for (const wire of [before, later]) wire.end();
      await host.empty();
      expect(host.counts).to.deep.equal({ connections: 2, idle: 0, handedOver: 0, cut: 0 });
    });

    it('counts a connection once, and closes those that shake hands for too long', async () => {
      const { host: started, connect } = await secureServer();
      await using host = started;
      const [secure, fresh] = [await connect(), await connect()];
      secure.get('/');
      await secure.answers();
      const raw = await host.connect();
      expect(host.drain.size).to.equal(3);

      host.begin();
      await host.pass(999);
      expect(host.drain.size).to.equal(3);
      await host.pass(1);
      await host.empty();

      await Promise.all([secure, fresh, raw].map(wire => wire.closed));
      expect(host.counts).to.deep.equal({ connections: 3, idle: 3, handedOver: 0, cut: 0 });
    });

    it('hands upgraded connections over, and cuts them', async () => {
      const { host: started, connect } = await secureServer();
      await using host = started;
      host.server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Fine\r\n\r\n'));
      const wires = [await connect(), await connect()];
      const upgrade = 'GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
      wires[0]?.send(upgrade);
      await wires[0]?.hears('101');
      host.begin();
      wires[1]?.send(upgrade);
      await wires[1]?.hears('101');
      await host.pass(5_000);
      expect(host.handedOver).to.have.lengthOf(2);

      host.drain.cut();
      await host.empty();
      expect(host.counts).to.deep.equal({ connections: 2, idle: 0, handedOver: 2, cut: 2 });
    });
  });
});
