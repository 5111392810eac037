import type { SendHandle } from 'node:child_process';
import type { Server, Socket } from 'node:net';
import { dropHandle } from '../channel/intake.js';
import type { ListeningAddress } from '../protocol/serving.js';
import type { AnyServer } from './server-drain.js';

/** A connection as Node gives it to a server that listens: what is below a socket. */
type NativeHandle = Exclude<SendHandle, undefined>;

/** What Node has below a server that listens; not documented. */
interface ListeningHandle {
  /** Set by Node: makes a connection of the server from a native handle. */
  onconnection?: (error: number, connection: NativeHandle) => void;
  /** Not there for a unix socket. */
  readonly getsockname?: ((into: Record<string, unknown>) => number) | undefined;
  listen(backlog: number): number;
  close(): void;
  ref(): void;
  unref(): void;
}

/** The parts of a server that are not documented. */
interface Inside {
  _handle?: ListeningHandle | null;
  _listen2?: (address: string | null, port: number, type: number, backlog: number) => void;
  _connections?: number;
  /** Its address, if it is a unix socket. */
  _pipeName?: string | null | undefined;
  readonly allowHalfOpen?: boolean;
  readonly pauseOnConnect?: boolean;
}

/** What a {@link RoutedServer} is made with. */
export interface RoutedServerParts {
  readonly server: AnyServer;
  /** Where the primary listens. */
  readonly address: ListeningAddress;
  /** Told once, when the server is closed, by whomever. */
  readonly closed?: (() => void) | undefined;
}

/**
 * A server whose connections the primary accepts, and hands over.
 *
 * The server itself sees no difference: it emits `listening`, has an address, can be closed, and each connection is made by
 * Node's own code, which heeds `maxConnections`, `noDelay`, `keepAlive`, `pauseOnConnect` and `blockList`. Node's round robin
 * does the same.
 */
export class RoutedServer {
  readonly #server: Server & Inside;
  readonly #address: ListeningAddress;
  readonly #closed: () => void;
  #handle: ListeningHandle | undefined;

  constructor({ server, address, closed = () => {} }: RoutedServerParts) {
    this.#server = server;
    this.#address = address;
    this.#closed = closed;
  }

  /** Makes the server believe that it listens; it emits `listening` in the next tick. */
  listen(): void {
    const server = this.#server;
    const { address, port = -1, addressType } = this.#address;
    const handle = this.#makeHandle();
    this.#handle = handle;
    server._handle = handle;
    if (addressType === -1) server._pipeName = address;
    if (typeof server._listen2 === 'function') server._listen2(address ?? null, port, Number(addressType), 0);
    if (handle.onconnection !== undefined) return;

    // A Node that does this in another way.
    handle.onconnection = (_error, connection) => this.#connect(connection);
    process.nextTick(() => server.emit('listening'));
  }

  /** Whether it listens, or did, and would take one more connection. */
  get accepting(): boolean {
    if (this.#handle === undefined) return false;

    const { maxConnections, _connections: open = 0 } = this.#server;
    // One that is to drop what is too much takes it first.
    const { dropMaxConnection: drops } = this.#server as { readonly dropMaxConnection?: boolean };
    return drops === true || !(open >= (maxConnections ?? Number.POSITIVE_INFINITY));
  }

  /**
   * Gives a connection to the server, also to one that is closed: no connection that was accepted is refused for that.
   *
   * @param head what was read of it, as latin1: it is read from the connection again.
   * @returns false when the server takes no more: then this process's copy of the connection is closed.
   */
  accept(connection: NativeHandle, head?: string): boolean {
    if (!this.accepting) {
      dropHandle(connection);
      return false;
    }
    const restore = (socket: Socket) => void socket.unshift(Buffer.from(head ?? '', 'latin1'));
    if (head) this.#server.prependOnceListener('connection', restore);
    try {
      this.#handle?.onconnection?.(0, connection);
    } finally {
      // There was no such event if the server dropped it.
      this.#server.off('connection', restore);
    }
    return true;
  }

  /** What stands for the handle of a server that listens; it need not keep the process alive: the channel does. */
  #makeHandle(): ListeningHandle {
    const { address, port, addressType } = this.#address;
    let open = true;
    const close = () => {
      if (open) this.#closed();
      open = false;
    };
    const getsockname = (into: Record<string, unknown>) => {
      Object.assign(into, { address, port, family: addressType === 6 ? 'IPv6' : 'IPv4' });
      return 0;
    };
    const named = addressType === -1 ? {} : { getsockname };
    return { ...named, close, listen: () => 0, ref: () => {}, unref: () => {} };
  }

  /** As Node does it, as far as it is documented. */
  #connect(connection: NativeHandle): void {
    const server = this.#server;
    const { allowHalfOpen = false, pauseOnConnect = false } = server;
    const { Socket } = process.getBuiltinModule('node:net');
    const options = {
      handle: connection,
      allowHalfOpen,
      pauseOnCreate: pauseOnConnect,
      readable: true,
      writable: true,
    };
    const socket = new Socket(options);
    server._connections = (server._connections ?? 0) + 1;
    // So it is counted out of the server when it is closed.
    Object.assign(socket, { server, _server: server });
    server.emit('connection', socket);
  }
}
