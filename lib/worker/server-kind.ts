/** What a server speaks: `http` and `https` alike, `http2` with TLS or without, or whatever its user makes of sockets. */
export type ServerKind = 'http' | 'http2' | 'net';

const ofEveryServer = ['listen', 'close', 'address', 'getConnections', 'ref', 'on', 'emit'];
const ofHttpServers = ['closeAllConnections', 'closeIdleConnections', 'setTimeout'];

/**
 * The kind of a server of `node:http`, `https`, `http2`, `net` or `tls`; `undefined` for anything else, such as the application
 * of a framework, which has a server but is none.
 *
 * It goes by what the server can do, not by its class: servers may come from another realm, from a subclass or from a mock.
 */
export function kindOfServer(server: unknown): ServerKind | undefined {
  // An Express application is a function, and no server is.
  if (typeof server !== 'object' || server === null || !can(server, ofEveryServer)) return undefined;

  // Since Node 18 a secure HTTP/2 server can close idle connections, too, but never all.
  if (can(server, ofHttpServers) && 'keepAliveTimeout' in server) return 'http';
  return can(server, ['updateSettings', 'setTimeout']) ? 'http2' : 'net';
}

/** Whether a server speaks TLS, so that the sockets of its connections are other ones than those of its protocol. */
export function isSecure(server: object): boolean {
  return can(server, ['setSecureContext']);
}

function can(server: object, methods: readonly string[]): boolean {
  return methods.every(method => typeof Reflect.get(server, method) === 'function');
}
