import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HttpArrivals } from '../../lib/worker/http-arrivals.js';
import { Wire } from '../support/http-wire.js';
import { until } from '../support/with-deadline.js';

describe('HttpArrivals', () => {
  let server: Server;
  let told: Set<Socket>;
  let arrivals: HttpArrivals;
  const clients: Wire[] = [];

  beforeEach(() => {
    server = createServer((request, response) => response.end(request.url));
    told = new Set();
    arrivals = new HttpArrivals(server, socket => told.add(socket));
  });

  afterEach(() => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    arrivals.release();
    server.close();
  });

  async function listen(): Promise<void> {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }

  /** A client that was answered, so that the server knows it. */
  async function visit(): Promise<Wire> {
    const wire = await Wire.to((server.address() as AddressInfo).port);
    clients.push(wire);
    wire.get('/');
    await wire.answers(1);
    return wire;
  }

  it('tells nothing as long as Node keeps a list, but how many there are', async () => {
    await listen();
    await visit();
    await visit();

    expect(told.size).to.equal(0);
    expect(arrivals.size).to.equal(2);
    expect(server.listenerCount('connection')).to.equal(1);
  });

  it('tells those that are open once it is asked, and then each that comes', async () => {
    await listen();
    const gone = await visit();
    gone.socket.destroy();
    await until(() => arrivals.size === 0, 5_000, 'closed connection');
    await visit();

    arrivals.begin();
    expect([told.size, arrivals.size]).to.deep.equal([1, undefined]);
    await visit();
    expect(told.size).to.equal(2);
  });

  it('tells also those that were upgraded, which Node has forgotten', async () => {
    server.on('upgrade', (_, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    await listen();
    const wire = await Wire.to((server.address() as AddressInfo).port);
    clients.push(wire);
    wire.send('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n');
    await wire.hears('101');

    expect(arrivals.size).to.equal(1);
    arrivals.begin();

    expect(told.size).to.equal(1);
  });

  it('forgets an upgraded one that is closed', async () => {
    let upgraded: Socket | undefined;
    server.on('upgrade', (_, socket) => {
      upgraded = socket as Socket;
      socket.destroy();
    });
    await listen();
    const wire = await Wire.to((server.address() as AddressInfo).port);
    clients.push(wire);
    wire.send('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n');
    await until(() => upgraded?.closed === true, 5_000, 'closed connection');

    expect(arrivals.size).to.equal(0);
  });

  it('knows those of a server that had them before', async () => {
    const other = createServer((_, response) => response.end());
    arrivals.release();
    server.close();
    server = other;
    await listen();
    await visit();

    arrivals = new HttpArrivals(server, socket => told.add(socket));
    arrivals.begin();

    expect(told.size).to.equal(1);
  });

  it('tells each at once of a server that never listens, or of which Node has no list', async () => {
    const [socket] = [new (await import('node:net')).Socket()];
    server.emit('connection', socket);
    expect([told.size, arrivals.size]).to.deep.equal([1, undefined]);

    Object.defineProperty(server, 'listening', { value: true });
    const blind = new HttpArrivals(server, each => told.add(each));
    expect(blind.size).to.equal(undefined);
    blind.release();
    socket.destroy();
  });

  it('leaves the server as it was', async () => {
    await listen();
    arrivals.begin();
    arrivals.release();
    expect(Object.hasOwn(server, 'emit')).to.equal(false);
    expect(server.listenerCount('connection')).to.equal(1);

    const own = server.emit.bind(server);
    server.emit = own;
    const again = new HttpArrivals(server, () => {});
    again.release();
    expect(server.emit).to.equal(own);

    const last = new HttpArrivals(server, () => {});
    server.emit = own;
    last.release();
    expect(server.emit).to.equal(own);
  });
});
