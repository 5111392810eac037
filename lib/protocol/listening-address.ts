import type { Server } from 'node:net';
import type { ListeningAddress } from './serving.js';

/** Where a server listens; all of it undefined if it does not. */
export function listeningAddress(server: Server): ListeningAddress {
  const address = server.address();
  if (typeof address === 'string') return { address, port: undefined, addressType: -1 };

  return { address: address?.address, port: address?.port, addressType: address?.family === 'IPv6' ? 6 : 4 };
}
