import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { sentResets } from '../../lib/worker/accept-queue.js';
import { closeOwnListener } from '../../lib/worker/close-listener.js';
import { knowsReusePort } from '../../lib/worker/listening.js';
import { FakeClock } from '../support/fake-clock.js';
import { withDeadline } from '../support/with-deadline.js';

/** What Node's types do not have yet. */
type Where = ListenOptions & { readonly reusePort?: boolean };

const tells = sentResets() !== undefined;

describe('closeOwnListener', () => {
  const servers: Server[] = [];
  const clients: Client[] = [];

  afterEach(() => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  /** Says hello to whoever comes. */
  async function greeter(where: Where = {}): Promise<Server> {
    const server = createServer(socket => socket.on('error', () => {}).end('hello'));
    servers.push(server);
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true, ...where });
    await once(server, 'listening');
    return server;
  }

  /** When this resolves the operating system has accepted them, and Node could not yet: it is the same turn. */
  async function arrive(count: number, server: Server): Promise<readonly Client[]> {
    const { port } = server.address() as AddressInfo;
    const arrived = Array.from({ length: count }, () => new Client(port));
    clients.push(...arrived);
    await new Promise<void>(resolve => process.nextTick(resolve));
    return arrived;
  }

  it('closes at once when nobody comes', async () => {
    const server = await greeter();
    const closed = once(server, 'close');

    await closeOwnListener(server);
    expect(server.listening).to.equal(false);
    await closed;
  });

  it('serves all who wait', async function () {
    if (!tells) return this.skip();

    const server = await greeter();
    const waiting = await arrive(120, server);
    await closeOwnListener(server);

    expect(await outcomes(waiting)).to.deep.equal({ hello: 120 });
  });

  it('does nothing to a server that was closed, now or meanwhile', async () => {
    const [closed, closing] = [await greeter(), await greeter()];
    closed.close();
    await arrive(60, closing);
    const resets = [closeOwnListener(closed), closeOwnListener(closing)];
    closing.close();

    await Promise.all(resets);
    expect(closing.listening).to.equal(false);
  });

  it('keeps the connections that it has', async () => {
    const server = createServer({ allowHalfOpen: true }, socket => socket.pipe(socket));
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const [client] = await arrive(1, server);
    await once(server, 'connection');
    await closeOwnListener(server);
    client?.socket.end('echo');

    expect(await client?.outcome).to.equal('echo');
  });

  it('counts those that it had to give up, when they never end and time is over', async function () {
    if (!tells) return this.skip();

    const clock = new FakeClock();
    const server = await greeter();
    server.on('connection', () => {
      clock.advance(5);
      void arrive(2, server);
    });
    await arrive(2, server);
    const resets = await closeOwnListener(server, clock);
    const { hello, ...failed } = await outcomes(clients);

    expect(hello).to.be.greaterThan(50);
    // Others reset connections, too, and the operating system counts all.
    expect(resets).to.be.at.least(failed.ECONNRESET ?? 0);
    expect(failed.ECONNRESET).to.be.greaterThan(0);
  });

  it('leaves whoever comes later to another socket of the port', async function () {
    if (!tells || !knowsReusePort(process.version)) return this.skip();

    const server = await greeter({ reusePort: true });
    const { port } = server.address() as AddressInfo;
    await greeter({ reusePort: true, port });
    const waiting = await arrive(200, server);
    await closeOwnListener(server);
    const [other = server] = servers.slice(1);
    const late = await arrive(20, other);

    expect(await outcomes([...waiting, ...late])).to.deep.equal({ hello: 220 });
  });
});

/** Reads until the connection ends. */
class Client {
  readonly socket: Socket;
  /** What it was told, or the code of the error. */
  readonly outcome: Promise<string>;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.outcome = new Promise(resolve => {
      let heard = '';
      this.socket.setEncoding('utf8').on('data', text => {
        heard += text;
      });
      this.socket.on('end', () => {
        this.socket.end();
        resolve(heard);
      });
      this.socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  }
}

/** How often each outcome came. */
async function outcomes(clients: readonly Client[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const all = await withDeadline(Promise.all(clients.map(({ outcome }) => outcome)), 8_000, 'all outcomes');
  for (const outcome of all) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
