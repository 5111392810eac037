import { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/util/clock.js';
import { systemClock } from '../../lib/util/clock.js';
import type { AnyServer, ServerDrain, ServerDrainParts } from '../../lib/worker/server-drain.js';
import { localServer } from './sockets.js';
import { withDeadline } from './with-deadline.js';

/** A server that listens on this machine, with its drain, until the test is over. */
export class Drained<S extends AnyServer> implements AsyncDisposable {
  readonly server: S;
  readonly drain: ServerDrain;
  readonly handedOver: [socket: Duplex, upgraded: boolean][] = [];

  private constructor(server: S, Kind: new (parts: ServerDrainParts) => ServerDrain, options: DrainedOptions) {
    this.server = server;
    const { clock = systemClock, idleGrace = 1_000 } = options;
    const handOver = (socket: Duplex, upgraded: boolean) => void this.handedOver.push([socket, upgraded]);
    this.drain = new Kind({ server, clock, idleGrace, handOver });
  }

  static async start<S extends AnyServer>(
    server: S,
    Kind: new (parts: ServerDrainParts) => ServerDrain,
    options: DrainedOptions = {},
  ): Promise<Drained<S>> {
    await localServer(server);
    return new Drained(server, Kind, options);
  }

  /** As the owner of a drain does: no connection comes any more, then it begins. */
  begin(): void {
    Server.prototype.close.call(this.server);
    this.drain.begin();
  }

  empty(ms = 5_000): Promise<void> {
    return withDeadline(this.drain.empty(), ms, 'empty server', () => `, but ${this.drain.size} are open`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Server.prototype.close.call(this.server);
    this.drain.cut();
    await this.empty();
    this.drain.release();
  }
}

/** How a {@link Drained} is started. */
export interface DrainedOptions {
  readonly clock?: Clock;
  readonly idleGrace?: number;
}
