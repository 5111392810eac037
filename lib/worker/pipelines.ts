import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { currentResponse } from './http-socket.js';
import type { AnyServer } from './server-drain.js';

/** What Node publishes of each request, before it does anything else with it. */
const startOfRequest = 'http.server.request.start';

/**
 * The responses that wait behind another one of their connection.
 *
 * Node keeps them to itself, so they are noted as they come. Not by a listener of 'request': Socket.IO takes the listeners of
 * a server away. A request without another before it, nearly every one, costs a look at its socket.
 */
export class Pipelines {
  readonly #server: AnyServer;
  readonly #waiting = new WeakMap<Socket, ServerResponse[]>();
  readonly #started = (message: unknown) => this.#note(message as { server: object; socket: Socket; response: object });

  constructor(server: AnyServer) {
    this.#server = server;
    process.getBuiltinModule('node:diagnostics_channel').subscribe(startOfRequest, this.#started);
  }

  /** Those of this connection that are not sent yet, the current one first. */
  of(socket: Socket): ServerResponse[] {
    const current = currentResponse(socket);
    if (!current) return [];

    const waiting = this.#waiting.get(socket)?.filter(response => response !== current && !response.writableFinished);
    return [current, ...(waiting ?? [])];
  }

  /** Notes no more. */
  release(): void {
    process.getBuiltinModule('node:diagnostics_channel').unsubscribe(startOfRequest, this.#started);
  }

  #note({ server, socket, response }: { server: object; socket: Socket; response: object }): void {
    if (server !== this.#server || !currentResponse(socket)) return;

    const waiting = this.#waiting.get(socket) ?? [];
    // Whoever pipelines does so on and on.
    while (waiting[0]?.writableFinished) waiting.shift();
    waiting.push(response as ServerResponse);
    this.#waiting.set(socket, waiting);
  }
}
