import { createServer, type Http2Server } from 'node:http2';
import { Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Http2Sessions } from '../../lib/worker/http2-sessions.js';
import { FakeClock } from '../support/fake-clock.js';
import { RawHttp2 } from '../support/http2-clients.js';
import { localServer } from '../support/sockets.js';
import { until } from '../support/with-deadline.js';

async function setUp({ idleGrace = 1_000, handler = () => {} }: { idleGrace?: number; handler?: () => void } = {}) {
  const clock = new FakeClock();
  const server = createServer(handler);
  const sessions = new Http2Sessions({ server, clock, idleGrace, handOver: () => {} });
  let latest: Socket | undefined;
  server.prependListener('connection', socket => {
    latest = socket;
  });
  server.on('session', session => latest && sessions.adopt(latest, session));
  await localServer(server);
  const clients: RawHttp2[] = [];
  return {
    ...{ clock, server, sessions },
    client: async (options?: { readonly silent: boolean }) => {
      const client = new RawHttp2(server as Http2Server, options);
      clients.push(client);
      await until(() => sessions.size >= clients.length, 5_000, 'session');
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      Server.prototype.close.call(server);
      sessions.cut();
      for (const { socket } of clients) socket.destroy();
      await sessions.empty();
    },
  };
}

describe('Http2Sessions', () => {
  it('closes a session whose client never says anything, after the grace', async () => {
    await using set = await setUp({ idleGrace: 3_000 });
    await set.client({ silent: true });
    set.sessions.begin();
    set.clock.advance(2_900);
    expect(set.sessions.counts.idle).to.equal(0);
    set.clock.advance(200);

    await set.sessions.empty();
    expect(set.sessions.counts).to.deep.equal({ connections: 1, idle: 1, cut: 0 });
  });

  it('gives clients a second to answer, however short the grace', async () => {
    await using set = await setUp({ idleGrace: 0 });
    const client = await set.client();
    set.sessions.begin();
    set.clock.advance(900);
    expect(set.sessions.counts.idle).to.equal(0);
    expect(client.socket.closed).to.equal(false);
    set.clock.advance(100);
    expect(set.sessions.counts.idle).to.equal(1);
  });

  it('destroys the socket of a client that does not close its side', async () => {
    await using set = await setUp();
    const client = await set.client();
    client.socket.allowHalfOpen = true;
    set.sessions.begin();
    set.clock.advance(1_000);
    await until(() => client.socket.readableEnded, 5_000, 'end of the server');
    expect(set.sessions.size).to.equal(1);

    // The end of a write is noticed by a look, and a look at the time.
    const isClosed = () => {
      set.clock.advance(100);
      return set.sessions.size === 0;
    };
    await until(isClosed, 5_000, 'end of the connection');
    expect(set.sessions.counts).to.deep.equal({ connections: 1, idle: 1, cut: 0 });
  });

  it('does not destroy the socket of a session with an open stream', async () => {
    await using set = await setUp();
    const client = await set.client();
    client.request(1);
    await until(() => client.frames.length > 1, 5_000, 'frames');
    set.sessions.begin();
    for (let passed = 0; passed < 20_000; passed += 500) set.clock.advance(500);
    expect(set.sessions.size).to.equal(1);

    set.sessions.cut();
    set.sessions.cut();
    await set.sessions.empty();
    expect(set.sessions.counts).to.deep.equal({ connections: 1, idle: 0, cut: 1 });
  });

  it('takes a socket once, and counts one that comes later', async () => {
    await using set = await setUp();
    set.server.once('session', session => {
      const [socket] = adopted;
      if (socket) set.sessions.adopt(socket, session);
    });
    const adopted: Socket[] = [];
    set.server.prependOnceListener('connection', socket => adopted.push(socket));
    set.sessions.begin();
    set.sessions.begin();
    await set.client();
    await set.client();

    expect(set.sessions.size).to.equal(2);
    expect(set.sessions.counts.connections).to.equal(2);
  });

  it('destroys what comes after it was cut', async () => {
    await using set = await setUp();
    set.sessions.cut();
    const client = new RawHttp2(set.server);
    await until(() => client.socket.closed, 5_000, 'end of the connection');
    await set.sessions.empty();

    expect(set.sessions.counts).to.deep.equal({ connections: 1, idle: 1, cut: 0 });
  });

  it('leaves sessions alone once it is released', async () => {
    await using set = await setUp();
    await set.client();
    set.sessions.begin();
    set.sessions.release();
    set.clock.advance(10_000);

    expect(set.clock.pending).to.equal(0);
    expect(set.sessions.size).to.equal(1);
  });
});
