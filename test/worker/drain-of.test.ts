import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { drainOf } from '../../lib/worker/drain-of.js';
import { HttpDrain } from '../../lib/worker/http-drain.js';
import { Http2Drain } from '../../lib/worker/http2-drain.js';
import { SocketDrain } from '../../lib/worker/socket-drain.js';
import { FakeClock } from '../support/fake-clock.js';

describe('drainOf', () => {
  for (const [what, server, Drain] of [
    ['http', createHttpServer(), HttpDrain],
    ['https', createHttpsServer(), HttpDrain],
    ['http2', createHttp2Server(), Http2Drain],
    ['http2 over TLS', createSecureServer(), Http2Drain],
    ['http2 over TLS that speaks HTTP/1, too', createSecureServer({ allowHTTP1: true }), Http2Drain],
    ['net', createServer(), SocketDrain],
    ['tls', createTlsServer(), SocketDrain],
  ] as const) {
    it(`knows ${what}`, () => {
      const drain = drainOf({ server, clock: new FakeClock(), idleGrace: 0, handOver: () => {} });

      expect(drain).to.be.instanceOf(Drain);
      expect(drain.size).to.equal(0);
      drain.release();
    });
  }
});
