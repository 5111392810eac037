import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Connections } from './connections.js';
import { listedSockets } from './http-socket.js';
import type { AnyServer } from './server-drain.js';

/**
 * The sockets of an HTTP server without TLS, each told to whoever wants to know them, before it is asked for at the latest.
 *
 * Node keeps a list of them; as long as nobody asks, that is relied on, since one of our own would cost a server of short
 * connections several percent of its time. Only those that were upgraded, which Node lets go of, are noted as they come.
 */
export class HttpArrivals {
  readonly #server: AnyServer;
  readonly #arrived: (socket: Socket) => void;
  readonly #upgraded = new Connections();
  readonly #listens = () => this.#relyOnNode();
  #isListed = false;
  #replacement: AnyServer['emit'] | undefined;
  #restore = () => {};

  /** @param arrived told of every socket; of some more than once. */
  constructor(server: AnyServer, arrived: (socket: Socket) => void) {
    this.#server = server;
    this.#arrived = arrived;
    // Node's list is there once the server listens.
    server.on('connection', arrived);
    if (server.listening) this.#relyOnNode();
    else server.once('listening', this.#listens);
  }

  /** How many are open; `undefined` if every one was told. */
  get size(): number | undefined {
    return this.#isListed ? (listedSockets(this.#server)?.length ?? 0) + this.#upgraded.size : undefined;
  }

  /** Tells those that are open, and from now on each that comes. */
  begin(): void {
    this.#server.off('listening', this.#listens);
    if (!this.#isListed) return;

    this.#isListed = false;
    for (const socket of [...(listedSockets(this.#server) ?? []), ...this.#upgraded]) this.#arrived(socket);
    this.#noteNoMore();
    this.#server.on('connection', this.#arrived);
  }

  /** Tells nothing more. */
  release(): void {
    this.#server.off('listening', this.#listens);
    this.#server.off('connection', this.#arrived);
    this.#noteNoMore();
  }

  #relyOnNode(): void {
    if (!listedSockets(this.#server)) return;

    this.#isListed = true;
    this.#server.off('connection', this.#arrived);
    this.#noteUpgrades();
  }

  /** Not by listeners: a server that has some for upgrades treats requests in another way. */
  #noteUpgrades(): void {
    const server = this.#server;
    const upgraded = this.#upgraded;
    const { emit } = server;
    const wasOwn = Object.hasOwn(server, 'emit');
    this.#restore = () => {
      if (wasOwn) server.emit = emit;
      else Reflect.deleteProperty(server, 'emit');
    };
    const replacement = (event: string, ...rest: unknown[]) => {
      if (event === 'upgrade' || event === 'connect') upgraded.add((rest[0] as IncomingMessage).socket);
      return Reflect.apply(emit, server, [event, ...rest]);
    };
    this.#replacement = replacement as AnyServer['emit'];
    server.emit = this.#replacement;
  }

  /** Whoever replaced it after us keeps ours, which lets everything pass. */
  #noteNoMore(): void {
    if (this.#replacement && this.#server.emit === this.#replacement) this.#restore();
    this.#replacement = undefined;
  }
}
