import type { Duplex } from 'node:stream';
import { checkOption } from '../errors/check-option.js';
import type { InitializableOptions } from '../lifecycle/initializable.js';
import { serveFrame } from '../protocol/frame.js';
import type { AnyProtocol, Protocol } from '../protocol/protocol.js';
import type { EventOf } from '../pubsub/event.js';
import type { Rule } from '../util/check.js';
import { systemClock } from '../util/clock.js';
import { closeOwnListener } from './close-listener.js';
import { drainOf } from './drain-of.js';
import type { WorkerEvents } from './events.js';
import { link } from './messaging-worker.js';
import { PhasedWorker } from './phased-worker.js';
import type { ServeOptions } from './serve-options.js';
import type { ServedServer } from './served-server.js';
import { ServerDesk } from './server-desk.js';
import type { AnyServer } from './server-drain.js';
import { kindOfServer } from './server-kind.js';
import { Servers } from './servers.js';

/** The servers of this worker. @internal */
export const servers = Symbol('servers');

/** Where they talk with the primary. @internal */
export const serverDesk = Symbol('serverDesk');

const anyServer: Rule = {
  expected: 'a server of node:http, https, http2, tls or net: `http.createServer(app)`, `fastify.server`',
  accepts: value => kindOfServer(value) !== undefined,
};

/** The part of a worker that serves: HTTP, HTTP/2, and whatever else comes over a socket. */
export abstract class ServingWorker<
  P extends Protocol = AnyProtocol,
  E extends WorkerEvents = WorkerEvents,
> extends PhasedWorker<P, E> {
  /** @internal */
  protected readonly [serverDesk] = new ServerDesk({
    tell: (id, word) => void this[link]?.peer.control(serveFrame(id, word)),
    violation: reason => void this._publish('channelViolation', { reason }),
  });
  /** @internal */
  protected readonly [servers]: Servers;

  constructor(options: InitializableOptions) {
    super(options);
    this[servers] = new Servers({
      clock: systemClock,
      line: taker => this[serverDesk].open(taker),
      drain: drainOf,
      closeOwn: closeOwnListener,
      // `E` is at least `WorkerEvents`: its data for these names is what they say.
      announce: (name, data) => void this._publish(name, data as E[typeof name]),
    });
  }

  /**
   * Lets a server listen once this worker is activated, and lets go of it, without losing a request, when the worker stops.
   *
   * The worker is ready when all its servers listen; if one cannot, its start fails with Node's error. When it stops, after the
   * hooks of the phase `unbind`, it listens no more, requests that have begun or come over kept connections are answered, with
   * `Connection: close` or GOAWAY, idle connections are closed after `idleGrace`, upgraded ones are given to `socketDrain`;
   * what is left at the deadline is cut, and counted in the report of `serverClose`.
   *
   * @param server of `node:http`, `https`, `http2`, `tls` or `net`; frameworks hand one out.
   * @param options where to listen; if they are left out, somebody else lets the server listen, as `app.listen()` does.
   * @throws {@link ServeError} `CLUSTER_SERVE`, {@link ReusePortError} `CLUSTER_REUSE_PORT`,
   * {@link InvalidOptionError} `CLUSTER_INVALID_OPTION`, {@link UnknownOptionError} `CLUSTER_UNKNOWN_OPTION`
   *
   * @example
   * class Api extends ClusterWorker {
   *   _activate() {
   *     this.serve(createServer((request, response) => response.end('hello')), { port: 8080 });
   *   }
   * }
   */
  serve(server: AnyServer, options: ServeOptions = {}): ServedServer {
    checkOption('server', server, anyServer);
    return this[servers].add(server, options);
  }

  /**
   * Ends an upgraded connection, once what was written is sent, and not before its upgrade is answered; one of a `net` server is
   * left to its protocol.
   */
  protected _eventSocketDrain({ data: { socket, upgraded } }: EventOf<WorkerEvents, 'socketDrain'>): void {
    if (!upgraded) return;

    // Whoever writes to it still is too late, and must not end this process because of it.
    socket.on('error', () => {});
    if (Reflect.get(socket, 'bytesWritten') === 0) endAfterAnswer(socket);
    else socket.end();
  }
}

/** There may be somebody to ask, another server say, before the upgrade is answered. */
function endAfterAnswer(socket: Duplex): void {
  const { write } = socket;
  socket.write = (...given: unknown[]): boolean => {
    socket.write = write;
    process.nextTick(() => socket.end());
    return Reflect.apply(write, socket, given);
  };
}
