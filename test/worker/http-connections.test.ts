import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HttpConnections } from '../../lib/worker/http-connections.js';
import { FakeClock } from '../support/fake-clock.js';
import { Wire } from '../support/http-wire.js';
import { socketPair } from '../support/sockets.js';
import { withDeadline } from '../support/with-deadline.js';

// What it does with requests is tested with `HttpDrain`.
describe('HttpConnections', () => {
  const server = createServer((request, response) => response.end(request.url));
  let clock: FakeClock;
  let connections: HttpConnections;
  let accepted: Socket;
  let wire: Wire;

  beforeEach(async () => {
    clock = new FakeClock();
    connections = new HttpConnections({ server, clock, idleGrace: 1_000, handOver: () => {} });
    const [socket, client] = await socketPair();
    accepted = socket;
    wire = new Wire(client);
    server.emit('connection', socket);
    socket.resume();
  });

  afterEach(() => {
    accepted.destroy();
    wire.socket.destroy();
    connections.release();
  });

  it('has the sockets that it was given', async () => {
    connections.adopt(accepted);
    connections.adopt(accepted);
    expect(connections.size).to.equal(1);
    expect(connections.counts.connections).to.equal(0);

    connections.begin();
    connections.begin();
    expect(connections.counts.connections).to.equal(1);

    wire.get('/1');
    expect((await wire.answers())[0]?.headers.get('connection')).to.equal('close');
    await withDeadline(connections.empty(), 5_000, 'end');
  });

  it('leaves other connections of the server alone', async () => {
    connections.begin();
    wire.get('/1');

    expect((await wire.answers())[0]?.headers.get('connection')).to.equal('keep-alive');
    expect(connections.counts.connections).to.equal(0);
  });

  it('takes a stream that is no socket', async () => {
    const [incoming, outgoing] = [new PassThrough(), new PassThrough()];
    const stream = Duplex.from({ readable: incoming, writable: outgoing }) as Socket;
    server.emit('connection', stream);
    connections.adopt(stream);
    connections.begin();
    incoming.write('GET /stream HTTP/1.1\r\nHost: test\r\n\r\n');
    const text = await withDeadline(outgoing.setEncoding('latin1').toArray(), 5_000, 'end of the response');

    expect(text.join('')).to.match(/Connection: close\r\n.*\/stream$/s);
    incoming.end();
    await withDeadline(connections.empty(), 5_000, 'end');
  });

  it('lets go of a stream that is no socket when it is idle', async () => {
    const stream = Duplex.from({ readable: new PassThrough(), writable: new PassThrough() }) as Socket;
    server.emit('connection', stream);
    connections.adopt(stream);
    connections.begin();
    clock.advance(1_000);

    await withDeadline(connections.empty(), 5_000, 'end');
    expect(connections.counts).to.include({ idle: 1, cut: 0 });
  });

  it('destroys a socket that it is given after it was cut', async () => {
    connections.cut();
    connections.adopt(accepted);
    expect(accepted.destroyed).to.equal(true);

    await withDeadline(connections.empty(), 5_000, 'end');
    expect(connections.counts).to.deep.equal({ connections: 1, idle: 1, handedOver: 0, cut: 0 });
  });

  it('does not count one that is destroyed already', () => {
    connections.adopt(accepted);
    accepted.destroy();
    connections.begin();
    connections.cut();

    expect(connections.counts).to.deep.equal({ connections: 1, idle: 0, handedOver: 0, cut: 0 });
  });
});
