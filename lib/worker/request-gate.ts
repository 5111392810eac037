import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterInput } from '../util/clock.js';
import type { AnyServer } from './server-drain.js';

/** What a {@link RequestGate} is made with. */
export interface RequestGateParts {
  readonly server: AnyServer;
  /** Whether the gate is for the requests of this socket; others pass. */
  readonly guards: (socket: Socket) => boolean;
  /** Told of each request before its listeners are; one that is not admitted is never told them. */
  readonly admits: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Told of each connection that was upgraded, after its listeners were. */
  readonly upgraded: (socket: Socket, stream: Duplex) => void;
}

interface Held {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly emit: () => void;
}

/**
 * Holds the requests of a server back until everything that came with them has been read.
 *
 * A handler may answer the first of two requests before Node has parsed the second, though both came in one piece; then
 * nobody could know that this was not the last one.
 */
export class RequestGate {
  readonly #parts: RequestGateParts;
  #held: Held[] = [];
  #replacement: AnyServer['emit'] | undefined;
  #restore: () => void = () => {};
  #allowedHalfOpen: unknown;

  constructor(parts: RequestGateParts) {
    this.#parts = parts;
  }

  /** Holds requests from now on. */
  close(): void {
    const { server } = this.#parts;
    const { emit } = server;
    const wasOwn = Object.hasOwn(server, 'emit');
    const replacement = (event: string, ...rest: unknown[]) =>
      this.#emitted(event, rest, () => Reflect.apply(emit, server, [event, ...rest]));
    this.#replacement = replacement as AnyServer['emit'];
    this.#restore = () => {
      if (wasOwn) server.emit = emit;
      else Reflect.deleteProperty(server, 'emit');
    };
    server.emit = this.#replacement;
  }

  /** Lets through what is held, and whatever comes. */
  open(): void {
    // Whoever replaced it after us keeps ours, which lets everything pass from now on.
    if (this.#replacement && this.#parts.server.emit === this.#replacement) this.#restore();
    this.#replacement = undefined;
    this.#flush();
  }

  #emitted(event: string, args: readonly unknown[], emit: () => boolean): boolean {
    const isRequest = event === 'request' || event === 'checkContinue' || event === 'checkExpectation';
    if (!isRequest && event !== 'upgrade' && event !== 'connect') return emit();

    const [request, other] = args as [IncomingMessage, unknown];
    if (!this.#replacement || !this.#parts.guards(request.socket)) return emit();
    if (!isRequest) return this.#upgrade(request, other as Duplex, emit);

    this.#hold(request, other as ServerResponse, emit);
    return this.#parts.server.listenerCount(event) > 0;
  }

  #hold(request: IncomingMessage, response: ServerResponse, emit: () => void): void {
    if (this.#held.length === 0) {
      this.#allowHalfOpen();
      afterInput(() => this.#flush());
    }
    // So that listeners see the asynchronous context which Node made for this request.
    const { AsyncResource } = process.getBuiltinModule('node:async_hooks');
    this.#held.push({ request, response, emit: AsyncResource.bind(emit) });
  }

  #upgrade(request: IncomingMessage, stream: Duplex, emit: () => boolean): boolean {
    // No other request can come from there, so there is nothing to wait for; and requests before it stay before it.
    this.#flush();
    const isHeard = emit();
    process.nextTick(this.#parts.upgraded, request.socket, stream);
    return isHeard;
  }

  #flush(): void {
    const held = this.#held;
    if (held.length === 0) return;

    this.#held = [];
    Reflect.set(this.#parts.server, 'httpAllowHalfOpen', this.#allowedHalfOpen);
    this.#emitAll(held);
  }

  #emitAll(held: readonly Held[]): void {
    let next = 0;
    try {
      for (const { request, response, emit } of held) {
        next += 1;
        if (this.#parts.admits(request, response)) emit();
      }
    } finally {
      // Whatever a listener throws is its own affair: those behind it have their turn.
      if (next < held.length) afterInput(() => this.#emitAll(held.slice(next)));
      for (const { request } of held.slice(0, next)) this.#endHalfOpen(request.socket);
    }
  }

  /**
   * Node ends its side of a connection as soon as the client ended the other one: a handler that answers at once has answered
   * by then. So that it still has when the request was held back, the end is held back, too.
   */
  #allowHalfOpen(): void {
    const { server } = this.#parts;
    this.#allowedHalfOpen = Reflect.get(server, 'httpAllowHalfOpen');
    Reflect.set(server, 'httpAllowHalfOpen', true);
  }

  #endHalfOpen(socket: Socket): void {
    if (this.#allowedHalfOpen !== true && socket.readableEnded) socket.end();
  }
}
