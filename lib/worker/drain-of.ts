import { HttpDrain } from './http-drain.js';
import { Http2Drain } from './http2-drain.js';
import type { ServerDrain, ServerDrainParts } from './server-drain.js';
import { kindOfServer } from './server-kind.js';
import { SocketDrain } from './socket-drain.js';

/** What knows how connections of a server of this kind are let go. */
export function drainOf(parts: ServerDrainParts): ServerDrain {
  const kind = kindOfServer(parts.server);
  if (kind === 'http2') return new Http2Drain(parts);
  return kind === 'http' ? new HttpDrain(parts) : new SocketDrain(parts);
}
