import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RequestGate, type RequestGateParts } from '../../lib/worker/request-gate.js';
import { settled } from '../support/settled.js';
import { uncaught } from '../support/uncaught.js';

// Requests without a connection: what comes over one is tested with the drain.
function exchange(name: string, socket: object = {}): [IncomingMessage, ServerResponse] {
  return [{ name, socket } as unknown as IncomingMessage, {} as ServerResponse];
}

describe('RequestGate', () => {
  let server: Server;
  let heard: string[];
  let gate: RequestGate;
  let parts: RequestGateParts;

  beforeEach(() => {
    server = createServer();
    heard = [];
    for (const event of ['request', 'checkContinue', 'upgrade', 'connect']) {
      server.on(event, ({ name }) => heard.push(`${event} ${name}`));
    }
    parts = {
      server,
      guards: socket => Reflect.get(socket, 'foreign') !== true,
      admits: request => Reflect.get(request, 'name') !== 'refused',
      upgraded: socket => heard.push(`upgraded ${Reflect.get(socket, 'name')}`),
    };
    gate = new RequestGate(parts);
    gate.close();
  });

  afterEach(() => gate.open());

  it('holds requests back, and keeps their order', async () => {
    expect(server.emit('request', ...exchange('1'))).to.equal(true);
    server.emit('checkContinue', ...exchange('2'));
    server.emit('request', ...exchange('3'));
    expect(heard).to.deep.equal([]);
    expect(Reflect.get(server, 'httpAllowHalfOpen')).to.equal(true);

    await settled();
    expect(heard).to.deep.equal(['request 1', 'checkContinue 2', 'request 3']);
    expect(Reflect.get(server, 'httpAllowHalfOpen')).to.equal(false);
  });

  it('says whether anybody listens', () => {
    expect(server.emit('checkExpectation', ...exchange('1'))).to.equal(false);
  });

  it('tells nobody of a request that is not admitted', async () => {
    server.emit('request', ...exchange('refused'));
    server.emit('request', ...exchange('2'));

    await settled();
    expect(heard).to.deep.equal(['request 2']);
  });

  it('lets other requests and other events pass', () => {
    server.on('custom', value => heard.push(`custom ${value}`));

    server.emit('request', ...exchange('of HTTP/2', { foreign: true }));
    server.emit('upgrade', exchange('foreign', { foreign: true })[0], {} as Socket, Buffer.alloc(0));
    server.emit('custom', 1);

    expect(heard).to.deep.equal(['request of HTTP/2', 'upgrade foreign', 'custom 1']);
  });

  it('tells of an upgrade after its listeners, and of requests before it', async () => {
    server.emit('request', ...exchange('1'));
    server.emit('upgrade', exchange('2', { name: 'socket' })[0], {} as Socket, Buffer.alloc(0));
    expect(heard).to.deep.equal(['request 1', 'upgrade 2']);

    await settled();
    expect(heard).to.deep.equal(['request 1', 'upgrade 2', 'upgraded socket']);
  });

  it('keeps the asynchronous context of each request', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    server.on('request', () => seen.push(storage.getStore()));
    for (const name of ['1', '2']) storage.run(name, () => server.emit('request', ...exchange(name)));

    await settled();
    expect(seen).to.deep.equal(['1', '2']);
  });

  it('has a turn for those behind a listener that throws', async () => {
    server.once('request', () => {
      throw new Error('Planted');
    });
    const errors = await uncaught(async () => {
      for (const name of ['1', '2', '3']) server.emit('request', ...exchange(name));
      await settled();
      await settled();
    });

    expect(errors).to.have.lengthOf(1);
    expect(heard).to.deep.equal(['request 1', 'request 2', 'request 3']);
  });

  it('ends the side of a server that Node would have ended meanwhile', async () => {
    let ended = 0;
    const socket = { readableEnded: true, end: () => (ended += 1) };
    server.emit('request', ...exchange('1', socket));
    await settled();
    expect(ended).to.equal(1);

    Reflect.set(server, 'httpAllowHalfOpen', true);
    server.emit('request', ...exchange('2', socket));
    await settled();
    expect(ended).to.equal(1);
  });

  describe('#open', () => {
    it('lets go of what is held, and leaves the server as it was', () => {
      server.emit('request', ...exchange('1'));

      gate.open();

      expect(heard).to.deep.equal(['request 1']);
      expect(Object.hasOwn(server, 'emit')).to.equal(false);
    });

    it('leaves an `emit` that was there before', () => {
      const own = new RequestGate(parts);
      const { emit } = server;
      own.close();
      own.open();

      expect(server.emit).to.equal(emit);
    });

    it('lets everything pass when somebody has replaced `emit` since', () => {
      const { emit } = server;
      const wrapper = (...event: Parameters<typeof emit>) => Reflect.apply(emit, server, event);
      server.emit = wrapper as typeof emit;
      gate.open();

      server.emit('request', ...exchange('1'));

      expect(server.emit).to.equal(wrapper);
      expect(heard).to.deep.equal(['request 1']);
    });
  });
});
