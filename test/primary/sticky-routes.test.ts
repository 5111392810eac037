import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type HandOver, StickyRoutes } from '../../lib/primary/sticky-routes.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import type { ListenSpec } from '../../lib/protocol/serving.js';
import { systemClock } from '../../lib/util/clock.js';
import { Deferred } from '../../lib/util/deferred.js';
import { rejection } from '../support/thrown.js';
import { withDeadline } from '../support/with-deadline.js';
import { readyProcess } from '../support/worker-process.js';

const spec: ListenSpec = { host: '127.0.0.1', port: 0, balance: 'shared', acrossGroups: false };
const key = 'api 127.0.0.1:0';

describe('StickyRoutes', () => {
  let routes: StickyRoutes;
  let worker: WorkerHandle;
  const clients: Socket[] = [];

  beforeEach(() => {
    routes = new StickyRoutes({ clock: systemClock, failed: error => expect.fail(String(error)) });
    worker = readyProcess().worker.handle;
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    routes.close();
  });

  /** One more server asks for connections. */
  function open(more: { worker?: WorkerHandle; key?: string; port?: number | undefined } = {}) {
    return routes.open(
      { worker: more.worker ?? readyProcess().worker.handle, id: 1, key: more.key ?? key },
      { ...spec, port: more.port ?? 0 },
      {},
    );
  }

  async function isRefused(port: number | undefined): Promise<boolean> {
    const outcome = new Deferred<boolean>();
    visit(port)
      .on('error', () => outcome.resolve(true))
      .on('connect', () => outcome.resolve(false));
    return withDeadline(outcome.promise, 5_000, 'answer');
  }

  function visit(port: number | undefined): Socket {
    const client = connect(port ?? 0, '127.0.0.1').on('error', () => {});
    clients.push(client);
    return client;
  }

  /** A hand that notes what it is given, and whoever waits for the first. */
  function note() {
    const first = new Deferred<number>();
    const hand: HandOver = async connection => first.resolve(connection);
    return { hand, first: withDeadline(first.promise, 5_000, 'answer') };
  }

  it('has one router for each key, and one address', async () => {
    const [one, other] = await Promise.all([open(), open()]);

    expect(one).to.equal(other);
    expect(await open({ key: 'another' })).to.not.deep.equal(one);
  });

  it('hands connections to a server once it has joined, and hears of them', async () => {
    const { port } = await open({ worker });
    const { hand, first } = note();
    visit(port);

    routes.join(worker, 1, hand);
    const connection = await first;

    expect(routes.taken(worker, 1, { connection, accepted: true })).to.equal(true);
    expect(routes.taken(worker, 2, { connection, accepted: true })).to.equal(false);
  });

  it('lets a server leave when nothing is on its way to it, and closes behind the last', async () => {
    const { port } = await open({ worker });
    const { hand, first } = note();
    routes.join(worker, 1, hand);
    visit(port);
    const connection = await first;
    let isGone = false;

    const left = routes.leave(worker, 1).then(() => {
      isGone = true;
    });
    await new Promise(setImmediate);
    expect(isGone).to.equal(false);
    routes.taken(worker, 1, { connection, accepted: true });
    await withDeadline(left, 5_000, 'answer');

    expect(await isRefused(port)).to.equal(true);
  });

  it('waits for a server that is about to join while the last one leaves', async () => {
    const { port } = await open({ worker });
    const { hand, first } = note();
    const next = readyProcess().worker.handle;
    routes.join(worker, 1, async () => {});
    await open({ worker: next });

    await routes.leave(worker, 1);
    routes.join(next, 1, hand);
    visit(port);

    expect(await first).to.be.a('number');
  });

  it('closes when the only server leaves before it has joined', async () => {
    const { port } = await open({ worker });
    await routes.leave(worker, 1);

    expect(await isRefused(port)).to.equal(true);
  });

  it('takes a server that leaves for the second time for one that has left', async () => {
    const { port } = await open({ worker });
    routes.join(worker, 1, async () => {});
    await routes.leave(worker, 1);
    await open({ port: port ?? 0 });
    await routes.leave(worker, 1);

    expect(await isRefused(port)).to.equal(false);
  });

  it('refuses a second server of a worker, which would get nothing', async () => {
    await open({ worker });

    expect(await rejection(() => open({ worker }))).to.include({ code: 'CLUSTER_SERVE' });
  });

  it('gives what was on its way to a server that is gone to the next one', async () => {
    const { port } = await open({ worker });
    const [lost, next] = [note(), note()];
    const other = readyProcess().worker.handle;
    routes.join(worker, 1, lost.hand);
    visit(port);
    await lost.first;

    routes.lose(worker);
    await open({ worker: other });
    routes.join(other, 1, next.hand);

    expect(await next.first).to.be.a('number');
  });

  it('knows nothing of a server that did not join', async () => {
    await routes.leave(worker, 1);
    routes.join(worker, 1, async () => {});
    routes.lose(worker);

    expect(routes.taken(worker, 1, { connection: 1, accepted: true })).to.equal(false);
  });

  it("rejects with Node's error, and tries again when asked again", async () => {
    const { port } = await open();

    expect(await rejection(() => open({ key: 'other', port }))).to.include({ code: 'EADDRINUSE' });
    routes.close();
    expect(await open({ key: 'other', port })).to.include({ port });
  });
});
