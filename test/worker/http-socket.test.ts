import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { currentResponse, isLatest, isUpgraded, quietSockets } from '../../lib/worker/http-socket.js';
import { Wire } from '../support/http-wire.js';
import { localServer, socketPair } from '../support/sockets.js';
import { until } from '../support/with-deadline.js';

// All of this goes by fields of Node that are not documented: what fails here has changed in Node.
describe('what Node keeps on HTTP sockets', () => {
  const server = createServer();
  const exchanges: { request: IncomingMessage; response: ServerResponse }[] = [];
  let wire: Wire;
  let socket: Socket;

  beforeEach(async () => {
    const { port } = await localServer(server);
    const accepted = once(server, 'connection');
    server.on('request', (request, response) => exchanges.push({ request, response }));
    wire = await Wire.to(port);
    [socket] = await accepted;
  });

  afterEach(() => {
    wire.socket.destroy();
    server.close();
    server.removeAllListeners('request').removeAllListeners('upgrade');
    exchanges.length = 0;
  });

  const isQuiet = () => quietSockets(server)(socket);

  async function received(text: string): Promise<void> {
    const before = socket.bytesRead;
    wire.send(text);
    await until(() => socket.bytesRead === before + text.length, 5_000, 'arrival');
  }

  it('a fresh connection is quiet', () => {
    expect(isQuiet()).to.equal(true);
    expect(isUpgraded(socket)).to.equal(false);
    expect(currentResponse(socket)).to.equal(undefined);
  });

  it('a connection with a part of a head is not', async () => {
    await received('GET / HT');

    expect(isQuiet()).to.equal(false);
  });

  it('neither is one whose request was not answered, until it is', async () => {
    wire.get('/');
    await until(() => exchanges.length === 1, 5_000, 'request');
    const [exchange] = exchanges;
    expect(isQuiet()).to.equal(false);
    expect(currentResponse(socket)).to.equal(exchange?.response);

    exchange?.response.end();
    await wire.answers();
    await until(isQuiet, 5_000, 'quiet');
    expect(currentResponse(socket)).to.equal(undefined);
  });

  it('neither is one whose request is received, though it was answered', async () => {
    wire.send('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n012');
    await until(() => exchanges.length === 1, 5_000, 'request');
    exchanges[0]?.response.end();
    await wire.answers();
    expect(isQuiet()).to.equal(false);

    await received('34');
    await until(isQuiet, 5_000, 'quiet');
  });

  it('neither is one between whose requests a part of another head has come', async () => {
    wire.get('/');
    await until(() => exchanges.length === 1, 5_000, 'request');
    await received('GET / HT');
    exchanges[0]?.response.end();
    await wire.answers();

    expect(isQuiet()).to.equal(false);
  });

  it('the latest request is known', async () => {
    wire.get('/1', '/2');
    await until(() => exchanges.length === 2, 5_000, 'requests');

    expect(exchanges.map(({ request }) => isLatest(request))).to.deep.equal([false, true]);
  });

  it('an upgraded connection is known', async () => {
    server.on('upgrade', () => {});
    wire.send('GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    await once(server, 'upgrade');

    expect(isUpgraded(socket)).to.equal(true);
  });

  it('a server that never listened says nothing about heads', async () => {
    const [accepted, client] = await socketPair();
    const unheard = createServer();
    unheard.emit('connection', accepted);
    accepted.resume();
    client.write('GET / HT');
    await until(() => accepted.bytesRead > 0, 5_000, 'arrival');

    expect(quietSockets(unheard)(accepted)).to.equal(true);
    accepted.destroy();
    client.destroy();
  });
});
