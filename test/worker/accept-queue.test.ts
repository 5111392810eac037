import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { AcceptQueue, migratesRequests, sentResets, waitingConnections } from '../../lib/worker/accept-queue.js';
import { scratch } from '../support/scratch.js';
import { socketPair } from '../support/sockets.js';

const linux = process.platform === 'linux';
const migration = '/proc/sys/net/ipv4/tcp_migrate_req';

describe('AcceptQueue', () => {
  const servers: Server[] = [];
  const clients: Socket[] = [];
  const path = scratch();

  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  async function listening(where: { port?: number; host?: string; path?: string } = { host: '127.0.0.1' }) {
    const server = createServer(socket => socket.on('error', () => {}));
    servers.push(server);
    server.listen(where.path === undefined ? { port: 0, ...where } : where);
    await once(server, 'listening');
    return server;
  }

  /** The operating system has accepted them when this resolves, and Node could not yet: it is the same turn. */
  async function arrive(count: number, server: Server, host = '127.0.0.1'): Promise<void> {
    const { port } = server.address() as AddressInfo;
    for (let i = 0; i < count; i++) clients.push(connect({ port, host }).on('error', () => {}));
    await new Promise<void>(resolve => process.nextTick(resolve));
  }

  it('is not there for a server that does not listen', () => {
    expect(AcceptQueue.of(createServer())).to.equal(undefined);
    expect(waitingConnections(createServer())).to.equal(undefined);
  });

  it('is not there for one whose connections somebody else accepts', async () => {
    const server = await listening();
    const withoutDescriptor = new Proxy(server, {
      get: (target, name) => (name === '_handle' ? { listen: () => 0 } : Reflect.get(target, name)),
    });

    expect(AcceptQueue.of(withoutDescriptor)).to.equal(undefined);
  });

  it('is not there for a path', async () => {
    const server = await listening({ path: path() });

    expect(waitingConnections(server)).to.equal(undefined);
  });

  if (!linux) return;

  it('is counted until the server accepts', async () => {
    const server = await listening();
    const none = waitingConnections(server);
    await arrive(7, server);
    const some = waitingConnections(server);
    for (let accepted = 0; accepted < 7; accepted++) await once(server, 'connection');

    expect([none, some, waitingConnections(server)]).to.deep.equal([0, 7, 0]);
  });

  it('is that of this server, however many listen', async () => {
    const others = await Promise.all(Array.from({ length: 60 }, () => listening()));
    const server = await listening();
    others.push(...(await Promise.all(Array.from({ length: 60 }, () => listening()))));
    await arrive(3, server);

    expect(waitingConnections(server)).to.equal(3);
    for (const other of others) expect(waitingConnections(other)).to.equal(0);
  });

  it('is known for all addresses, and for those of IPv6', async function () {
    const everywhere = await listening({});
    await arrive(2, everywhere);
    expect(waitingConnections(everywhere)).to.equal(2);

    if ((everywhere.address() as AddressInfo).family !== 'IPv6') this.skip();
    const server = await listening({ host: '::1' });
    await arrive(4, server, '::1');
    expect(waitingConnections(server)).to.equal(4);
  });

  it('lets few in when told to', async () => {
    const server = await listening();
    const queue = AcceptQueue.of(server);
    queue?.admitFew();
    await arrive(9, server);

    expect(queue?.size).to.be.within(1, 2);
    queue?.close();
  });

  it('has no size when the server is closed', async () => {
    const server = await listening();
    const queue = AcceptQueue.of(server);
    servers.pop()?.close();

    expect(queue?.size).to.equal(undefined);
    queue?.close();
    expect(queue?.size).to.equal(undefined);
  });
});

describe('migratesRequests', () => {
  it('is what the system is set to', () => {
    const set = existsSync(migration) && readFileSync(migration, 'utf8') === '1\n';

    expect(migratesRequests()).to.equal(set);
  });
});

describe('sentResets', () => {
  it('counts a connection that is reset', async function () {
    const before = sentResets();
    if (before === undefined) return this.skip();

    const [accepted, client] = await socketPair();
    const failed = once(client, 'error');
    client.resume();
    accepted.resetAndDestroy();
    await failed;

    expect(sentResets()).to.be.greaterThan(before);
  });
});
