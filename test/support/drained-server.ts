import { createServer, type RequestListener, type Server } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/util/clock.js';
import { HttpDrain } from '../../lib/worker/http-drain.js';
import type { DrainCounts } from '../../lib/worker/server-drain.js';
import { FakeClock } from './fake-clock.js';
import { Wire } from './http-wire.js';
import { localServer } from './sockets.js';
import { until, withDeadline } from './with-deadline.js';

interface DrainOptions {
  readonly idleGrace?: number;
  readonly clock?: Clock;
}

/** A server that listens, with its drain, whose clock stands still. */
export class DrainedServer {
  readonly server: net.Server;
  readonly port: number;
  /** Unless another clock was given. */
  readonly clock = new FakeClock();
  readonly drain: HttpDrain;
  /** What was handed over. */
  readonly handedOver: Duplex[] = [];
  readonly wires: Wire[] = [];
  /** The ports of clients that the server has accepted. */
  #accepted: Set<number | undefined> | undefined;
  /** Called for each that is handed over. */
  onHandOver: (stream: Duplex) => void = () => {};

  private constructor(server: net.Server, port: number, { idleGrace = 1_000, clock }: DrainOptions) {
    this.server = server;
    this.port = port;
    this.drain = new HttpDrain({
      server,
      clock: clock ?? this.clock,
      idleGrace,
      handOver: (stream, upgraded) => {
        if (!upgraded) throw new Error('An HTTP connection was handed over as if it were none');
        this.handedOver.push(stream);
        this.onHandOver(stream);
      },
    });
  }

  static async start(what: RequestListener | Server, options: DrainOptions = {}): Promise<DrainedServer> {
    const { server, port } = await localServer(typeof what === 'function' ? createServer(what) : what);
    return new DrainedServer(server, port, options);
  }

  get counts(): DrainCounts {
    return this.drain.counts;
  }

  /** A raw client, which the server has accepted. */
  async connect(options?: { readonly allowHalfOpen: boolean }): Promise<Wire> {
    const accepted = this.#acceptedPorts();
    const wire = await Wire.to(this.port, options);
    this.wires.push(wire);
    await until(() => accepted.has(wire.socket.localPort), 5_000, 'accepted connection');
    return wire;
  }

  /** As the owner of a drain does: no connection comes any more, then it begins. */
  begin(): void {
    net.Server.prototype.close.call(this.server);
    this.drain.begin();
  }

  /** Lets the time of idle connections pass, and what follows from that happen. */
  async pass(duration: number): Promise<void> {
    this.clock.advance(duration);
    for (let round = 0; round < 4; round += 1) await new Promise(resolve => setImmediate(resolve));
  }

  empty(): Promise<void> {
    return withDeadline(this.drain.empty(), 5_000, 'empty server', () => `, but ${this.drain.size} are open`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    net.Server.prototype.close.call(this.server);
    for (const { socket } of this.wires) socket.destroy();
    this.drain.cut();
    await this.empty();
    this.drain.release();
  }

  #acceptedPorts(): ReadonlySet<number | undefined> {
    if (this.#accepted) return this.#accepted;

    const accepted = new Set<number | undefined>();
    this.server.on('connection', ({ remotePort }) => accepted.add(remotePort));
    this.#accepted = accepted;
    return accepted;
  }
}
