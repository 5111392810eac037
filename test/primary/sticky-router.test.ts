import { execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { nativeHandle } from '../../lib/primary/native-handle.js';
import type { RoutedListener } from '../../lib/primary/routed-connection.js';
import { StickyRouter, type StickyRouterParts } from '../../lib/primary/sticky-router.js';
import { FakeClock } from '../support/fake-clock.js';
import { localServer, textOf } from '../support/sockets.js';
import { failureOf, until, withDeadline } from '../support/with-deadline.js';

let lastId = 0;

/** A worker that only notes what it is given. */
class Listener implements RoutedListener {
  readonly id = ++lastId;
  readonly numbers: number[] = [];
  readonly heads: (string | undefined)[] = [];
  /** Why nothing can be sent to it. */
  error: Error | undefined;

  readonly name: string;

  constructor(name = 'a') {
    this.name = name;
  }

  get last(): number {
    return this.numbers.at(-1) ?? 0;
  }

  async hand(connection: number, head: string | undefined): Promise<void> {
    this.numbers.push(connection);
    this.heads.push(head);
    if (this.error) throw this.error;
  }
}

describe('StickyRouter', () => {
  let clock: FakeClock;
  let router: StickyRouter;
  const clients: Socket[] = [];
  const errors: unknown[] = [];

  const failed = (error: unknown) => void errors.push(error);

  async function route(parts: Partial<StickyRouterParts> = {}): Promise<StickyRouter> {
    router = new StickyRouter({ options: {}, clock, failed, ...parts });
    await router.listen({ host: '127.0.0.1' });
    return router;
  }

  function client(): Socket {
    const socket = connect(router.address?.port ?? 0, '127.0.0.1');
    clients.push(socket.on('error', () => {}));
    return socket;
  }

  /** Connects so many clients, and waits until each was given to one of the listeners. */
  async function clientsAt(count: number, ...listeners: readonly Listener[]): Promise<Socket[]> {
    const handed = () => listeners.reduce((sum, { numbers }) => sum + numbers.length, 0);
    const before = handed();
    const sockets = Array.from({ length: count }, () => client());
    await until(() => handed() === before + count, 5_000, 'connection');
    return sockets;
  }

  async function heldClient(): Promise<Socket> {
    const before = router.held;
    const socket = client();
    await until(() => router.held === before + 1, 5_000, 'connection');
    return socket;
  }

  const closed = (socket: Socket) => withDeadline(once(socket.resume(), 'close'), 5_000, 'end of the connection');

  beforeEach(() => {
    clock = new FakeClock();
  });

  afterEach(async () => {
    router.close();
    for (const socket of clients.splice(0)) socket.destroy();
    expect(errors.splice(0)).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });

  describe('#listen', () => {
    it('tells where', async () => {
      await route();

      expect(router.address).to.include({ address: '127.0.0.1', addressType: 4 });
      expect(router.address?.port).to.be.greaterThan(0);
    });

    it('takes IPv6 for what it is', async () => {
      router = new StickyRouter({ options: {}, clock, failed });

      const address = await router.listen({ host: '::1', ipv6Only: true, backlog: 10 });

      expect(address).to.include({ address: '::1', addressType: 6 });
    });

    it('takes a path', async () => {
      router = new StickyRouter({ options: {}, clock, failed });
      const path = join(tmpdir(), `router-${process.pid}.sock`);

      const address = await router.listen({ path, port: undefined });

      expect(address).to.deep.equal({ address: path, port: undefined, addressType: -1 });
    });

    it('rejects with the error of Node', async () => {
      const { server, port } = await localServer(createServer());
      router = new StickyRouter({ options: {}, clock, failed });

      const error = await failureOf(router.listen({ host: '127.0.0.1', port }));

      expect(error.code).to.equal('EADDRINUSE');
      expect(router.address).to.equal(undefined);
      server.close();
    });
  });

  describe('without a worker', () => {
    it('holds connections until there is one, the first one first', async () => {
      await route();
      await heldClient();
      await heldClient();
      const listener = new Listener();

      router.add(listener);

      expect(listener.numbers).to.deep.equal([1, 2]);
      expect(router.held).to.equal(0);
    });

    it('closes them when they have waited for too long', async () => {
      await route({ holdTimeout: 500 });
      const socket = await heldClient();
      clock.advance(499);
      expect(router.held).to.equal(1);

      clock.advance(1);

      expect(router.held).to.equal(0);
      await closed(socket);
    });

    it('holds only so many', async () => {
      await route({ maxHeld: 2 });
      await heldClient();
      await heldClient();

      await closed(client());

      expect(router.held).to.equal(2);
    });
  });

  describe('#taken', () => {
    it('ends the care for the connection, and keeps it open for the worker', async () => {
      await route();
      const [first, second] = [new Listener(), new Listener()];
      router.add(first);
      const [socket] = await clientsAt(1, first);

      router.taken(first, first.last, true);
      router.lose(first);
      router.add(second);

      expect(second.numbers).to.deep.equal([]);
      // Nobody else has a copy in this test.
      await closed(socket as Socket);
    });

    it('gives a connection that was refused to another worker', async () => {
      await route();
      const all = [new Listener('a'), new Listener('b')];
      for (const each of all) router.add(each);
      await clientsAt(1, ...all);
      const [holder, other] = all[0]?.numbers.length === 1 ? all : all.reverse();

      if (holder) router.taken(holder, holder.last, false);

      expect(other?.numbers).to.have.lengthOf(1);
      expect(other?.last).to.not.equal(holder?.last);
    });

    it('asks again, later, those who all refused, until the time is over', async () => {
      await route({ holdTimeout: 250 });
      const listener = new Listener();
      router.add(listener);
      const [socket] = await clientsAt(1, listener);
      for (const times of [1, 2, 3]) {
        expect(listener.numbers).to.have.lengthOf(times);
        router.taken(listener, listener.last, false);
        expect(router.held).to.equal(1);
        clock.advance(99);
        expect(listener.numbers).to.have.lengthOf(times);
        clock.advance(1);
      }

      expect(listener.numbers).to.have.lengthOf(3);
      expect(router.held).to.equal(0);
      await closed(socket as Socket);
    });

    it('gives the connection that all refused to a newcomer at once', async () => {
      await route();
      const [first, newcomer] = [new Listener(), new Listener()];
      router.add(first);
      await clientsAt(1, first);
      router.taken(first, first.last, false);

      router.add(newcomer);

      expect([first.numbers.length, newcomer.numbers.length]).to.deep.equal([1, 1]);
    });

    it('takes connections for lost that were sent before one that got there', async () => {
      await route();
      const [first, second] = [new Listener(), new Listener()];
      router.add(first);
      router.add(second);
      await clientsAt(3, first, second);

      router.taken(first, 3, true);

      expect(first.numbers).to.deep.equal([1, 2, 3]);
      expect(second.numbers).to.deep.equal([4, 5]);
    });

    it('ignores a word about a connection that is not on its way to the worker', async () => {
      await route();
      const [first, second] = [new Listener(), new Listener()];
      router.add(first);
      router.add(second);
      await clientsAt(1, first);

      for (const accepted of [true, false]) {
        router.taken(second, 1, accepted);
        router.taken(first, 99, accepted);
        router.taken(new Listener(), 1, accepted);
      }
      router.lose(first);

      expect(second.numbers).to.have.lengthOf(1);
    });
  });

  it('gives a connection that could not be sent to another worker', async () => {
    await route();
    const [first, second] = [new Listener(), new Listener()];
    first.error = new Error('closed');
    router.add(first);
    router.add(second);

    client();
    await until(() => second.numbers.length === 1, 5_000, 'connection');

    expect(first.numbers).to.have.lengthOf(1);
  });

  it('serves by the older of two in one slot until it is removed', async () => {
    await route();
    const [old, young] = [new Listener(), new Listener()];
    router.add(young);
    router.add(old);
    await clientsAt(2, old);
    expect(router.size).to.equal(2);
    const removed = router.remove(old);
    await clientsAt(2, young);

    router.taken(old, old.numbers[0] ?? 0, true);
    router.taken(old, old.last, true);

    await withDeadline(removed, 1_000, 'end of the removal');
    expect(router.size).to.equal(1);
  });

  it('gives what a lost worker had not taken to others', async () => {
    await route();
    const [first, second] = [new Listener(), new Listener()];
    router.add(first);
    router.add(second);
    await clientsAt(3, first);
    const removed = router.remove(first);
    router.taken(first, 1, true);

    router.lose(first);

    await withDeadline(removed, 1_000, 'end of the removal');
    expect(second.numbers).to.have.lengthOf(2);
  });

  it('lets what it lost wait anew, however long it was on its way', async () => {
    await route({ holdTimeout: 100 });
    await heldClient();
    const listener = new Listener();
    router.add(listener);
    clock.advance(1_000);

    router.lose(listener);
    clock.advance(99);

    expect(router.held).to.equal(1);
    clock.advance(1);
    expect(router.held).to.equal(0);
  });

  it('outlives clients that leave at any time', async () => {
    await route();
    const sockets = Array.from({ length: 50 }, () => client());
    for (const [index, socket] of sockets.entries()) {
      if (index % 2) socket.once('connect', () => socket.resetAndDestroy());
      else socket.destroy();
    }
    await Promise.all(sockets.map(socket => (socket.closed ? undefined : closed(socket))));
    const listener = new Listener();
    router.add(listener);

    await clientsAt(1, listener);
    for (const number of listener.numbers) router.taken(listener, number, true);

    expect(router.held).to.equal(0);
  });

  it('has nothing to do with a client that was reset before it was accepted', async () => {
    await route();
    const { port } = router.address ?? {};
    const script = `const socket = require('net').connect(${port}, '127.0.0.1', () => socket.resetAndDestroy())`;
    // Nothing is accepted meanwhile.
    execFileSync(process.execPath, ['-e', script]);
    const listener = new Listener();
    router.add(listener);

    await clientsAt(1, listener);

    expect(listener.numbers).to.deep.equal([1]);
    router.taken(listener, 1, true);
  });

  it('says so when this Node has nothing that can be sent', async () => {
    await route({ options: { readHead: true } });
    const listener = new Listener();
    router.add(listener);
    const spoil = (message: unknown) => {
      const { socket } = message as { readonly socket: Socket };
      const handle: object | undefined = nativeHandle(socket);
      if (handle) Object.assign(handle, { readStop: undefined });
    };
    subscribe('net.server.socket', spoil);

    const socket = client();
    socket.write('\r\n\r\n');
    await closed(socket);
    unsubscribe('net.server.socket', spoil);

    expect(errors.splice(0).map(error => (error as { code: string }).code)).to.deep.equal(['CLUSTER_SERVE']);
    expect(listener.numbers).to.deep.equal([]);
  });

  describe('with `by`', () => {
    it('reads the head, and passes it on', async () => {
      const keys: (string | undefined)[] = [];
      await route({
        options: {
          readHead: true,
          by(connection) {
            keys.push(connection.header('x-key'));
            return 'key';
          },
        },
      });
      const listener = new Listener();
      router.add(listener);
      const text = 'GET / HTTP/1.1\r\nX-Key: soup\r\n\r\nbody';

      client().write(text);
      await until(() => listener.numbers.length === 1, 5_000, 'connection');

      expect(keys).to.deep.equal(['soup']);
      expect(listener.heads).to.deep.equal([text]);
    });

    it('closes who is too slow', async () => {
      await route({ options: { readHead: true, headTimeout: 300 } });
      const socket = client();
      await until(() => clock.pending === 1, 5_000, 'timer');

      clock.advance(300);

      await closed(socket);
    });

    it('tells its errors, and goes by the address', async () => {
      const error = new Error('no soup');
      await route({
        options: {
          by() {
            throw error;
          },
        },
      });
      const listener = new Listener();
      router.add(listener);

      await clientsAt(1, listener);

      expect(errors.splice(0)).to.deep.equal([error]);
    });
  });

  describe('#close', () => {
    it('ends what waits, and what has not said yet what it wants; nobody can connect', async () => {
      await route({ options: { readHead: true } });
      const { port = 0 } = router.address ?? {};
      const slow = client();
      const waiting = client();
      waiting.write('\r\n\r\n');
      await until(() => router.held === 1 && clock.pending === 2, 5_000, 'connections');

      router.close();
      router.close();

      await Promise.all([closed(slow), closed(waiting)]);
      expect(router.address).to.equal(undefined);
      expect((await failureOf(textOf(connect(port, '127.0.0.1')))).code).to.equal('ECONNREFUSED');
    });

    it('leaves what is on its way to the worker, unless that refuses it', async () => {
      await route();
      const listener = new Listener();
      router.add(listener);
      const sockets = await clientsAt(2, listener);

      router.close();
      expect(sockets.map(({ readyState }) => readyState)).to.deep.equal(['open', 'open']);
      router.taken(listener, 1, false);
      router.taken(listener, 2, true);

      await Promise.all(sockets.map(closed));
      expect(router.held).to.equal(0);
    });

    it('is nothing before it listens', () => {
      router = new StickyRouter({ options: {}, clock, failed });
      router.close();

      expect(router.address).to.equal(undefined);
    });
  });
});
