import { Agent } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { HealthServer, type HealthServerParts } from '../../lib/primary/health-server.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { probe, RawClient, statusOf } from '../support/probes.js';
import { localServer } from '../support/sockets.js';
import { rejection } from '../support/thrown.js';
import { until } from '../support/with-deadline.js';

const fine = () => ({ ok: true, body: { status: 'fine', dish: 'crème' } });
const pages = new Map([
  ['/fine', fine],
  ['/poor', () => ({ ok: false, body: { status: 'poor' } })],
]);
const open = (parts: Partial<HealthServerParts> = {}) =>
  HealthServer.open({ port: 0, host: '127.0.0.1', pages, ...parts });
const get = (path: string, headers = 'Host: kitchen\r\n') => `GET ${path} HTTP/1.1\r\n${headers}\r\n`;

describe('HealthServer', () => {
  leavesNothingBehind();

  describe('an answer', () => {
    it('is 200 or 503, with JSON that nobody keeps', async () => {
      await using server = await open();
      const { port } = server.address;
      const [good, bad] = await Promise.all([probe(port, '/fine'), probe(port, '/poor')]);

      expect([good.status, bad.status]).to.deep.equal([200, 503]);
      expect([good, bad].map(({ text }) => JSON.parse(text))).to.deep.equal([fine().body, { status: 'poor' }]);
      for (const { headers, text } of [good, bad]) {
        expect(headers).to.include({ 'content-type': 'application/json', 'cache-control': 'no-store' });
        expect(headers['content-length']).to.equal(`${Buffer.byteLength(text)}`);
      }
    });

    it('has no body for HEAD', async () => {
      await using server = await open();
      const { status, headers, text } = await probe(server.address.port, '/fine', { method: 'HEAD' });

      expect([status, text]).to.deep.equal([200, '']);
      expect(headers['content-length']).to.equal(`${Buffer.byteLength(JSON.stringify(fine().body))}`);
    });

    it('is made when it is asked for', async () => {
      let ok = false;
      await using server = await open({ pages: new Map([['/', () => ({ ok, body: {} })]]) });
      const before = await statusOf(server.address.port, '/');
      ok = true;

      expect([before, await statusOf(server.address.port, '/')]).to.deep.equal([503, 200]);
    });

    it('does not depend on a query, nor on the origin that a proxy names', async () => {
      await using server = await open();
      const { port } = server.address;
      const paths = ['/fine?verbose', '/fine?/poor', `http://127.0.0.1:${port}/fine`, 'HTTP://kitchen/fine?x'];

      expect(await Promise.all(paths.map(path => statusOf(port, path)))).to.deep.equal([200, 200, 200, 200]);
    });

    it('is 404 for any other path, whatever the method', async () => {
      await using server = await open();
      const { port } = server.address;
      const paths = ['/', '/fine/', '/FINE', '//fine', '/fine%20', '*'];

      expect(await Promise.all(paths.map(path => statusOf(port, path)))).to.deep.equal(paths.map(() => 404));
      expect(await probe(port, '/', { method: 'DELETE' })).to.include({
        status: 404,
        text: '{"reason":"Ask for /fine or /poor"}',
      });
    });

    it('is 405 for any other method, and says which may be used', async () => {
      await using server = await open();
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']) {
        const { status, headers } = await probe(server.address.port, '/fine', { method });

        expect([method, status, headers.allow, headers.connection]).to.deep.equal([method, 405, 'GET, HEAD', 'close']);
      }
    });

    it('ends the connection of whoever sends a body, and never asks for one', async () => {
      await using server = await open();
      const { port } = server.address;
      using patient = new RawClient(port, get('/fine', 'Host: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n'));
      using chunked = new RawClient(port, get('/fine', 'Host: a\r\nTransfer-Encoding: chunked\r\n'));

      for (const client of [patient, chunked]) {
        expect(await client.ended())
          .to.match(/^HTTP\/1.1 200 OK\r\n/)
          .and.to.match(/Connection: close/i);
      }
    });
  });

  it('keeps connections open between probes', async () => {
    await using server = await open();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const used = new Set<unknown>();
    agent.on('free', socket => used.add(socket));
    for (let round = 0; round < 3; round++) await probe(server.address.port, '/fine', { agent });
    await until(() => used.size > 0, 5_000, 'free connection');
    agent.destroy();

    expect(used.size).to.equal(1);
  });

  it('answers what comes in one go, in order', async () => {
    await using server = await open();
    using client = new RawClient(
      server.address.port,
      get('/fine') + get('/poor') + get('/none', 'Host: a\r\nConnection: close\r\n'),
    );

    expect([...(await client.ended()).matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).to.deep.equal([
      '200',
      '503',
      '404',
    ]);
  });

  describe('with clients that mean no good', () => {
    it('cuts off those that do not finish their request, or say nothing at all', async () => {
      await using server = await open({ patience: 100 });
      const { port } = server.address;
      const words = ['', 'GET /fi', 'GET /fine HTTP/1.1\r\nHost: a\r\nX-Slow: '];
      const clients = words.map(each => new RawClient(port, each));
      const drip = setInterval(() => clients.at(-1)?.socket.write('x'), 10);
      const heard = await Promise.all(clients.map(client => client.ended()));
      clearInterval(drip);

      expect(heard[1]).to.match(/^HTTP\/1.1 408 |^$/);
      expect(await statusOf(port, '/fine')).to.equal(200);
    });

    it('cuts off those that do not read what they are answered', async () => {
      const body = { text: 'x'.repeat(1_000_000) };
      await using server = await open({ patience: 100, pages: new Map([['/big', () => ({ ok: true, body })]]) });
      using client = new RawClient(server.address.port, get('/big').repeat(40));
      client.socket.pause();
      await client.connected();
      // Who does not read learns from its own words that nobody listens any more.
      const isCut = () => {
        client.socket.write('x');
        return client.socket.destroyed;
      };

      await until(isCut, 5_000, 'end of patience');
      expect(await statusOf(server.address.port, '/big')).to.equal(200);
    });

    it('closes the oldest connection when there are too many, and answers new ones', async () => {
      await using server = await open();
      const { port } = server.address;
      const clients = Array.from({ length: 70 }, () => new RawClient(port));
      await Promise.all(clients.map(client => client.connected()));
      const isGone = ({ socket }: RawClient) => socket.destroyed || socket.readableEnded;
      await until(() => clients.filter(isGone).length === 6, 5_000, 'end of six connections');

      expect(clients.slice(0, 6).every(isGone)).to.equal(true);
      expect(await statusOf(port, '/fine')).to.equal(200);
      expect(clients.filter(isGone)).to.have.lengthOf.at.most(7);
      for (const client of clients) client[Symbol.dispose]();
    });

    it('answers while hundreds of connections come in', async () => {
      await using server = await open();
      const { port } = server.address;
      const clients = Array.from({ length: 300 }, () => new RawClient(port, 'GET /'));
      await Promise.all(clients.map(client => client.connected()));

      expect(await statusOf(port, '/fine')).to.equal(200);
      for (const client of clients) client[Symbol.dispose]();
    });

    it('takes no head that is larger than any probe has', async () => {
      await using server = await open();
      using client = new RawClient(server.address.port, get('/fine', `Host: a\r\nX-Big: ${'x'.repeat(9_000)}\r\n`));

      expect(await client.ended()).to.match(/^HTTP\/1.1 431 /);
    });

    it('says 400 to what is no HTTP', async () => {
      await using server = await open();
      const hello = '\u0016\u0003\u0001\u0002\u0000\u0001\u0000';
      for (const words of [hello, 'soup\r\n\r\n', 'GET /fine HTTP/9.9\r\n\r\n', 'GET /fine HTTP/1.1\r\n\r\n']) {
        using client = new RawClient(server.address.port, words);
        expect(await client.ended(), JSON.stringify(words)).to.match(/^HTTP\/1.1 400 /);
      }
    });

    it('survives upgrades, tunnels and every kind of rubbish', async () => {
      await using server = await open();
      const { port } = server.address;
      const rubbish = [
        get('/fine', 'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'),
        'CONNECT kitchen:80 HTTP/1.1\r\nHost: kitchen\r\n\r\n',
        get('/fine', 'Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n'),
        get('/fine', 'Host: a\r\nContent-Length: -1\r\n'),
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      ];
      const pieces = fc.constantFrom(...rubbish, ...rubbish.map(each => each.slice(0, -3)), '\r\n', '\0', get('/fine'));
      const property = fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 5 }), async words => {
        using client = new RawClient(port, words.join(''));
        await client.connected();
        client.socket.end();
        await client.ended();
        expect(await statusOf(port, '/fine')).to.equal(200);
      });

      await fc.assert(property, { numRuns: 40 });
    });
  });

  describe('#close', () => {
    it('frees the port and ends every connection', async () => {
      const server = await open();
      const { port } = server.address;
      using idle = new RawClient(port, get('/fine'));
      using slow = new RawClient(port, 'GET ');
      await until(() => idle.heard !== '', 5_000, 'answer');
      await slow.connected();
      await server.close();

      await Promise.all([idle.ended(), slow.ended()]);
      expect(await rejection(probe(port, '/fine'))).to.have.property('code', 'ECONNREFUSED');
      await using again = await open({ port });
      expect(again.address).to.include({ port, address: '127.0.0.1', family: 'IPv4' });
    });

    it('tells once, joins, and leaves the address to be read', async () => {
      let told = 0;
      const server = await open({ closed: () => void told++ });
      const { address } = server;
      await Promise.all([server.close(), server.close()]);
      await server[Symbol.asyncDispose]();

      expect([told, server.address]).to.deep.equal([1, address]);
    });
  });

  it("rejects with Node's error when it cannot listen", async () => {
    const { server, port } = await localServer();
    try {
      expect(await rejection(open({ port }))).to.include({ code: 'EADDRINUSE', syscall: 'listen' });
    } finally {
      await new Promise(resolve => server.close(resolve));
    }
  });
});
