import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { InvalidOptionError, ServeError } from '../../lib/errors/errors.js';
import { Deadline } from '../../lib/util/deadline.js';
import { Servers } from '../../lib/worker/servers.js';
import { servingParts } from '../support/served.js';
import { settled } from '../support/settled.js';
import { localServer } from '../support/sockets.js';
import { rejection } from '../support/thrown.js';

const here = { port: 0, host: '127.0.0.1' } as const;
const never = new AbortController().signal;

describe('Servers', () => {
  const made: Server[] = [];
  const make = () => {
    const server = createServer();
    made.push(server);
    return server;
  };

  afterEach(() => {
    for (const server of made.splice(0)) if (server.listening) server.close();
  });

  function setUp() {
    const all = servingParts();
    return { ...all, servers: new Servers(all.parts), deadline: new Deadline(all.clock) };
  }

  /** A worker that is ready. */
  async function running() {
    const all = setUp();
    all.servers.activate();
    await all.servers.opened(never);
    return all;
  }

  it('listen when the worker is activated, together', async () => {
    const { servers, lines } = setUp();
    const both = [servers.add(make(), here), servers.add(make(), here)];
    await settled();
    expect(lines.flatMap(({ said }) => said)).to.deep.equal([]);
    servers.activate();
    await servers.opened(never);

    expect(both.map(({ address }) => address?.address)).to.deep.equal([here.host, here.host]);
  });

  it('listen at once that come later', async () => {
    const { servers } = await running();

    expect(await servers.add(make(), here).listening).to.include({ address: here.host });
  });

  it('are opened when those are, too, that come meanwhile', async () => {
    const { servers, parts } = setUp();
    const [first, second] = [make(), make()];
    const announced: Server[] = [];
    const announce = (name: string, data: object) => {
      if (name === 'serverListening' && announced.push(first) === 1) servers.add(second, here);
      parts.announce('serverListening', data as never);
    };
    const all = new Servers({ ...parts, announce });
    all.add(first, here);
    servers.activate();
    all.activate();
    await all.opened(never);
    await servers.opened(never);

    expect([first.listening, second.listening]).to.deep.equal([true, true]);
  });

  it('are opened at once when there are none', async () => {
    await setUp().servers.opened(never);
  });

  it('fail with the first that cannot listen', async () => {
    const { server: other, port } = await localServer();
    const { servers } = setUp();
    servers.add(make(), here);
    servers.add(make(), { port, host: here.host });
    servers.activate();

    expect(await rejection(servers.opened(never))).to.include({ code: 'EADDRINUSE' });
    other.close();
  });

  it('fail also with one that could not long before anybody waited', async () => {
    const { server: other, port } = await localServer();
    const { servers } = setUp();
    servers.activate();
    await rejection(servers.add(make(), { port, host: here.host }).listening);

    expect(await rejection(servers.opened(never))).to.include({ code: 'EADDRINUSE' });
    other.close();
  });

  it('do not fail with those that somebody let go of', async () => {
    const { servers, clock } = setUp();
    const [first, second] = [servers.add(make(), {}), servers.add(make(), {})];
    await first.close();
    servers.activate();
    const opened = servers.opened(never);
    const closed = second.close({ timeout: 10 });
    await settled();
    clock.advance(10);

    expect(await closed).to.equal(undefined);
    await opened;
  });

  it('are waited for until the worker leaves', async () => {
    const { servers } = setUp();
    servers.add(make(), {});
    servers.activate();
    const leaving = new AbortController();
    const failure = rejection(servers.opened(leaving.signal));
    const reason = new Error('stopped');
    leaving.abort(reason);

    expect(await failure).to.equal(reason);
  });

  it('are taken once', async () => {
    const { servers, drains } = setUp();
    const server = make();
    servers.add(server, here);

    expect(() => servers.add(server, here))
      .to.throw(ServeError, 'served already')
      .with.deep.property('details', { reason: 'served already' });
    expect(drains).to.have.lengthOf(1);
  });

  it('are not taken with options that make no sense', () => {
    const { servers, lines } = setUp();

    expect(() => servers.add(make(), { port: -1 })).to.throw(InvalidOptionError);
    expect(lines).to.have.lengthOf(0);
  });

  it('can be served again when they were closed', async () => {
    const { servers, drains } = await running();
    const server = make();
    const served = servers.add(server, here);
    await served.listening;
    const closed = served.close();
    await settled();
    expect(() => servers.add(server, here)).to.throw(ServeError);
    drains[0]?.empties();
    await closed;

    expect(await servers.add(server, here).listening).to.include({ address: here.host });
  });

  it('can be served elsewhere when they could not listen, also while the worker starts', async () => {
    const { server: other, port } = await localServer();
    for (const { servers } of [await running(), setUp()]) {
      const server = make();
      servers.activate();
      await rejection(servers.add(server, { port, host: here.host }).listening);
      const served = servers.add(server, here);
      await servers.opened(never);

      expect(await served.listening).to.include({ address: here.host });
    }
    other.close();
  });

  it('leave a failure after the start to whoever asked for it', async () => {
    const { server: other, port } = await localServer();
    const { servers, deadline } = await running();
    expect(await rejection(servers.add(make(), { port, host: here.host }).listening)).to.include({
      code: 'EADDRINUSE',
    });
    other.close();

    await servers.unbind(deadline);
    await servers.empty();
  });

  describe('of a worker that leaves', () => {
    it('are unbound together, and empty when all are', async () => {
      const { servers, drains, deadline, names } = await running();
      for (const served of [servers.add(make(), here), servers.add(make(), here)]) await served.listening;
      await servers.unbind(deadline);
      expect(drains.map(({ calls }) => calls)).to.deep.equal([['begin'], ['begin']]);
      let isEmpty = false;
      const empty = servers.empty().then(() => {
        isEmpty = true;
      });
      drains[0]?.empties();
      await settled();
      expect(isEmpty).to.equal(false);
      drains[1]?.empties();
      await empty;

      expect(names().filter(name => name === 'serverClose')).to.have.lengthOf(2);
    });

    it('are cut together', async () => {
      const { servers, drains, deadline } = await running();
      for (const served of [servers.add(make(), here), servers.add(make(), here)]) await served.listening;
      await servers.unbind(deadline);
      servers.cut();
      await servers.empty();

      expect(drains.map(({ calls }) => calls)).to.deep.equal(Array(2).fill(['begin', 'cut', 'release']));
    });

    it('are taken no more', async () => {
      const { servers, deadline } = await running();
      await servers.unbind(deadline);

      expect(() => servers.add(make(), here))
        .to.throw(ServeError, 'The worker is stopping')
        .with.deep.property('details', { reason: 'stopping' });
    });

    it('stay closed that it has not opened yet', async () => {
      const { servers, lines, deadline } = setUp();
      const server = make();
      servers.add(server, here);
      await servers.unbind(deadline);
      servers.activate();
      await servers.empty();

      expect(server.listening).to.equal(false);
      expect(lines[0]?.said).to.deep.equal([]);
    });
  });
});
