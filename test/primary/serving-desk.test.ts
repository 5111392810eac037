import { createServer } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { AddressTakenError } from '../../lib/errors/errors.js';
import { fromWireError } from '../../lib/errors/wire-error.js';
import { AddressBook } from '../../lib/primary/address-book.js';
import { ServingDesk } from '../../lib/primary/serving-desk.js';
import type { StickyOptions } from '../../lib/primary/sticky-options.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { type Frame, FrameKind } from '../../lib/protocol/frame.js';
import { unpackFrames } from '../../lib/protocol/frame-run.js';
import { mostServers } from '../../lib/protocol/serve-guard.js';
import type { ListenSpec, ServeOrder, ServeWord } from '../../lib/protocol/serving.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';
import { localServer } from '../support/sockets.js';
import { until } from '../support/with-deadline.js';
import { readyProcess, slotOf } from '../support/worker-process.js';

const spec: ListenSpec = { host: '127.0.0.1', port: 80, balance: 'shared', acrossGroups: false };
const any: ListenSpec = { ...spec, port: 0 };
const listen = (more: Partial<ListenSpec> = {}): ServeWord => ({ act: 'listen', spec: { ...spec, ...more } });
const report = { connections: 3, idle: 1, handedOver: 1, cut: 1, resets: 0, duration: 5 };
const address = { address: '127.0.0.1', port: 80, addressType: 4 } as const;

/** A worker that remembers what it is told. */
class Waiter {
  readonly handle: WorkerHandle;
  readonly #all: ReturnType<typeof readyProcess>;

  constructor(group = 'web') {
    this.#all = readyProcess({ slot: { ...slotOf(), group } });
    this.handle = this.#all.worker.handle;
  }

  /** What it was told about its servers. */
  get orders(): readonly (readonly [id: number, order: ServeOrder])[] {
    const frames = this.#all.fake.process.written.flatMap(payload => unpackFrames(payload as readonly Frame[]));
    return frames.flatMap(frame => (frame[0] === FrameKind.serve ? [[frame[1], frame[2] as ServeOrder] as const] : []));
  }

  /** The port that it was told last. */
  get port(): number | undefined {
    const order = this.orders.at(-1)?.[1];
    return order?.act === 'bind' ? order.port : undefined;
  }

  get acts(): readonly string[] {
    return this.orders.map(([, { act }]) => act);
  }

  /** Resolves when it has been told so much. */
  async told(count: number): Promise<void> {
    await until(() => this.orders.length >= count, 2_000, `order ${count}`);
  }
}

function setUp({ book = new AddressBook(), sticky }: { book?: AddressBook; sticky?: StickyOptions } = {}) {
  const announced: unknown[][] = [];
  const desk = new ServingDesk({
    announce: (name, data) => announced.push([name, data]) > 0,
    ...{ clock: new FakeClock(), stickyOf: () => sticky, book },
  });
  const ask = async (worker: Waiter, id: number, more: Partial<ListenSpec> = {}) => {
    const before = worker.orders.length;
    expect(desk.take(worker.handle, id, listen(more))).to.equal(true);
    await worker.told(before + 1);
    return worker.orders.at(-1)?.[1];
  };
  return { announced, book, desk, ask };
}

