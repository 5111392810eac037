import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { firstWorker, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { exchange, localServer, readAll, textOf } from '../support/sockets.js';
import { failureOf } from '../support/with-deadline.js';

const open = (options: ClusterPrimaryOptions = {}) => {
  return new Quiet({ workerScript: fixture('waiter'), ...options }).ready;
};

/** Warns of no message that a test does not ask for. */
class Quiet extends ClusterPrimary {
  protected override _eventWorkerMessageUnhandled(): void {}
}

describe('handles', () => {
  leavesNothingBehind();

  it('a connection goes to a worker, which answers', async () => {
    await using primary = await open({ workerCount: 2 });
    const { server, port } = await localServer(
      createServer({ pauseOnConnect: true }, socket => {
        void primary.send({ message: { type: 'guest', greeting: 'seated' }, to: primary.roundRobin(), handle: socket });
      }),
    );

    const answers = [await readAll(port), await readAll(port)];

    expect(answers).to.have.members(['seated by default-0', 'seated by default-1']);
    await new Promise(resolve => server.close(resolve));
  });

  it('a connection goes with advanced serialization too', async () => {
    await using primary = await open({ workerCount: 1, serialization: 'advanced' });
    const { server, port } = await localServer(
      createServer({ pauseOnConnect: true }, socket => {
        void primary.send({ message: { type: 'guest', greeting: 'seated' }, handle: socket });
      }),
    );

    expect(await readAll(port)).to.equal('seated by default-0');
    await new Promise(resolve => server.close(resolve));
  });

  it('a server goes to a worker, which accepts connections of it', async () => {
    await using primary = await open({ workerCount: 1 });
    const { server, port } = await localServer();
    const serving = nextOf(primary, 'workerMessage');

    await primary.send({ message: { type: 'serve' }, handle: server });
    await serving;
    // From now on only the worker accepts.
    server.close();

    expect(await readAll(port)).to.equal('served by default-0');
  });

  it('a UDP socket goes to a worker, which answers datagrams', async () => {
    await using primary = await open({ workerCount: 1 });
    const socket = createSocket('udp4');
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    const serving = nextOf(primary, 'workerMessage');

    await primary.send({ message: { type: 'post' }, handle: socket });
    await serving;
    socket.close();

    expect(await exchange('udp4', port)).to.equal('posted by default-0');
  });

  it('a connection comes back from a worker', async () => {
    await using primary = await open({ workerCount: 1 });
    const listening = nextOf(primary, 'workerMessage');
    await primary.send({ message: { type: 'bring' } });
    const { address } = (await listening).message as { address: { port: number } };
    const brought = nextOf(primary, 'workerMessage');

    const client = connect(address.port, '127.0.0.1');
    const { message, handle } = await brought;
    (handle as Socket).end('hello from the primary');

    expect(message).to.deep.equal({ type: 'brought', by: 'default-0' });
    expect(await textOf(client)).to.equal('hello from the primary');
  });

  it('messages around a handle arrive in the order of the calls', async () => {
    await using primary = await new ClusterPrimary({ workerScript: fixture('chef'), workerCount: 1 }).ready;
    const clients: Promise<string>[] = [];
    const sockets: Socket[] = [];
    const { server, port } = await localServer(createServer({ pauseOnConnect: true }, socket => sockets.push(socket)));
    for (let i = 0; i < 20; i++) clients.push(readAll(port));
    while (sockets.length < clients.length) await new Promise(resolve => setImmediate(resolve));

    for (let number = 0; number < 2_000; number++) {
      const handle = number % 100 === 50 ? sockets.shift() : undefined;
      void primary.send({ message: { type: 'note', number }, handle });
    }
    const seen: { number: number; handle?: string }[] = await primary.request({ message: { type: 'seen' } });

    expect(seen.map(({ number }) => number)).to.deep.equal(Array.from({ length: 2_000 }, (_, index) => index));
    expect(seen.filter(({ handle }) => handle === 'Socket').map(({ number }) => number % 100)).to.deep.equal(
      new Array(20).fill(50),
    );
    expect(new Set(await Promise.all(clients))).to.deep.equal(new Set(['served by default-0']));
    await new Promise(resolve => server.close(resolve));
  });

  it('a connection that is closed already reaches nobody, and the messages after it all arrive', async () => {
    await using primary = await open({ workerCount: 1 });
    const { server, port } = await localServer();
    const accepted = new Promise<Socket>(resolve => server.once('connection', resolve));
    const client = connect(port, '127.0.0.1');
    const socket = await accepted;
    socket.destroy();
    await textOf(client);
    const told = nextOf(primary, 'workerMessage');

    primary.send({ message: { type: 'guest', greeting: 'nobody' }, handle: socket }).catch(() => {});
    const sent = primary.send({ message: { type: 'bring' } });

    expect(await sent).to.deep.equal([firstWorker(primary)]);
    expect((await told).message)
      .to.have.property('type')
      .that.is.oneOf(['noGuest', 'address']);
    server.close();
  });

  it('what is no handle rejects', async () => {
    await using primary = await open({ workerCount: 1 });
    primary.on('sendError', () => {});

    const failure = failureOf(primary.send({ message: { type: 'guest' }, handle: {} as Socket }));

    expect(await failure).to.have.property('code');
    expect(await primary.send({ message: { type: 'bring' } })).to.have.length(1);
  });
});
