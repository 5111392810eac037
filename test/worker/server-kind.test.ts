import { Socket as DatagramSocket } from 'node:dgram';
import { createServer as createHttp, Server as HttpServer } from 'node:http';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createServer as createNet, Server as NetServer, Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { NestFactory } from '@nestjs/core';
import { expect } from 'chai';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { describe, it } from 'mocha';
import { Server as SocketIo } from 'socket.io';
import { WebSocketServer } from 'ws';
import { kindOfServer } from '../../lib/worker/server-kind.js';
import { certificate } from '../support/certificate.js';

describe('kindOfServer', () => {
  const servers = [
    ['http', 'http', createHttp()],
    ['https', 'http', createHttps(certificate)],
    ['http2', 'http2', createHttp2()],
    ['secure http2', 'http2', createSecureServer(certificate)],
    ['secure http2 with HTTP/1', 'http2', createSecureServer({ ...certificate, allowHTTP1: true })],
    ['net', 'net', createNet()],
    ['tls', 'net', createTls(certificate)],
  ] as const;
  for (const [name, kind, server] of servers) {
    it(`knows a server of ${name}`, () => expect(kindOfServer(server)).to.equal(kind));
  }

  it('knows a subclass, whatever it adds', () => {
    class Web extends HttpServer {
      updateSettings() {}
    }
    class Lines extends NetServer {
      closeAllConnections() {}
      closeIdleConnections() {}
      setTimeout() {}
    }
    expect(kindOfServer(new Web())).to.equal('http');
    expect(kindOfServer(new Lines())).to.equal('net');
  });

  it('knows a server whose class it has never seen', () => {
    const own = createHttp2();
    const methods = [
      'listen',
      'close',
      'address',
      'getConnections',
      'ref',
      'on',
      'emit',
      'updateSettings',
      'setTimeout',
    ];
    const foreign = Object.fromEntries(methods.map(name => [name, Reflect.get(own, name)]));
    Object.setPrototypeOf(foreign, null);

    expect(kindOfServer(foreign)).to.equal('http2');
  });

  it('knows that the application of a framework is no server, but has one', async () => {
    const app = fastify();
    await app.ready();
    class Root {}
    const nest = await NestFactory.create(Root, { logger: false });
    await nest.init();

    expect(kindOfServer(express())).to.equal(undefined);
    expect(kindOfServer(new Koa())).to.equal(undefined);
    expect(kindOfServer(app)).to.equal(undefined);
    expect(kindOfServer(nest)).to.equal(undefined);
    expect(kindOfServer(app.server)).to.equal('http');
    expect(kindOfServer(nest.getHttpServer())).to.equal('http');
    await app.close();
    await nest.close();
  });

  it('takes nothing else for a server', () => {
    const io = new SocketIo();
    const web = new WebSocketServer({ noServer: true });
    const others = [undefined, null, 1, 'http', {}, [], () => {}, new Socket(), io, web, DatagramSocket, createHttp];
    for (const other of others) expect(kindOfServer(other)).to.equal(undefined);
    web.close();
  });
});