describe('ServingDesk', () => {
  it('lets a worker listen, and others of its group', async () => {
    const { ask } = setUp();

    expect(await ask(new Waiter(), 1)).to.deep.equal({ act: 'bind' });
    expect(await ask(new Waiter(), 1)).to.deep.equal({ act: 'bind' });
  });

  it('answers each server by its id', async () => {
    const { ask } = setUp();
    const worker = new Waiter();
    await ask(worker, 1);
    await ask(worker, 1_024, { port: 81 });

    expect(worker.orders).to.deep.equal([
      [1, { act: 'bind' }],
      [1_024, { act: 'bind' }],
    ]);
  });

  it('tells of a server that listens where Node does not, once, and without what else it says', () => {
    const { desk, announced } = setUp();
    const { handle: worker } = new Waiter();
    const word = { act: 'listening', address: { ...address, admin: true } };
    expect(desk.take(worker, 1, word)).to.equal(false);
    desk.take(worker, 1, listen());

    expect(desk.take(worker, 1, word)).to.equal(true);
    expect(desk.take(worker, 1, word)).to.equal(false);
    expect(announced).to.deep.equal([['workerListening', { worker, address }]]);
  });

  it('tells of a server that is closed, without what else its worker says', () => {
    const { desk, announced } = setUp();
    const { handle: worker } = new Waiter();

    desk.take(worker, 1, { act: 'closed', address: { ...address, admin: 1 }, report: { ...report, admin: 1 } });
    expect(announced).to.deep.equal([['workerServerClose', { worker, address, report }]]);
  });

  it('answers a server that listens no more, also one that it has not heard of', async () => {
    const { desk } = setUp();
    const worker = new Waiter();
    desk.take(worker.handle, 4, { act: 'close' });
    await worker.told(1);

    expect(worker.orders).to.deep.equal([[4, { act: 'close' }]]);
  });

  describe('with several groups', () => {
    it('refuses an address that another has', async () => {
      const { ask } = setUp();
      await ask(new Waiter('web'), 1);
      const order = await ask(new Waiter('api'), 1);
      const error = order?.act === 'refuse' ? fromWireError(order.error) : undefined;

      expect(error)
        .to.be.instanceOf(AddressTakenError)
        .with.deep.property('details', { address: '127.0.0.1:80', group: 'api', holder: 'web' });
    });

    it('refuses a unix socket that another has', async () => {
      const { ask } = setUp();
      const where = { path: '/tmp/x.sock', host: undefined, port: undefined };
      await ask(new Waiter('web'), 1, where);

      expect(await ask(new Waiter('api'), 1, where)).to.include({ act: 'refuse' });
    });

    it('lets them share one when the second asks for that', async () => {
      const { ask } = setUp();
      await ask(new Waiter('web'), 1);

      expect(await ask(new Waiter('api'), 1, { acrossGroups: true })).to.deep.equal({ act: 'bind' });
      expect(await ask(new Waiter('mail'), 1)).to.include({ act: 'refuse' });
    });

    for (const [what, leave] of [
      ['is closed', (desk: ServingDesk, worker: WorkerHandle) => desk.take(worker, 1, { act: 'close' })],
      ['has failed', (desk: ServingDesk, worker: WorkerHandle) => desk.take(worker, 1, { act: 'failed' })],
      ['is gone with its worker', (desk: ServingDesk, worker: WorkerHandle) => desk.gone(worker)],
    ] as const) {
      it(`lets the next one have an address whose last server ${what}`, async () => {
        const { desk, ask } = setUp();
        const workers = [new Waiter('web'), new Waiter('web')];
        for (const worker of workers) await ask(worker, 1);
        for (const { handle } of workers) {
          expect(await ask(new Waiter('api'), 1)).to.include({ act: 'refuse' });
          leave(desk, handle);
        }

        expect(await ask(new Waiter('api'), 1)).to.include({ act: 'bind' });
      });
    }

    it('forgets what it refused, so that the worker can ask again', async () => {
      const { desk, ask } = setUp();
      const [web, api] = [new Waiter('web'), new Waiter('api')];
      await ask(web, 1);
      await ask(api, 1);
      expect(desk.take(api.handle, 1, { act: 'failed' })).to.equal(true);

      expect(await ask(api, 1, { port: 81 })).to.deep.equal({ act: 'bind' });
    });
  });

  describe('with several primaries in one process', () => {
    it('refuses what a group of the same name of another primary has', async () => {
      const book = new AddressBook();
      await setUp({ book }).ask(new Waiter('web'), 1);

      expect(await setUp({ book }).ask(new Waiter('web'), 1)).to.include({ act: 'refuse' });
    });

    it('gives each its own port for port 0', async () => {
      const book = new AddressBook();

      expect(await setUp({ book }).ask(new Waiter(), 1, any)).to.deep.equal({ act: 'bind' });
      expect(await setUp({ book }).ask(new Waiter(), 1, any))
        .to.include({ act: 'bind' })
        .and.have.property('port')
        .that.is.greaterThan(0);
    });

    it('gives each its own port for port 0, too, when they listen themselves', async () => {
      const book = new AddressBook();
      const desks = [setUp({ book, sticky: {} }), setUp({ book, sticky: {} })];
      const orders = await Promise.all(desks.map(({ ask }) => ask(new Waiter(), 1, any)));
      for (const { desk } of desks) desk.close();
      const ports = orders.map(order => (order?.act === 'route' ? order.address.port : undefined));

      expect(ports.every(Boolean)).to.equal(true);
      expect(ports[0]).to.not.equal(ports[1]);
    });
  });

  describe('asked for any port', () => {
    it('leaves it to Node when nobody else asks for one', async () => {
      const { ask } = setUp();

      expect(await ask(new Waiter(), 1, any)).to.deep.equal({ act: 'bind' });
      expect(await ask(new Waiter(), 1, any)).to.deep.equal({ act: 'bind' });
    });

    it('gives each other group one of its own, the same for all its workers', async () => {
      const { ask } = setUp();
      await ask(new Waiter('web'), 1, any);
      const workers = ['api', 'api', 'mail'].map(group => new Waiter(group));
      for (const worker of workers) await ask(worker, 1, any);
      const [first, second, third] = workers.map(({ port }) => port);

      expect(first).to.equal(second).and.to.be.greaterThan(0);
      expect(first).to.not.equal(third);
    });

    it('gives two servers of a worker different ports', async () => {
      const { ask } = setUp();
      const worker = new Waiter();
      await ask(worker, 1, any);

      expect(await ask(worker, 2, any))
        .to.have.property('port')
        .that.is.greaterThan(0);
    });

    it('gives all workers the same when each has a socket of its own', async () => {
      const { ask } = setUp();
      const workers = [new Waiter(), new Waiter()];
      await Promise.all(workers.map(worker => ask(worker, 1, { ...any, balance: 'reusePort' })));

      expect(workers[0]?.port).to.equal(workers[1]?.port).and.to.be.greaterThan(0);
    });

    it('gives another one when somebody else was faster', async () => {
      const { desk, ask } = setUp();
      const worker = new Waiter();
      await ask(worker, 1, { ...any, balance: 'reusePort' });
      const { port } = worker;
      const thief = createServer();
      await new Promise<void>(resolve => thief.listen(port, '127.0.0.1', resolve));
      desk.take(worker.handle, 1, { act: 'failed' });
      await ask(worker, 1, { ...any, balance: 'reusePort' });

      expect(worker.port).to.be.greaterThan(0).and.to.not.equal(port);
      thief.close();
    });

    it('says why there is none, and looks again when it is asked again', async () => {
      const { ask } = setUp();
      const worker = new Waiter();
      const elsewhere = { ...any, balance: 'reusePort', host: '192.0.2.1' } as const;
      const order = await ask(worker, 1, elsewhere);
      expect(order?.act === 'refuse' && fromWireError(order.error).details).to.include({ remoteCode: 'EADDRNOTAVAIL' });

      expect(await ask(worker, 1, { ...elsewhere, host: '127.0.0.1' })).to.include({ act: 'bind' });
    });

    it('takes a second question for none while it looks for a port', async () => {
      const { desk, ask, book } = setUp();
      const worker = new Waiter();
      const looking = ask(worker, 1, { ...any, balance: 'reusePort' });
      expect(desk.take(worker.handle, 1, listen(any))).to.equal(false);
      await looking;
      const other = { group: 'other' };
      expect(book.otherThan(other, `127.0.0.1:${worker.port}`)).to.include({ group: 'web' });
      desk.take(worker.handle, 1, { act: 'close' });

      expect(book.otherThan(other, `127.0.0.1:${worker.port}`)).to.equal(undefined);
    });

    for (const [what, leave] of [
      ['dies', (desk: ServingDesk, worker: WorkerHandle) => desk.gone(worker)],
      ['gives up', (desk: ServingDesk, worker: WorkerHandle) => desk.take(worker, 1, { act: 'failed' })],
    ] as const) {
      it(`keeps no address for a worker that ${what} while it looks for a port`, async () => {
        const { desk, ask, book } = setUp();
        const worker = new Waiter();
        const looking = ask(worker, 1, { ...any, balance: 'reusePort' });
        leave(desk, worker.handle);
        await looking;

        expect(book.otherThan({ group: 'other' }, `127.0.0.1:${worker.port}`)).to.equal(undefined);
      });
    }
  });

  describe('of a group whose connections stick', () => {
    it('listens itself, and answers a close when nothing is on its way', async () => {
      const { desk, ask, announced } = setUp({ sticky: {} });
      const worker = new Waiter();
      const order = await ask(worker, 1, any);
      expect(order).to.have.nested.property('address.address', '127.0.0.1');
      const routed = order?.act === 'route' ? order.address : undefined;

      expect(desk.take(worker.handle, 1, { act: 'listening', address: routed })).to.equal(true);
      expect(announced.map(([name]) => name)).to.deep.equal(['workerListening']);
      expect(desk.take(worker.handle, 1, { act: 'failed' })).to.equal(false);
      expect(desk.take(worker.handle, 1, { act: 'listening', address: routed })).to.equal(false);
      desk.take(worker.handle, 1, { act: 'close' });
      expect(desk.take(worker.handle, 1, listen(any))).to.equal(false);
      await worker.told(2);

      expect(worker.acts).to.deep.equal(['route', 'close']);
      desk.close();
    });

    it('refuses a port that is taken, with the code that Node gives', async () => {
      const { server, port } = await localServer();
      const { ask, book } = setUp({ sticky: {} });
      const order = await ask(new Waiter(), 1, { port });

      expect(order?.act === 'refuse' && fromWireError(order.error).details).to.include({ remoteCode: 'EADDRINUSE' });
      expect(book.otherThan({ group: 'api' }, `127.0.0.1:${port}`)).to.equal(undefined);
      server.close();
    });

    it('refuses sockets of the workers’ own', async () => {
      const { ask } = setUp({ sticky: {} });

      expect(await ask(new Waiter(), 1, { balance: 'reusePort' })).to.include({ act: 'refuse' });
    });
  });

  describe('told nonsense', () => {
    it('says so, whatever it is, and never throws', async () => {
      const { desk, announced } = setUp();
      const worker = new Waiter();
      const act = fc.constantFrom('listening', 'failed', 'taken', 'connection', 'bind', 'toString');
      const word = fc.oneof(fc.anything(), fc.record({ act, address: fc.anything(), connection: fc.anything() }));

      fc.assert(
        fc.property(fc.nat(), word, (id, said) => {
          expect(desk.take(worker.handle, id, said)).to.be.a('boolean');
        }),
        { numRuns: 1_000 },
      );
      await settled();
      expect([announced, worker.orders]).to.deep.equal([[], []]);
    });

    it('refuses ids that no server has', () => {
      const { desk } = setUp();
      const { handle } = new Waiter();

      expect([0, mostServers + 1, 2 ** 40].map(id => desk.take(handle, id, { act: 'close' }))).to.deep.equal(
        Array(3).fill(false),
      );
    });

    it('answers one who asks 100,000 times once', async () => {
      const { desk } = setUp();
      const worker = new Waiter();
      let allowed = 0;
      for (let i = 0; i < 100_000; i++) if (desk.take(worker.handle, 1, listen())) allowed++;
      await worker.told(1);

      expect(allowed).to.equal(1);
      expect(worker.orders).to.have.lengthOf(1);
    });

    it('holds no more addresses for a worker than it may have servers', async () => {
      const { desk, book } = setUp();
      const worker = new Waiter();
      const port = (id: number) => 1_000 + id;
      for (let id = 1; id <= 5_000; id++) desk.take(worker.handle, id, listen({ port: port(id) }));
      await settled();
      const isHeld = (id: number) => book.otherThan({ group: 'api' }, `127.0.0.1:${port(id)}`) !== undefined;

      expect(isHeld(mostServers)).to.equal(true);
      expect(isHeld(mostServers + 1)).to.equal(false);
      desk.gone(worker.handle);
      expect(isHeld(1) || isHeld(mostServers)).to.equal(false);
    });

    it('has no words about connections from those who were given none', () => {
      const { desk } = setUp();
      const { handle } = new Waiter();
      desk.take(handle, 1, listen());

      expect(desk.take(handle, 1, { act: 'taken', connection: 1, accepted: false })).to.equal(false);
    });
  });
});
