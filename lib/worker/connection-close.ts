import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isLatest } from './http-socket.js';

const switchingProtocols = 101;

/**
 * Lets a response end its connection, and say so by `Connection: close`, if that loses nothing.
 *
 * It is decided when the head is written: only the last response of a connection may, or Node would drop those behind it; and
 * only when its request is here in full, or the client's system may throw the response away because its bytes were refused.
 *
 * @param announced told of the socket when it was said.
 */
export function announceClose(response: ServerResponse, announced: (socket: Socket) => void): void {
  if (response.headersSent) return;

  const { writeHead } = response;
  const replacement = (...given: unknown[]): ServerResponse => {
    const { req } = response;
    const mayClose = req.complete && isLatest(req) && given[0] !== switchingProtocols;
    Reflect.apply(writeHead, response, mayClose ? closing(response, given) : given);
    if (mayClose) announced(req.socket);
    return response;
  };
  response.writeHead = replacement as typeof writeHead;
}

/** Lets the response be the last one; returns the arguments of its `writeHead` without what says otherwise. */
function closing(response: ServerResponse, given: readonly unknown[]): unknown[] {
  response.shouldKeepAlive = false;
  // What the user said of the connection counts more than that. A header that was removed would be left out: the connection
  // would close, and the client not know.
  const own = response.getHeader('connection');
  if (own !== undefined || Reflect.get(response, '_removedConnection') === true) {
    response.setHeader('Connection', withClose(own));
  }
  return given.map(argument => (typeof argument === 'object' && argument ? closingHeaders(argument) : argument));
}

/** Headers as `writeHead` takes them: an object, names and values by turns, or pairs. */
function closingHeaders(headers: object): object {
  if (!Array.isArray(headers)) {
    const names = Object.keys(headers).filter(isConnection);
    return names.length === 0 ? headers : replaced(headers, names);
  }
  if (Array.isArray(headers[0]))
    return headers.map(([name, value]) => [name, isConnection(name) ? withClose(value) : value]);

  return headers.map((value, index) =>
    index % 2 === 1 && isConnection(headers[index - 1]) ? withClose(value) : value,
  );
}

function replaced(headers: object, names: readonly string[]): object {
  return { ...headers, ...Object.fromEntries(names.map(name => [name, withClose(Reflect.get(headers, name))])) };
}

function isConnection(name: unknown): boolean {
  return typeof name === 'string' && name.toLowerCase() === 'connection';
}

/** The options of a connection, but it is not kept: `Upgrade`, say, stays. */
function withClose(value: unknown): string {
  const options = String(value ?? '').split(',');
  const others = options.map(option => option.trim()).filter(option => !/^(close|keep-alive|)$/i.test(option));
  return ['close', ...others].join(', ');
}
