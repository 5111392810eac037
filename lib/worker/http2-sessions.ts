import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { Connections } from './connections.js';
import { IdleWatch } from './idle-watch.js';
import type { ServerDrainParts } from './server-drain.js';
import { SessionFarewell } from './session-farewell.js';

/** How long a client may take to answer a ping, or to close its side, however short the grace is; in milliseconds. */
const shortestPatience = 1_000;

interface Member {
  readonly session: ServerHttp2Session;
  readonly farewell: SessionFarewell;
}

/**
 * The HTTP/2 sessions of one server, by their sockets, and how they are let go.
 *
 * It listens to no event of the server: whoever owns it says which sockets have a session.
 */
export class Http2Sessions {
  readonly #parts: ServerDrainParts;
  readonly #patience: number;
  readonly #sockets = new Connections();
  readonly #members = new WeakMap<Socket, Member>();
  readonly #idleWatch: IdleWatch;
  /** Those that were counted as idle. */
  readonly #idle = new WeakSet<Socket>();
  readonly #counts = { connections: 0, idle: 0, cut: 0 };
  #state: 'open' | 'draining' | 'cut' = 'open';

  constructor(parts: ServerDrainParts) {
    this.#parts = parts;
    this.#patience = Math.max(parts.idleGrace, shortestPatience);
    this.#idleWatch = new IdleWatch({
      clock: parts.clock,
      grace: this.#patience,
      sockets: this.#sockets,
      quiet: () => socket => this.#isOver(socket),
      idle: socket => socket.destroy(),
    });
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Of those that were there when draining began, and came later. */
  get counts(): { readonly connections: number; readonly idle: number; readonly cut: number } {
    return { ...this.#counts };
  }

  /** Takes a socket on which Node has begun a session. */
  adopt(socket: Socket, session: ServerHttp2Session): void {
    if (!this.#sockets.add(socket)) return;

    const { clock } = this.#parts;
    const leaving = () => this.#leaving(socket);
    const farewell = new SessionFarewell({ session, clock, patience: this.#patience, leaving });
    this.#members.set(socket, { session, farewell });
    if (this.#state === 'open') return;

    this.#counts.connections += 1;
    if (this.#state === 'cut') this.#cut(socket);
    else farewell.begin();
  }

  /** From now on each is let go as soon as nothing is lost by that; once. */
  begin(): void {
    if (this.#state !== 'open') return;

    this.#state = 'draining';
    this.#counts.connections = this.#sockets.size;
    for (const socket of [...this.#sockets]) this.#members.get(socket)?.farewell.begin();
    this.#idleWatch.begin();
  }

  /** Resolves when none is open. */
  empty(): Promise<void> {
    return this.#sockets.empty();
  }

  /** Destroys each that is left, and each that comes later. */
  cut(): void {
    this.begin();
    this.#state = 'cut';
    this.#idleWatch.end();
    for (const socket of [...this.#sockets]) this.#cut(socket);
  }

  /** Leaves the sessions alone. */
  release(): void {
    this.#idleWatch.end();
    for (const socket of this.#sockets) this.#members.get(socket)?.farewell.release();
  }

  #leaving(socket: Socket): void {
    if (this.#isIdle(socket)) this.#countIdle(socket);
  }

  /** Whether all has been said and sent, and only the client has not closed its side yet. */
  #isOver(socket: Socket): boolean {
    return this.#members.get(socket)?.session.destroyed === true && socket.writableFinished;
  }

  #isIdle(socket: Socket): boolean {
    const { session, farewell } = this.#members.get(socket) ?? {};
    // One that is closed goes on until everything is sent, what was pushed included.
    return farewell?.open === 0 && (session?.closed === false || this.#isOver(socket));
  }

  #countIdle(socket: Socket): void {
    if (this.#idle.has(socket)) return;

    this.#idle.add(socket);
    this.#counts.idle += 1;
  }

  #cut(socket: Socket): void {
    if (socket.destroyed) return;

    if (this.#isIdle(socket)) {
      this.#countIdle(socket);
    } else {
      // It looked idle, but has something to send: what was pushed, say.
      if (this.#idle.delete(socket)) this.#counts.idle -= 1;
      this.#counts.cut += 1;
    }
    socket.destroy();
  }
}
