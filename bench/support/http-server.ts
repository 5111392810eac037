import { createServer, type Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import { type HttpMode, host } from './http-modes.js';

/** What the answers of a worker say it is, and who accepted them. */
export const workerHeader = 'x-worker';

const body = 'Bon appétit!';

/** The same server on every side: what it does for a request is as little as can be. */
export function httpServer(): Server {
  return createServer((_request, response) => {
    response.setHeader(workerHeader, process.pid);
    response.end(body);
  });
}

/** How a worker of plain `node:cluster` listens; Node's types do not have `reusePort` yet. */
export function rawListenOptions(port: number, mode: HttpMode): ListenOptions & { readonly reusePort?: boolean } {
  return mode === 'reusePort' ? { port, host, reusePort: true } : { port, host };
}

/** What a worker's script is told by its primary. */
export function workerArguments(): { readonly port: number; readonly mode: HttpMode } {
  const [port, mode] = process.argv.slice(2);
  return { port: Number(port), mode: mode as HttpMode };
}
