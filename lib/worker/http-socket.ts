import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { AnyServer } from './server-drain.js';

/** What Node's HTTP server keeps on a socket. None of it is documented: tests look at each of these on every Node version. */
interface HttpFields {
  /** Gone once the connection was upgraded. */
  readonly parser?: HttpParser | null;
  /** The response that is being sent; those behind it wait in a queue that nobody can see. */
  readonly _httpMessage?: ServerResponse | null;
}

interface HttpParser {
  /** The latest request of which there is a head, while it is received or not answered. */
  readonly incoming: (IncomingMessage & { readonly upgrade?: boolean | null }) | null;
}

/** Node's own list of the connections of a server, by their parsers. */
interface ParserList {
  all(): readonly { readonly socket?: Socket | null }[];
  idle(): HttpParser[];
}

/** Says of a socket whether nothing goes on there; good for this moment only. */
export type Quiet = (socket: Socket) => boolean;

/** The response that is being sent. */
export function currentResponse(socket: Socket): ServerResponse | undefined {
  return fieldsOf(socket)._httpMessage ?? undefined;
}

/** Whether no other request came after this one. */
export function isLatest(request: IncomingMessage): boolean {
  const { parser } = fieldsOf(request.socket);
  return parser?.incoming === null || parser?.incoming === request;
}

/** Whether the socket speaks HTTP no more: its protocol is the user's. */
export function isUpgraded(socket: Socket): boolean {
  const { parser } = fieldsOf(socket);
  // Since Node 26 the listener of an upgrade is called before the body of its request has come.
  return !parser || parser.incoming?.upgrade === true;
}

/** Looks at the server once, and then tells of its sockets. */
export function quietSockets(server: AnyServer): Quiet {
  const between = parsersBetweenRequests(server);
  return socket => {
    const { parser, _httpMessage: response } = fieldsOf(socket);
    if (response || socket.writableLength > 0 || parser?.incoming?.complete === false) return false;

    // Node takes a connection on which nothing came yet for one on which a request is expected. Streams that are no sockets,
    // which Node's server takes as well, do not count.
    return !socket.bytesRead || !between || !parser || between.has(parser);
  };
}

/**
 * The parsers that have begun no request, or `undefined`: a server that never listened has no list.
 *
 * `server.closeIdleConnections()` goes by the same list; there is no other way to see a head of which only a part has come.
 */
function parsersBetweenRequests(server: AnyServer): ReadonlySet<HttpParser> | undefined {
  const list = parserList(server);
  return list?.idle && new Set(list.idle());
}

/** The sockets of Node's own list, which lacks those that were upgraded; `undefined` where there is no such list. */
export function listedSockets(server: AnyServer): Socket[] | undefined {
  return parserList(server)
    ?.all?.()
    .flatMap(({ socket }) => socket ?? []);
}

function parserList(server: AnyServer): Partial<ParserList> | undefined {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'http.server.connections');
  return key && Reflect.get(server, key);
}

function fieldsOf(socket: Socket): HttpFields {
  return socket as HttpFields;
}
