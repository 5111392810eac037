import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createServer as createNet } from 'node:net';
import { createServer as createTls } from 'node:tls';
import express from 'express';
import fastify from 'fastify';
import { ClusterWorker } from '../../lib/worker/cluster-worker.js';

/** Whatever Node makes, and what frameworks hand out, is served; they themselves are not. */
export class Web extends ClusterWorker {
  protected override async _activate(): Promise<void> {
    this.serve(createHttp(express()), { port: 80, host: undefined });
    for (const server of [createHttps(), createHttp2(), createSecureServer(), createTls(), createNet()])
      this.serve(server);
    for (const { server } of [fastify(), fastify({ http2: true }), fastify({ https: {} })]) this.serve(server);
    // @ts-expect-error an application is no server
    this.serve(express());
    // @ts-expect-error a framework that has a server is none
    this.serve(fastify());
    // @ts-expect-error a typo
    this.serve(createNet(), { prot: 80 });

    const served = this.serve(createNet());
    (await served.listening).port satisfies number | undefined;
    (await served.close({ timeout: undefined }))?.cut satisfies number | undefined;
  }
}
