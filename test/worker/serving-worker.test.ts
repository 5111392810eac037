import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, ServeError } from '../../lib/errors/errors.js';
import { toWireError } from '../../lib/errors/wire-error.js';
import { FrameKind, serveFrame } from '../../lib/protocol/frame.js';
import type { ServeOrder, ServeWord } from '../../lib/protocol/serving.js';
import { ClusterWorker } from '../../lib/worker/cluster-worker.js';
import type { WorkerEvents } from '../../lib/worker/events.js';
import type { AnyServer } from '../../lib/worker/server-drain.js';
import { InsideWorker } from '../support/inside-worker.js';
import { settled } from '../support/settled.js';
import { until } from '../support/with-deadline.js';

const env = { CLUSTER_GROUP: 'api', CLUSTER_SLOT: '0', CLUSTER_NAME: 'cook' };
const here = { port: 0, host: '127.0.0.1' } as const;

/** What the worker has said about its servers. */
function words({ primary }: InsideWorker): readonly (readonly [id: number, word: ServeWord])[] {
  return primary.frames.flatMap(frame => (frame[0] === FrameKind.serve ? [[frame[1], frame[2] as ServeWord]] : []));
}

/** The primary answers the server with this id once it has asked. */
async function answers(inside: InsideWorker, id: number, order: ServeOrder = { act: 'bind' }): Promise<void> {
  const hasAsked = () => words(inside).some(([asker, { act }]) => asker === id && act === 'listen');
  await until(hasAsked, 2_000, `question of server ${id}`);
  inside.primary.says(serveFrame(id, order));
}

describe('ServingWorker', () => {
  describe('#serve', () => {
    it('lets a server listen when the worker is activated, and the worker is ready when it does', async () => {
      using inside = new InsideWorker(env);
      const Base = await inside.workerClass();
      const server = createServer();
      const log: string[] = [];
      class Cook extends Base {
        protected override _initialize(): void {
          this.serve(server, here);
        }
      }
      const worker = new Cook();
      worker.on('serverListening', ({ data }) => log.push(`listening ${data.server === server}`));
      worker.on('initializeComplete', () => log.push('ready'));
      await answers(inside, 1);
      await worker.ready;

      expect(log).to.deep.equal(['listening true', 'ready']);
      expect(server.listening).to.equal(true);
      server.close();
    });

    it('fails the start of the worker when the primary refuses', async () => {
      using inside = new InsideWorker(env);
      const Base = await inside.workerClass();
      class Cook extends Base {
        protected override _activate(): void {
          this.serve(createServer(), here);
        }
      }
      new Cook().ready.catch(() => {});
      const error = Object.assign(new Error('not allowed'), { code: 'EACCES' });
      await answers(inside, 1, { act: 'refuse', error: toWireError(error) });

      await until(() => inside.primary.exits.length > 0, 2_000, 'end of the process');
      expect(inside.primary.exits).to.deep.equal([1]);
      expect(JSON.stringify(inside.primary.frames)).to.include('"EACCES"');
    });

    it('lets one that comes later listen at once, with an id of its own', async () => {
      using inside = new InsideWorker(env);
      const Base = await inside.workerClass();
      const worker = new Base();
      await worker.ready;
      const servers = [createServer(), createHttpServer()];
      const served = servers.map(server => worker.serve(server, here));
      await answers(inside, 2);
      await answers(inside, 1);
      await Promise.all(served.map(({ listening }) => listening));

      expect(words(inside).map(([id, { act }]) => [id, act])).to.deep.equal([
        [1, 'listen'],
        [2, 'listen'],
      ]);
      for (const server of servers) server.close();
    });

    it('can be asked for twice after it was let go, but not before', async () => {
      using inside = new InsideWorker(env);
      const Base = await inside.workerClass();
      const worker = new Base();
      await worker.ready;
      const server = createServer().listen(0, '127.0.0.1');
      const served = worker.serve(server);
      await served.listening;
      expect(() => worker.serve(server)).to.throw(ServeError);
      const closed = served.close();
      await until(() => words(inside).length > 0, 2_000, 'word about the end');
      inside.primary.says(serveFrame(1, { act: 'close' }));

      expect(await closed).to.include({ connections: 0, cut: 0 });
      void worker.serve(server).close();
    });

    for (const [what, value] of [
      ['nothing', undefined],
      ['a port', 8080],
      ['an application', Object.assign(() => {}, { listen: () => {} })],
      ['a framework that has a server', { listen: () => {}, server: createServer() }],
    ] as const) {
      it(`takes no ${what}`, () => {
        const worker = new ClusterWorker({ initialize: false });

        expect(() => worker.serve(value as unknown as Server)).to.throw(
          InvalidOptionError,
          'Expected `server` to be a server of node:http, https, http2, tls or net',
        );
      });
    }

    it('tells of an answer that nobody asked for', async () => {
      using inside = new InsideWorker(env);
      const Base = await inside.workerClass();
      const worker = new Base();
      const reasons: unknown[] = [];
      worker.on('channelViolation', ({ data }) => void reasons.push(data.reason));
      await worker.ready;
      inside.primary.says(serveFrame(7, { act: 'close' }));

      expect(reasons).to.deep.equal(['an unexpected word about a server']);
    });
  });

  describe('#_eventSocketDrain', () => {
    class Cook extends ClusterWorker {
      drain(data: WorkerEvents['socketDrain']): void {
        this._publish('socketDrain', data);
      }
    }
    const make = () => new Cook({ initialize: false });
    const facts = { server: createServer() as AnyServer, deadline: 5, signal: new AbortController().signal };

    it('ends upgraded connections when what was written is sent, and minds no error of a late writer', async () => {
      const worker = make();
      const socket = new PassThrough();
      socket.write('bye');
      worker.drain({ ...facts, socket, upgraded: true });
      const end = new Promise(resolve => socket.once('end', resolve));
      const heard = socket.read();
      await end;

      expect(String(heard)).to.equal('bye');
      socket.write('too late');
      await settled();
    });

    it('leaves those of net servers to their protocol', () => {
      const socket = new PassThrough();
      make().drain({ ...facts, socket, upgraded: false });

      expect(socket.writableEnded).to.equal(false);
    });

    it('leaves prevented ones to whoever prevents it', () => {
      const worker = make();
      const socket = new PassThrough();
      worker.before('socketDrain', event => event.prevent());
      worker.drain({ ...facts, socket, upgraded: true });

      expect(socket.writableEnded).to.equal(false);
    });
  });
});
