import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  bind,
  endChecks,
  knowsReusePort,
  resolveHost,
  stopListening,
  untilListening,
} from '../../lib/worker/listening.js';
import { LiveTimers } from '../support/live-timers.js';
import { settled } from '../support/settled.js';
import { fetchText, localServer, textOf } from '../support/sockets.js';
import { rejection } from '../support/thrown.js';
import { withDeadline } from '../support/with-deadline.js';

const isRoot = process.getuid?.() === 0;

describe('listening', () => {
  let server: Server;

  beforeEach(() => {
    server = createServer();
  });

  afterEach(() => void server.close());

  /** Who listens to what the server tells while it waits. */
  const listeners = () => server.listenerCount('listening') + server.listenerCount('error');

  describe('bind', () => {
    it('listens, and tells where as Node tells the primary', async () => {
      const address = await bind(server, { port: 0, host: '127.0.0.1' });

      expect(address).to.deep.equal({ address: '127.0.0.1', port: address.port, addressType: 4 });
      expect(address.port).to.be.greaterThan(0);
      expect(listeners()).to.equal(0);
    });

    it('tells of an IPv6 address', async () => {
      expect(await bind(server, { port: 0, host: '::1' })).to.include({ address: '::1', addressType: 6 });
    });

    it('tells of a unix socket', async () => {
      const path = join(tmpdir(), `phased-cluster-listening-${process.pid}.sock`);

      expect(await bind(server, { path })).to.deep.equal({ address: path, port: undefined, addressType: -1 });
    });

    it('rejects with what Node says, and listens to the server no more', async () => {
      const { server: other, port } = await localServer();

      expect(await rejection(bind(server, { port, host: '127.0.0.1' }))).to.include({ code: 'EADDRINUSE' });
      expect(listeners()).to.equal(0);
      other.close();
    });

    it('rejects where nobody may listen', async function () {
      if (isRoot) this.skip();

      expect(await rejection(bind(server, { port: 80, host: '127.0.0.1' }))).to.include({ code: 'EACCES' });
    });

    it('rejects with what Node throws at once, and listens to the server no more', async () => {
      expect(await rejection(bind(server, { port: 70_000 }))).to.include({ code: 'ERR_SOCKET_BAD_PORT' });
      expect(listeners()).to.equal(0);
    });
  });

  describe('untilListening', () => {
    it('waits until somebody lets the server listen', async () => {
      const address = untilListening(server);
      server.listen(0, '127.0.0.1');

      expect(await address).to.include({ address: '127.0.0.1', addressType: 4 });
      expect(listeners()).to.equal(0);
    });

    it('tells at once where one listens that did before', async () => {
      server.listen(0, '127.0.0.1', () => {});
      await untilListening(server);

      expect(await untilListening(server)).to.include({ address: '127.0.0.1' });
    });

    it('rejects when that fails', async () => {
      const { server: other, port } = await localServer();
      const failure = rejection(untilListening(server));
      server.listen(port, '127.0.0.1');

      expect(await failure).to.include({ code: 'EADDRINUSE' });
      expect(listeners()).to.equal(0);
      other.close();
    });
  });

  describe('stopListening', () => {
    it('keeps connections that are open, the idle ones of HTTP included', async () => {
      const http = createHttpServer((_, response) => response.end('here'));
      const { port } = await bind(http, { port: 0, host: '127.0.0.1' });
      const { connect } = await import('node:net');
      const client = connect(port ?? 0, '127.0.0.1');
      await new Promise(resolve => http.once('connection', resolve));

      stopListening(http);
      expect(http.listening).to.equal(false);
      expect(await rejection(fetchText({ port: port ?? 0 }))).to.include({ code: 'ECONNREFUSED' });
      client.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');

      expect(await textOf(client)).to.match(/^HTTP\/1.1 200 OK\r\n[\s\S]*here$/);
    });

    it('does nothing to a server that does not listen', () => {
      stopListening(server);

      expect(server.listening).to.equal(false);
    });
  });

  describe('endChecks', () => {
    it('leaves no timer of an HTTP server behind that listens no more', async () => {
      // Mocha sets a timer of its own first.
      await settled();
      using timers = new LiveTimers();
      const { server: http } = await localServer(createHttpServer());
      stopListening(http);
      endChecks(http);

      await timers.gone(2_000);
    });

    it('leaves those of one alone that listens', async () => {
      // Mocha sets a timer of its own first.
      await settled();
      using timers = new LiveTimers();
      const { server: http } = await localServer(createHttpServer());
      endChecks(http);

      expect(await rejection(timers.gone(20))).to.be.an('error');
      http.close();
    });

    it('does nothing to a server without', () => {
      endChecks(createServer());
    });
  });

  describe('resolveHost', () => {
    for (const host of [undefined, '127.0.0.1', '::', 'fe80::1%lo']) {
      it(`leaves ${host} as it is`, async () => {
        expect(await resolveHost(host)).to.equal(host);
      });
    }

    it('finds the address of a name', async () => {
      expect(await resolveHost('localhost')).to.be.oneOf(['127.0.0.1', '::1']);
    });

    it('rejects for a name that nobody has', async () => {
      const failure = await withDeadline(rejection(resolveHost('nobody.invalid')), 20_000, 'answer about a name');

      expect(failure.code).to.be.oneOf(['ENOTFOUND', 'EAI_AGAIN']);
    });
  });

  describe('knowsReusePort', () => {
    for (const [version, knows] of [
      ['v20.20.2', false],
      ['v22.12.0', false],
      ['v23.0.0', false],
      ['v23.1.0', true],
      ['v24.0.0', true],
      ['v100.0.0-pre', true],
      ['?', false],
    ] as const) {
      it(`says ${knows ? 'yes' : 'no'} for ${version}`, () => {
        expect(knowsReusePort(version)).to.equal(knows);
      });
    }
  });
});
