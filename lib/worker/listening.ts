import type { ListenOptions } from 'node:net';
import { listeningAddress } from '../protocol/listening-address.js';
import type { ListeningAddress } from '../protocol/serving.js';
import type { AnyServer } from './server-drain.js';

/** Where a server is to listen: what Node takes, in which a newer one has `reusePort`. */
export type BindOptions = ListenOptions & { readonly reusePort?: boolean };

/** Lets a server listen. @throws Node's error, such as EADDRINUSE or EACCES */
export function bind(server: AnyServer, options: BindOptions): Promise<ListeningAddress> {
  return untilListening(server, () => server.listen(options));
}

/** Resolves when a server listens, which it is told by `begin`, or by somebody else. @throws Node's error */
export async function untilListening(server: AnyServer, begin = () => {}): Promise<ListeningAddress> {
  if (server.listening) return listeningAddress(server);

  return new Promise((resolve, reject) => {
    const forget = () => {
      server.off('listening', succeed);
      server.off('error', fail);
    };
    const succeed = () => {
      forget();
      resolve(listeningAddress(server));
    };
    const fail = (error: unknown) => {
      forget();
      reject(error);
    };
    server.on('listening', succeed);
    server.on('error', fail);
    try {
      begin();
    } catch (error) {
      fail(error);
    }
  });
}

/** Lets a server listen no more, and go on with the connections that it has: `http`'s own `close` would end idle ones at once. */
export function stopListening(server: AnyServer): void {
  const { Server } = process.getBuiltinModule('node:net');
  if (server.listening) Server.prototype.close.call(server);
}

/**
 * Ends the timer by which Node closes slow connections of an HTTP server that has none any more: `http`'s own `close` would have
 * done so. The timer has no end by itself, and keeps the server and all that it knows in memory.
 */
export function endChecks(server: AnyServer): void {
  const key = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'http.server.connectionsCheckingInterval',
  );
  if (key && !server.listening) clearInterval(Reflect.get(server, key));
}

/** The first IP address that a name means, as Node listens on it; whatever is no name is returned as it is. */
export async function resolveHost(host: string | undefined): Promise<string | undefined> {
  if (host === undefined || process.getBuiltinModule('node:net').isIP(host) !== 0) return host;

  const { address } = await process.getBuiltinModule('node:dns').promises.lookup(host);
  return address;
}

/** Whether this Node knows `reusePort`; whether the operating system does turns out on listening. */
export function knowsReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1);
}
