import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTls } from 'node:tls';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { SocketDrain } from '../../lib/worker/socket-drain.js';
import { certificate } from '../support/certificate.js';
import { Drained } from '../support/drained.js';
import { FakeClock } from '../support/fake-clock.js';
import { closing, portOf } from '../support/http2-clients.js';
import { socketPair } from '../support/sockets.js';
import { until } from '../support/with-deadline.js';

const kinds = [
  { name: 'net', make: () => createServer(echo), dial: (server: Server) => connect(portOf(server), '127.0.0.1') },
  {
    name: 'tls',
    make: () => createTls(certificate, echo),
    dial: (server: Server) => connectTls({ port: portOf(server), host: '127.0.0.1', ca: certificate.cert }),
  },
];

function echo(socket: Socket): void {
  socket.on('error', () => {});
  socket.on('data', data => void socket.write(data));
}

async function exchange(client: Socket, text: string): Promise<void> {
  client.on('error', () => {});
  client.write(text);
  const [answer] = await once(client, 'data');
  expect(String(answer)).to.equal(text);
}

describe('SocketDrain', () => {
  for (const { name, make, dial } of kinds) {
    describe(`of a ${name} server`, () => {
      it('counts each connection once, until it is closed', async () => {
        await using drained = await Drained.start(make(), SocketDrain);
        const clients = [dial(drained.server), dial(drained.server)];
        for (const client of clients) await exchange(client, 'a');

        expect(drained.drain.size).to.equal(2);
        clients[0]?.destroy();
        await until(() => drained.drain.size === 1, 5_000, 'end of a connection');
      });

      it('hands over what is open when it begins, and leaves it alone', async () => {
        await using drained = await Drained.start(make(), SocketDrain);
        const client = dial(drained.server);
        await exchange(client, 'before');
        expect(drained.handedOver).to.deep.equal([]);

        drained.begin();
        drained.drain.begin();

        expect(drained.handedOver.map(([, upgraded]) => upgraded)).to.deep.equal([false]);
        expect(drained.handedOver[0]?.[0]).to.respondTo('setNoDelay');
        await exchange(client, 'after');
        client.destroy();
        await drained.empty();
        expect(drained.drain.counts).to.deep.equal({ connections: 1, idle: 0, handedOver: 1, cut: 0 });
      });

      it('hands over what comes later, after the listeners of the server', async () => {
        await using drained = await Drained.start(make(), SocketDrain);
        drained.drain.begin();
        const order: string[] = [];
        const push = drained.handedOver.push.bind(drained.handedOver);
        drained.handedOver.push = (...items) => push(...items) && order.push('handed over');
        drained.server.on(name === 'net' ? 'connection' : 'secureConnection', () => order.push('listener'));

        const client = dial(drained.server);
        await exchange(client, 'late');

        expect(order).to.deep.equal(['listener', 'handed over']);
        expect(drained.drain.counts).to.deep.equal({ connections: 1, idle: 0, handedOver: 1, cut: 0 });
        client.destroy();
        await drained.empty();
      });

      it('is empty at once without a connection, but not before it begins', async () => {
        await using drained = await Drained.start(make(), SocketDrain);
        let isEmpty = false;
        const empty = drained.drain.empty().then(() => {
          isEmpty = true;
        });
        await new Promise(resolve => setImmediate(resolve));
        expect(isEmpty).to.equal(false);

        drained.begin();
        await empty;
      });

      it('cuts what is left, counts it, and cuts what comes later', async () => {
        await using drained = await Drained.start(make(), SocketDrain);
        const clients = [dial(drained.server), dial(drained.server)];
        for (const client of clients) await exchange(client, 'a');
        drained.drain.begin();
        clients[0]?.destroy();
        await until(() => drained.drain.size === 1, 5_000, 'end of a connection');

        drained.drain.cut();
        drained.drain.cut();
        await drained.empty();
        expect(drained.drain.counts).to.deep.equal({ connections: 2, idle: 0, handedOver: 2, cut: 1 });

        const late = dial(drained.server);
        late.on('error', () => {});
        await closing(late);
        expect(drained.handedOver).to.have.lengthOf(2);
      });

      it('is deaf once it is released', async () => {
        await using drained = await Drained.start(make(), SocketDrain);
        const { server, drain } = drained;
        const before = make();
        drain.release();

        for (const event of ['connection', 'secureConnection']) {
          expect(server.listenerCount(event), event).to.equal(before.listenerCount(event));
        }
        const client = dial(server);
        await exchange(client, 'a');
        expect(drain.size).to.equal(0);
        client.destroy();
      });
    });
  }

  it('hands over a connection that waits to be read', async () => {
    await using drained = await Drained.start(createServer({ pauseOnConnect: true }), SocketDrain);
    const client = connect(portOf(drained.server), '127.0.0.1').on('error', () => {});
    client.write('first');
    await once(drained.server, 'connection');
    drained.begin();

    const [socket] = drained.handedOver[0] ?? [];
    if (!socket) throw new Error('Nothing was handed over');
    expect(String((await once(socket.resume(), 'data'))[0])).to.equal('first');
    client.destroy();
    await drained.empty();
  });

  it('keeps a connection of which the client has ended its half', async () => {
    const server = createServer({ allowHalfOpen: true }, socket => socket.resume());
    await using drained = await Drained.start(server, SocketDrain);
    const client = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
    client.end();
    const [socket] = await once(server, 'connection');
    await once(socket, 'end');
    drained.begin();

    expect(drained.drain.size).to.equal(1);
    socket.end('and here is the rest');
    expect(String((await once(client, 'data'))[0])).to.equal('and here is the rest');
    await drained.empty();
    expect(drained.drain.counts.cut).to.equal(0);
  });

  it('hands over connections that others put into the server', async () => {
    await using drained = await Drained.start(createServer(echo), SocketDrain);
    const [accepted, client] = await socketPair();
    drained.server.emit('connection', accepted.resume());
    drained.drain.begin();

    expect(drained.handedOver).to.deep.equal([[accepted, false]]);
    await exchange(client, 'a');
    client.destroy();
    await drained.empty();
  });

  it('closes a connection on which TLS was never agreed on, after the grace', async () => {
    const clock = new FakeClock();
    await using drained = await Drained.start(createTls(certificate, echo), SocketDrain, { clock });
    const client = connect(portOf(drained.server), '127.0.0.1').on('error', () => {});
    await until(() => drained.drain.size === 1, 5_000, 'connection');
    drained.begin();
    clock.advance(900);
    expect(drained.drain.size).to.equal(1);

    clock.advance(200);
    await drained.empty();
    expect(drained.drain.counts).to.deep.equal({ connections: 1, idle: 1, handedOver: 0, cut: 0 });
    client.destroy();
  });
});
